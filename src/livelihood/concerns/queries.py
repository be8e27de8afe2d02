"""What stands in the clear; the database shows it to the focal point and, of their own, to those who sent it."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import BigInteger, Text, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY

from livelihood.accounts.models import Office, Staff
from livelihood.concerns.models import Concern, Reading, Step
from livelihood.concerns.rules import StepKind, state
from livelihood.concerns.schemas import ConcernOut, ConcernRow, ConcernSent, ConcernStep, ReadingOut
from livelihood.db import reader
from livelihood.errors import NotFound, say
from livelihood.notices.queries import FocalPoints, focal_points
from livelihood.notices.rules import ChannelKind

MOST = 200


class Row(msgspec.Struct):
    id: UUID
    number: int
    office_id: int
    office_km: str
    office_en: str
    about_staff: bool
    sent_at: datetime
    sent_by: UUID
    handles: bool
    steps: list[str]

    def shown(self, actor_id: UUID) -> ConcernRow:
        return ConcernRow(
            id=self.id,
            number=self.number,
            office_id=self.office_id,
            office_km=self.office_km,
            office_en=self.office_en,
            about_staff=self.about_staff,
            sent_at=self.sent_at,
            state=state(self.steps).value,
            mine=self.sent_by == actor_id,
            handles=self.handles,
        )


KINDS = (
    select(func.coalesce(func.array_agg(Step.kind), cast(literal_column("'{}'"), ARRAY(Text))))
    .where(Step.concern_id == Concern.id)
    .correlate(Concern)
    .scalar_subquery()
)
CLOSED = select(Step.id).where(Step.concern_id == Concern.id, Step.kind == StepKind.CLOSED.value).exists()
ROWS = (
    select(
        Concern.id,
        Concern.number,
        Concern.office_id,
        Office.name_km.label("office_km"),
        Office.name_en.label("office_en"),
        Concern.about_staff,
        Concern.sent_at,
        Concern.sent_by,
        func.app.handles_concern(Concern.id).label("handles"),
        KINDS.label("steps"),
    )
    .join(Office, Office.id == Concern.office_id)
    # Where they are cut, what is closed is left out before anything that somebody has still to do.
    .order_by(CLOSED, Concern.number.desc())
    .limit(bindparam("limit", MOST, BigInteger))
)
ALL = reader.Read(ROWS, Row)
NUMBER = reader.Count(select(func.count().label("number")).select_from(Concern))
# Who handles them is asked of these alone: it takes a look at each, and concerns are kept for ever.
UNACKNOWLEDGED = (
    select(Concern.id)
    .where(~select(Step.id).where(Step.concern_id == Concern.id).exists())
    .cte("unacknowledged")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
WAITING = reader.Count(
    select(func.count().label("number"))
    .select_from(UNACKNOWLEDGED)
    .where(func.app.handles_concern(UNACKNOWLEDGED.c.id))
)
ONE = reader.Read(ROWS.where(Concern.id == bindparam("concern_id")), Row)
STEPS = reader.Read(
    select(Step.id, Step.kind, Staff.name.label("by"), Step.taken_at.label("at"))
    .join(Staff, Staff.id == Step.taken_by)
    .where(Step.concern_id == bindparam("concern_id"))
    .order_by(Step.taken_at, Step.id),
    ConcernStep,
)
READINGS = reader.Read(
    select(Staff.name.label("by"), Reading.read_at.label("at"))
    .join(Staff, Staff.id == Reading.read_by)
    .where(Reading.concern_id == bindparam("concern_id"))
    .order_by(Reading.read_at.desc())
    .limit(MOST),
    ReadingOut,
)


async def list_concerns(reading: reader.Reading, limit: int | None = MOST) -> list[ConcernRow]:
    """The newest first: those of the actor to handle, and those they sent."""
    found = await ALL.all(reading, limit=limit)
    return sorted((row.shown(reading.actor.id) for row in found), key=lambda one: one.number, reverse=True)


async def number(reading: reader.Reading) -> int:
    """Of those that `list_concerns` lists."""
    return await NUMBER.number(reading)


async def one(reading: reader.Reading, concern_id: UUID) -> ConcernRow:
    """Raises `NotFound`, also for those of others."""
    row = await ONE.first(reading, concern_id=concern_id)
    if row is None:
        raise NotFound(say("There is no such concern for you to see. Check the link."))
    return row.shown(reading.actor.id)


async def detail(reading: reader.Reading, concern_id: UUID) -> ConcernOut:
    return ConcernOut(
        await one(reading, concern_id),
        await STEPS.all(reading, concern_id=concern_id),
        await READINGS.all(reading, concern_id=concern_id),
    )


async def goes_to(
    reading: reader.Reading, concern: ConcernRow, *, offered: Collection[ChannelKind]
) -> FocalPoints:
    """What is about staff passes the office by."""
    return await focal_points(reading, None if concern.about_staff else concern.office_id, offered=offered)


async def sent(reading: reader.Reading, concern_id: UUID, *, offered: Collection[ChannelKind]) -> ConcernSent:
    concern = await one(reading, concern_id)
    people = await goes_to(reading, concern, offered=offered)
    return ConcernSent(**msgspec.structs.asdict(concern), told=people.told, focal_points=people.names)


async def waiting(reading: reader.Reading) -> int:
    """How many concerns nobody has acknowledged, of those the actor handles."""
    return await WAITING.number(reading)
