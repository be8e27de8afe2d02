"""What became of those who completed a course, as far as it was learnt without a visit."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, bindparam, func, select

from livelihood.accounts.models import Staff
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import Anchor, FollowUp
from livelihood.followups.rules.facts import AnchorKind
from livelihood.observations.models import Observation
from livelihood.observations.queries import IN_FORCE
from livelihood.observations.rules import Kind, Placement
from livelihood.observations.schemas import ObservationIn

HOUSEHOLD = bindparam("household_id", type_=Uuid)


class Graduate(msgspec.Struct, frozen=True):
    """`completed_on`: the first of their courses."""

    member_id: UUID
    completed_on: date


class PlacementTold(msgspec.Struct, frozen=True):
    """One word, or a correction of one: it says why. `corrected`: another took its place."""

    id: UUID
    member_id: UUID
    happened_on: date
    details: Placement
    recorded_by_id: UUID
    recorded_by: str
    recorded_at: datetime
    supersedes: UUID | None
    reason: str | None
    corrected: bool


class Answered(msgspec.Struct, frozen=True):
    id: UUID


GRADUATES = Read(
    select(Anchor.member_id, func.min(Anchor.anchored_on).label("completed_on"))
    .where(
        Anchor.household_id == HOUSEHOLD,
        Anchor.kind == AnchorKind.COURSE.value,
        Anchor.member_id.is_not(None),
    )
    .group_by(Anchor.member_id),
    Graduate,
)
TOLD = Read(
    select(
        Observation.id,
        Observation.member_id,
        Observation.happened_on,
        Observation.details,
        Observation.recorded_by.label("recorded_by_id"),
        Staff.name.label("recorded_by"),
        Observation.recorded_at,
        Observation.supersedes,
        Observation.reason,
        (~IN_FORCE).label("corrected"),
    )
    .join(Staff, Staff.id == Observation.recorded_by)
    .where(
        Observation.household_id == HOUSEHOLD,
        Observation.kind == Kind.PLACEMENT.value,
        Observation.visit_id.is_(None),
    )
    .order_by(Observation.recorded_at, Observation.id),
    PlacementTold,
)

ANSWERED = Read(
    select(FollowUp.id).where(
        FollowUp.household_id == HOUSEHOLD, FollowUp.settled_by == bindparam("observation_id", type_=Uuid)
    ),
    Answered,
)


async def graduates(reading: Reading, household_id: UUID) -> dict[UUID, date]:
    """The day on which each of them completed a course, by member."""
    return {
        one.member_id: one.completed_on for one in await GRADUATES.all(reading, household_id=household_id)
    }


async def completed_on(reading: Reading, household_id: UUID, member_id: UUID | None) -> date:
    """Raises `NotFound`: who completed no course is answered as if absent."""
    theirs = await graduates(reading, household_id)
    if member_id is None or member_id not in theirs:
        raise NotFound(
            say("There is nobody here who completed a course and is asked after. Open the household again.")
        )
    return theirs[member_id]


async def told(reading: Reading, household_id: UUID) -> list[PlacementTold]:
    """Of those who completed a course, whoever recorded it; what was corrected as well."""
    theirs = await graduates(reading, household_id)
    return [one for one in await TOLD.all(reading, household_id=household_id) if one.member_id in theirs]


async def in_force(reading: Reading, household_id: UUID, told_id: UUID) -> PlacementTold:
    """One of them, to be corrected. Raises `NotFound`, also where it was corrected already."""
    found = (one for one in await told(reading, household_id) if one.id == told_id and not one.corrected)
    if (wrong := next(found, None)) is None:
        raise NotFound(
            say("This was corrected since, or was never here. Open the household to see how it stands.")
        )
    return wrong


async def recorded_already(reading: Reading, household_id: UUID, data: ObservationIn) -> bool:
    """Whether the same person said the same of them, of the same day, in another request."""
    mine = [
        one
        for one in await TOLD.all(reading, household_id=household_id)
        if one.recorded_by_id == reading.actor.id and not one.corrected and one.id != data.id
    ]
    same = (data.member_id, data.happened_on, data.details)
    return any((one.member_id, one.happened_on, one.details) == same for one in mine)


async def answered_by(reading: Reading, household_id: UUID, observation_id: UUID) -> bool:
    """Whether a placement check was settled by what was told."""
    return await ANSWERED.first(reading, household_id=household_id, observation_id=observation_id) is not None
