"""Who stands on a line of a printed sheet."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from livelihood.followups.queries.people import Child
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.schemas import FollowUpOut, MissingChild


class PersonDue(msgspec.Struct):
    """Whom to check, with their age on the day; `purposes` of what was due then. `missing`: whom to look for, if the sheet
    says so and the reader may read alerts.
    """

    member_id: UUID
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    age: int
    is_child: bool
    purposes: list[str]
    missing: MissingChild | None = None

    @property
    def asked(self) -> bool:
        """Whether the paper asks something of them: of children, and of who is to be traced after a course."""
        return self.is_child or Purpose.PLACEMENT.value in self.purposes

    @property
    def graduate(self) -> bool:
        """Who is asked about work after a course, and not about school."""
        return not self.is_child or self.purposes == [Purpose.PLACEMENT.value]


def people_due(
    member_ids: Sequence[UUID],
    people: Sequence[Child],
    due: Sequence[FollowUpOut],
    missing: Mapping[UUID, MissingChild],
) -> list[PersonDue]:
    """In the order of the paper: whoever is missing, then the eldest first."""
    whom = [person for person in people if person.id in member_ids]
    return [
        PersonDue(
            member_id=person.id,
            family_name_km=person.family_name_km,
            given_name_km=person.given_name_km,
            family_name_latin=person.family_name_latin,
            given_name_latin=person.given_name_latin,
            age=person.age,
            is_child=person.is_child,
            purposes=list(dict.fromkeys(one.purpose for one in due if one.member_id == person.id)),
            missing=missing.get(person.id),
        )
        for person in sorted(whom, key=lambda person: person.id not in missing)
    ]
