"""Families that were handed over from one office to another, as either of the two sees it."""

from uuid import UUID

from msgspec.structs import replace
from sqlalchemy import ARRAY, SmallInteger, Uuid, any_, bindparam, func, select
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Office, Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Count, Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.schemas_handover import HandoverOut
from livelihood.households.models import Handover, Place

MOST = 200


Left = aliased(Office)
Reached = aliased(Office)
Giver = aliased(Staff)
Taker = aliased(Staff)

HANDOVERS = (
    select(
        Handover.id,
        Handover.household_id,
        Handover.code,
        Handover.from_office_id,
        Left.name_en.label("from_office_en"),
        Left.name_km.label("from_office_km"),
        Handover.to_office_id,
        Reached.name_en.label("to_office_en"),
        Reached.name_km.label("to_office_km"),
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        Handover.reason,
        Handover.handed_on,
        Giver.name.label("handed_by"),
        Handover.acknowledged_at,
        Taker.name.label("acknowledged_by"),
    )
    .join(Left, Left.id == Handover.from_office_id)
    .join(Reached, Reached.id == Handover.to_office_id)
    .join(Place, Place.code == Handover.to_village)
    .join(Giver, Giver.id == Handover.handed_by)
    .outerjoin(Taker, Taker.id == Handover.acknowledged_by)
)
OF_HOUSEHOLD = Read(
    HANDOVERS.where(Handover.household_id == bindparam("household_id", type_=Uuid)).order_by(
        Handover.handed_at, Handover.id
    ),
    HandoverOut,
)
ONE = Read(HANDOVERS.where(Handover.id == bindparam("id", type_=Uuid)), HandoverOut)
# Moves within one office are told on the family's own page.
TO_ANOTHER = Handover.from_office_id != Handover.to_office_id
LATEST = Read(
    HANDOVERS.where(TO_ANOTHER).order_by(Handover.handed_at.desc(), Handover.id).limit(bindparam("limit")),
    HandoverOut,
)
NUMBER = Count(select(func.count().label("number")).select_from(Handover).where(TO_ANOTHER))
WAITING = Read(
    HANDOVERS.where(
        Handover.acknowledged_at.is_(None),
        Handover.to_office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
    ).order_by(Handover.handed_at, Handover.id),
    HandoverOut,
)


async def of_household(reading: Reading, household_id: UUID) -> list[HandoverOut]:
    """In the order in which they came about."""
    return _readable(reading, await OF_HOUSEHOLD.all(reading, household_id=household_id))


async def latest(reading: Reading, limit: int | None = MOST) -> list[HandoverOut]:
    """To and from the reader's offices, the newest first."""
    reading.actor.require(Permission.HOUSEHOLDS_READ)
    return _readable(reading, await LATEST.all(reading, limit=limit))


async def number(reading: Reading) -> int:
    """Of those that `latest` lists."""
    reading.actor.require(Permission.HOUSEHOLDS_READ)
    return await NUMBER.number(reading)


async def waiting(reading: Reading) -> list[HandoverOut]:
    """Of which nobody of the new office has taken note yet; for those who can."""
    offices = sorted(reading.actor.offices_for(Permission.HANDOVERS_ACKNOWLEDGE))
    return await WAITING.all(reading, offices=offices) if offices else []


async def one(reading: Reading, handover_id: UUID) -> HandoverOut:
    """Raises `NotFound`."""
    found = await ONE.first(reading, id=handover_id)
    if found is None or not reading.actor.may(Permission.HOUSEHOLDS_READ):
        raise no_handover()
    return _readable(reading, [found])[0]


def _readable(reading: Reading, found: list[HandoverOut]) -> list[HandoverOut]:
    """What was written of the family is for those who read what visits find."""
    if reading.actor.may(Permission.VISITS_READ):
        return found
    return [replace(one, reason="") for one in found]


def no_handover() -> NotFound:
    return NotFound(say("There is no such handover here. Look in the list of handovers."))
