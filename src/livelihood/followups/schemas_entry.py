"""What a line of a sheet says once it comes back from the field."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.errors import FieldError, InvalidInput, say
from livelihood.followups.forms import BusinessForm, PersonForm, Things, VisitForm
from livelihood.followups.rules.facts import Outcome
from livelihood.followups.schemas import Note, VisitIn
from livelihood.observations.rules import BusinessState


class LineIn(Input, kw_only=True):
    """What is written on one line. Where the family was met, something is said of everybody on it: of a child whether
    they are in school, `not_seen` included, with `whereabouts` where they are not, or are gone though somebody says so;
    of a graduate the `placement`, where the paper says it, and nothing of school. `present` of somebody: they were there,
    and whoever went saw them. `things` are those bought with the grant, asked where the check of the business is the one
    that looks for them.
    """

    happened_on: date
    outcome: Outcome
    people: Annotated[tuple[PersonForm, ...], msgspec.Meta(max_length=40)] = ()
    business: BusinessState | None = None
    things: Things | None = None
    note: Note | None = None

    def visit(self, visit_id: UUID, household_id: UUID) -> tuple[VisitIn, list[str]]:
        """The visit, and for each of its findings the field that its faults belong to."""
        form = VisitForm(
            id=visit_id,
            household_id=household_id,
            happened_on=self.happened_on,
            outcome=self.outcome,
            people=self.people,
            business=BusinessForm(state=self.business, things=self.things) if self.business else None,
            note=self.note,
        )
        visit, fields = form.visit()
        return visit, ["business" if field == "business.state" else field for field in fields]

    def check(self, member_ids: list[UUID], graduates: set[UUID]) -> None:
        """Raises `InvalidInput` where of a child of a family that was met nothing is said, or somebody is not on the line."""
        faults: list[FieldError] = []
        if self.outcome is Outcome.MET and self.things and self.business is None:
            faults.append(
                FieldError(
                    "business",
                    say("Say how the business is too, or clear what is said of the things bought for it."),
                )
            )
        for row, person in enumerate(self.people):
            if person.member_id not in member_ids:
                faults.append(
                    FieldError(
                        f"people.{row}.member_id",
                        say("This person is not on the line. Record a visit to the household instead."),
                    )
                )
            elif (
                self.outcome is Outcome.MET
                and person.member_id not in graduates
                and person.school is None
                and person.placement is None
            ):
                faults.append(
                    FieldError(
                        f"people.{row}.school",
                        say("Say whether the child is in school; press - where the sheet does not say."),
                    )
                )
        if faults:
            raise InvalidInput(faults)
