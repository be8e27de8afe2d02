"""What comes in and goes out about records of one day that want a supervisor's look."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.followups.rules.reviews import Decision
from livelihood.followups.schemas import VisitOut
from livelihood.observations.rules import Details
from livelihood.written import written


class ReviewIn(Input, kw_only=True):
    """`visit_id` is the record that is withdrawn, if one is."""

    id: UUID | None = None
    household_id: UUID
    happened_on: date
    decision: Decision
    visit_id: UUID | None = None
    note: Annotated[str, written(1000)]


class ReviewRow(msgspec.Struct):
    """`twice`: several records say that the family was met; `contested`: of how many children the records contradict
    each other: whether in school, where, or whether at work; `departed`: how many were met who had left by then.
    `recorded_at`: when the last of the records arrived.
    """

    household_id: UUID
    household_code: str
    office_id: int
    village_km: str
    village_latin: str
    happened_on: date
    twice: bool
    contested: int
    departed: int
    recorded_at: datetime


class ReviewOut(msgspec.Struct):
    id: UUID
    household_id: UUID
    happened_on: date
    decision: str
    visit_id: UUID | None
    note: str
    by: str
    at: datetime


class OutsideOut(msgspec.Struct):
    """A finding that no visit made."""

    id: UUID
    member_id: UUID | None
    details: Details
    recorded_by: str
    recorded_at: datetime


class DepartedOut(msgspec.Struct):
    """Somebody who was met on that day and had left by then; `leaving_id` is what ends if they are back. `member_id` is
    None where the case of the whole family is closed.
    """

    leaving_id: UUID
    member_id: UUID | None
    left_on: date
    because: str


class DayOut(msgspec.Struct):
    """`waits`: nobody has decided about these records as they are. `contested` are children."""

    household_id: UUID
    household_code: str
    office_id: int
    happened_on: date
    waits: bool
    twice: bool
    contested: list[UUID]
    departed: list[DepartedOut]
    visits: list[VisitOut]
    outside: list[OutsideOut]
    decisions: list[ReviewOut]
