"""The visit form: one card per person, in the words of a monitor; it becomes the `VisitIn` that the API takes."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import MONEY, Input
from livelihood.errors import DomainError, FieldError, InvalidInput, invalid, say
from livelihood.followups.rules.facts import Met, Mode, Outcome
from livelihood.followups.schemas import Note, VisitIn
from livelihood.households.schemas import SchoolIn, SchoolName, VillageCode
from livelihood.observations.rules import (
    GONE,
    Business,
    BusinessState,
    Days,
    Details,
    Education,
    EducationState,
    Hours,
    Instead,
    LearntFrom,
    Minor,
    Placement,
    PlacementState,
    Whereabouts,
    WhereaboutsState,
    Work,
)
from livelihood.observations.schemas import Finding


class Seen(StrEnum):
    IN_SCHOOL = "in_school"
    OUT_OF_SCHOOL = "out_of_school"
    NOT_SEEN = "not_seen"


class Things(StrEnum):
    """Whether what was bought with the grant was there."""

    THERE = "there"
    NOT_THERE = "not_there"
    NOT_LOOKED = "not_looked"


THERE: dict[Things | None, bool | None] = {Things.THERE: True, Things.NOT_THERE: False}


# A choice that stands for none of the schools offered.
ANOTHER = "another"
SCHOOL_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
WhichSchool = Annotated[str, msgspec.Meta(pattern=f"^({ANOTHER}|{SCHOOL_ID})$")]


# Who can say how many days in a row a child was away.
COUNTERS = frozenset({LearntFrom.REGISTER, LearntFrom.TEACHER})


class Answers(Input, kw_only=True):
    """What is asked about one person.

    Answers that do not belong to the choice made (a grade of a child who is not in school) are let go; that a child is
    away alone or nowhere known never is.
    """

    school: Seen | None = None
    schooling: EducationState = EducationState.FORMAL
    school_id: WhichSchool | None = None
    school_elsewhere: WhichSchool | None = None
    school_name: SchoolName | None = None
    school_village: VillageCode | None = None
    grade: Annotated[int, msgspec.Meta(ge=1, le=12)] | None = None
    days_present: Days | None = None
    days_open: Days | None = None
    days_away: Days | None = None
    learnt_from: LearntFrom | None = None
    instead: Instead | None = None
    economic_hours: Hours | None = None
    chore_hours: Hours | None = None
    placement: PlacementState | None = None
    whereabouts: WhereaboutsState | None = None

    def which_school(self) -> UUID | None:
        """Of those offered. What was typed of another one names it only once that is chosen."""
        chosen = self.school_elsewhere if self.school_id in {None, ANOTHER} else self.school_id
        return None if chosen in {None, ANOTHER} else UUID(chosen)

    def other_school(self, village_code: str) -> SchoolIn | None:
        """One that was not offered, by its name; in the household's village unless another is said."""
        if self.school is not Seen.IN_SCHOOL or self.school_name is None or self.which_school():
            return None
        return SchoolIn(village_code=self.school_village or village_code, name=self.school_name)

    def education(self) -> Education | None:
        """None where nothing was learnt of it."""
        if self.school is Seen.IN_SCHOOL:
            return Education(
                self.schooling,
                school_id=self.which_school(),
                grade=self.grade,
                days_present=self.days_present,
                days_open=self.days_open,
                learnt_from=self.learnt_from,
                days_away=self.days_away if self.learnt_from in COUNTERS else None,
            )
        if self.school is Seen.OUT_OF_SCHOOL:
            return Education(EducationState.NONE, learnt_from=self.learnt_from, instead=self.instead)
        return None


class PersonForm(Answers, kw_only=True):
    member_id: UUID
    present: bool = False

    def findings(self, outcome: Outcome) -> list[tuple[str, Details]]:
        """What was found, each beside the form field that faults of it belong to."""
        found: list[tuple[str, Details]] = []
        absent = outcome is not Outcome.MET or self.school in {Seen.NOT_SEEN, Seen.OUT_OF_SCHOOL}
        # Somebody is to look for such a child, or to say which of two answers is true: neither happens of what is let go.
        if self.whereabouts and (absent or self.whereabouts in GONE):
            found.append(("whereabouts", Whereabouts(self.whereabouts)))
        if outcome is not Outcome.MET:
            return found
        education = self.education()
        if education is not None:
            found.append(("school", education))
        if education is not None and (self.economic_hours is not None or self.chore_hours is not None):
            found.append(("economic_hours", Work(self.economic_hours, self.chore_hours)))
        if self.placement is not None:
            found.append(("placement", Placement(self.placement)))
        return found


class BusinessForm(Input):
    state: BusinessState | None = None
    sales_minor: Annotated[Minor, msgspec.Meta(extra=MONEY)] | None = None
    costs_minor: Annotated[Minor, msgspec.Meta(extra=MONEY)] | None = None
    things: Things | None = None

    @property
    def assets_seen(self) -> bool | None:
        return THERE.get(self.things)

    @property
    def typed(self) -> bool:
        return self.sales_minor is not None or self.costs_minor is not None or self.assets_seen is not None

    def details(self, currency: str) -> Business | None:
        if self.state is None:
            return None
        return Business(self.state, self.sales_minor, self.costs_minor, currency, self.assets_seen)


class VisitForm(Input):
    household_id: UUID
    happened_on: date
    outcome: Outcome
    mode: Mode = Mode.IN_PERSON
    met: Met | None = None
    people: Annotated[tuple[PersonForm, ...], msgspec.Meta(max_length=40)] = ()
    business: BusinessForm | None = None
    currency: Annotated[str, msgspec.Meta(pattern="^(USD|KHR)$")] = "USD"
    note: Note | None = None
    id: UUID | None = None
    replaces: UUID | None = None
    # The line of a printed sheet that this visit was written on.
    sheet: UUID | None = None
    line: Annotated[int, msgspec.Meta(ge=1, le=1000)] | None = None
    # Ids of whom it was ticked that nothing was learnt, with blanks between; the pages ask, the API does not.
    nothing_learnt: str | None = None

    @property
    def present(self) -> tuple[UUID, ...]:
        """Who was there: of a telephone call, or of a closed door, nobody can have been."""
        if self.outcome is not Outcome.MET or self.mode is not Mode.IN_PERSON:
            return ()
        return tuple(person.member_id for person in self.people if person.present)

    def visit(self) -> tuple[VisitIn, list[str]]:
        """The visit, and for each of its findings the form field that its faults belong to."""
        fields: list[str] = []
        findings: list[Finding] = []
        for row, person in enumerate(self.people):
            for field, details in person.findings(self.outcome):
                fields.append(f"people.{row}.{field}")
                findings.append(Finding(details, person.member_id))
        if self.outcome is Outcome.MET:
            if self.business and self.business.state is None and self.business.typed:
                raise invalid(
                    "business.state",
                    say(
                        "Choose how the business is, or clear what is written about it: otherwise it would be lost."
                    ),
                )
            if self.business and (business := self.business.details(self.currency)):
                fields.append("business.state")
                findings.append(Finding(business))
        visit = VisitIn(
            id=self.id,
            household_id=self.household_id,
            happened_on=self.happened_on,
            outcome=self.outcome,
            mode=self.mode,
            met=self.met,
            present=self.present,
            findings=tuple(findings),
            note=self.note,
            replaces=self.replaces,
        )
        return visit, fields


def at_form_fields(error: DomainError, fields: list[str]) -> DomainError:
    """The same refusal, each fault of a finding moved to the field in which it was typed."""
    moved = [FieldError(_moved(fault.field, fields), fault.message) for fault in error.errors]
    return InvalidInput(moved, error.message) if moved else error


OWN_FIELD = {"chore_hours", "grade", "days_present", "days_open", "days_away", "school_id"}


def _moved(field: str, fields: list[str]) -> str:
    parts = field.split(".")
    if parts[0] != "findings" or len(parts) < 2 or not parts[1].isdigit():
        return field
    origin = fields[int(parts[1])]
    prefix, _, _ = origin.rpartition(".")
    if len(parts) == 4 and parts[2] == "details" and parts[3] in OWN_FIELD:
        return f"{prefix}.{parts[3]}"
    return origin
