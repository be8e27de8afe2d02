from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.concerns.rules import StepKind
from livelihood.written import written

Words = Annotated[str, written(10_000)]


class ConcernIn(Input, kw_only=True):
    """What was seen or said without being asked for, and who was there. The family, if there is one, is sealed too.

    `about_staff`: it passes the office by and reaches only the national focal point. `id` may be made by the client
    (a UUIDv7); sending the same body again then answers the same.
    """

    id: UUID | None = None
    office_id: int | None = None
    household_id: UUID | None = None
    member_id: UUID | None = None
    about_staff: bool = False
    seen: Words
    present: Words


class StepIn(Input, kw_only=True):
    """`note` says what was done, or how it ended; an acknowledgement needs none."""

    id: UUID | None = None
    kind: StepKind
    note: Words | None = None


class ConcernStep(msgspec.Struct):
    id: UUID
    kind: str
    by: str
    at: datetime


class ReadingOut(msgspec.Struct):
    by: str
    at: datetime


class ConcernRow(msgspec.Struct):
    """What stands in the clear."""

    id: UUID
    number: int
    office_id: int
    office_km: str
    office_en: str
    about_staff: bool
    sent_at: datetime
    state: str
    mine: bool
    handles: bool


class ConcernSent(ConcernRow):
    """What its sender hears. Where `told` is false no message goes out: telephone one of the `focal_points`."""

    told: bool
    focal_points: list[str]


class ConcernOut(msgspec.Struct):
    """A concern without its words; readings show to those who handle it."""

    concern: ConcernRow
    steps: list[ConcernStep]
    readings: list[ReadingOut]


class Opened(msgspec.Struct):
    """The words, taken out of the seal for one logged reading."""

    concern: ConcernRow
    seen: str
    present: str
    household_id: UUID | None
    member_id: UUID | None
    notes: dict[UUID, str]
    """By step."""
