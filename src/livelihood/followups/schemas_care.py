"""What comes in and goes out about alerts, absences of staff and second looks at visits."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.followups.rules.care import Barrier, PlanOutcome, Step, Verdict
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import Note
from livelihood.written import written

Line = Annotated[str, written(300)]


class StepIn(Input, kw_only=True):
    """Somebody was asked after a missing child; `note` says what they answered, and is needed."""

    id: UUID | None = None
    step: Step
    happened_on: date
    note: Note | None = None


class SupportPlanIn(Input, kw_only=True):
    """What stands in the way of school, what is done about it, by whom and by when."""

    id: UUID | None = None
    barrier: Barrier
    action: Note
    who: Line
    due_on: date


class PlanOutcomeIn(Input, kw_only=True):
    """What became of a support plan; one that was not done says why."""

    outcome: PlanOutcome
    note: Note | None = None


class LossIn(Input, kw_only=True):
    """Why a child cannot be followed any longer."""

    id: UUID | None = None
    reason: Note


class LossTakenBackIn(Input, kw_only=True):
    """What was wrong with it."""

    reason: Note


class LossOut(msgspec.Struct):
    """Who said that a child is lost to follow-up, when and why; `ended_on`: the day on which they were found.

    `taken_back_because`: why it was wrong to say it, where somebody took it back.
    """

    id: UUID
    household_id: UUID
    office_id: int
    member_id: UUID
    reason: str
    decided_on: date
    decided_by: str
    ended_on: date | None
    recorded_at: datetime
    taken_back_by: str | None
    taken_back_at: datetime | None
    taken_back_because: str | None


class CoverIn(Input, kw_only=True):
    """`by_id` works the households of `staff_id`, from the first of these days to the last."""

    id: UUID | None = None
    office_id: Annotated[int, msgspec.Meta(ge=1, le=32767)]
    staff_id: UUID
    by_id: UUID
    from_on: date
    until_on: date


class DrawIn(Input, kw_only=True):
    """Draw visits of this monitor for a second look."""

    id: UUID | None = None
    office_id: Annotated[int, msgspec.Meta(ge=1, le=32767)]
    monitor_id: UUID


class VerdictIn(Input, kw_only=True):
    """What the second look found; one that differs, or could not be had, says what and why."""

    verdict: Verdict
    note: Note | None = None


class StepOut(msgspec.Struct):
    id: UUID
    step: Step
    happened_on: date
    note: str | None
    by: str
    logged_at: datetime


class SupportPlanOut(msgspec.Struct):
    id: UUID
    barrier: Barrier
    action: str
    who: str
    due_on: date
    made_by: str
    made_at: datetime
    outcome: PlanOutcome | None
    outcome_on: date | None
    outcome_note: str | None
    outcome_by: str | None


class ExtraCheckOut(msgspec.Struct):
    """A check that an alert planned; `visit_id` is the visit that answered it, `because` why it is cancelled,
    `closed_check_id` the record by which somebody marked it as missed.
    """

    id: UUID
    purpose: Purpose
    opens_on: date
    due_on: date
    closes_on: date
    state: State
    settled_on: date | None
    because: str | None
    visit_id: UUID | None
    closed_check_id: UUID | None


class EndedOut(msgspec.Struct):
    """Who recorded what closed an alert, when, and what they wrote of it."""

    by: str
    at: datetime
    note: str | None


class CareOut(msgspec.Struct):
    """What was planned and done about one alert; `ended`: by whom it was, unless it is open or ended by itself."""

    alert_id: UUID
    extra_checks: list[ExtraCheckOut]
    steps: list[StepOut]
    plans: list[SupportPlanOut]
    ended: EndedOut | None = None


class CoverOut(msgspec.Struct):
    """`stands_in`: whoever was to stand in works there still; else nobody does."""

    id: UUID
    office_id: int
    staff_id: UUID
    staff: str
    by_id: UUID
    by: str
    from_on: date
    until_on: date
    stands_in: bool


class SpotCheckOut(msgspec.Struct):
    """A visit drawn for a second look; the names are those of the head of the family. `withdrawn`: the visit was since."""

    id: UUID
    visit_id: UUID
    household_id: UUID
    household_code: str
    office_id: int
    village_km: str
    village_latin: str
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    happened_on: date
    recorded_at: datetime
    outcome: str
    mode: str
    monitor_id: UUID
    monitor: str
    drawn_on: date
    verdict: Verdict | None
    note: str | None
    checked_on: date | None
    withdrawn: bool
