from datetime import date
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.courses.rules import EnrolmentState
from livelihood.households.rules import BirthPrecision

OfficeId = Annotated[int, msgspec.Meta(ge=1, le=32767)]
Words = Annotated[str, msgspec.Meta(pattern=r"\S", max_length=200)]


class TradeOut(msgspec.Struct):
    """`hours` are those the whole course offers; `needs_safeguards` tells of trainees of 15 to 17."""

    key: str
    name_en: str
    name_km: str
    hours: int
    needs_safeguards: bool


class CourseIn(Input, kw_only=True):
    """`id` may be made by the client (a UUIDv7); sending the same body again then answers the same."""

    id: UUID | None = None
    office_id: OfficeId
    trade: Annotated[str, msgspec.Meta(max_length=60)]
    trainer_id: UUID
    place: Words
    starts_on: date
    ends_on: date
    seats: int


class EnrolmentIn(Input, kw_only=True):
    """`safeguards` say what was agreed for someone of 15 to 17 in a trade that calls for them."""

    id: UUID | None = None
    member_id: UUID
    safeguards: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class CompletionIn(Input, kw_only=True):
    completed_on: date


class WithdrawalIn(Input, kw_only=True):
    """`dropped_out`: began, and stopped coming; `withdrawn`: gives the seat, or the place on the waitlist, back."""

    state: Literal["dropped_out", "withdrawn"]
    ended_on: date
    because: Annotated[str, msgspec.Meta(pattern=r"\S", max_length=500)]


class CourseRow(msgspec.Struct):
    """`seats_taken` never exceeds `seats`; `waitlist_length` is how many wait for a seat."""

    id: UUID
    office_id: int
    trade: str
    trade_en: str
    trade_km: str
    needs_safeguards: bool
    trainer_id: UUID
    trainer: str
    place: str
    starts_on: date
    ends_on: date
    seats: int
    seats_taken: int
    waitlist_length: int

    @property
    def seats_left(self) -> int:
        return self.seats - self.seats_taken


class Trainee(msgspec.Struct):
    """Someone in a course. Nothing of why the family was referred, nor of its risks."""

    id: UUID
    member_id: UUID
    household_id: UUID
    household_code: str
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    born_on: date
    born_precision: BirthPrecision
    state: EnrolmentState
    seat: int | None
    waitlist_position: int | None
    safeguards: str
    enrolled_on: date
    completed_on: date | None
    ended_on: date | None
    ended_because: str | None


class CourseOut(msgspec.Struct):
    """`elsewhere` counts those with a seat whose family is with another office by now."""

    course: CourseRow
    trainees: list[Trainee]
    elsewhere: int


class EnrolmentOut(msgspec.Struct):
    """`seat` or `waitlist_position` tells which of the two was given; neither, where the course was given up."""

    id: UUID
    office_id: int
    course_id: UUID
    member_id: UUID
    household_id: UUID
    state: EnrolmentState
    seat: int | None
    waitlist_position: int | None
    safeguards: str
    enrolled_on: date
    completed_on: date | None
    ended_on: date | None
    ended_because: str | None


class WithdrawalOut(msgspec.Struct):
    """`promoted`: who had waited and has a seat now, in this course or in another."""

    enrolment: EnrolmentOut
    promoted: list[EnrolmentOut]


class Promoted(msgspec.Struct):
    """Somebody who had waited, and the seat that they have now."""

    id: UUID
    seat: int
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    trade_en: str
    trade_km: str
    place: str


class Trainer(msgspec.Struct):
    id: UUID
    name: str


class Person(msgspec.Struct):
    """A member of a household, for choosing whom to enrol."""

    id: UUID
    household_id: UUID
    household_code: str
    office_id: int
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    sex: str
    born_on: date
    born_precision: BirthPrecision
