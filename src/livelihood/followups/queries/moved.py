"""Families that a visit was told have moved, until somebody hands them over, closes them, or meets them again."""

from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    SmallInteger,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Visit
from livelihood.followups.queries.visits import HAPPENED
from livelihood.followups.rules.facts import OF_THE_FAMILY, Mode, Outcome
from livelihood.followups.schemas_handover import MovedOut
from livelihood.households.models import Handover, Household, Member, Place
from livelihood.households.queries import HEAD
from livelihood.observations.queries import withdrawn

MOST = 200

LATER = Visit.__table__.alias()
# In words that the index on such visits can answer.
SAID: ColumnElement[str] = literal_column(f"'{Outcome.MOVED.value}'")

# Only who meets somebody of the family unsays it, and on a later day: a door found closed does not, nor does a
# neighbour who was asked, nor what is entered late of the same day. Who is not said to have been met was the family.
MET_SINCE = and_(
    LATER.c.outcome == Outcome.MET.value,
    or_(LATER.c.met.is_(None), *(LATER.c.met == one.value for one in sorted(OF_THE_FAMILY))),
    LATER.c.happened_on > Visit.happened_on,
)
SAID_AGAIN = and_(
    LATER.c.outcome == SAID,
    tuple_(LATER.c.happened_on, LATER.c.recorded_at, LATER.c.id)
    > tuple_(Visit.happened_on, Visit.recorded_at, Visit.id),
)
ANSWERED_SINCE = exists().where(
    LATER.c.household_id == Visit.household_id,
    or_(MET_SINCE, SAID_AGAIN),
    LATER.c.mode != Mode.REGISTER.value,
    ~withdrawn(LATER.c.id),
)
# A visit that is entered late may be older than the handover that answered it.
HANDED_OVER_SINCE = exists().where(
    Handover.household_id == Visit.household_id,
    or_(Handover.handed_at > Visit.recorded_at, Handover.handed_on > Visit.happened_on),
)
WAITS = (
    select(
        Visit.household_id,
        Household.code.label("household_code"),
        Household.office_id,
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Visit.id.label("visit_id"),
        Visit.happened_on,
        Staff.name.label("recorded_by"),
        Visit.note,
        func.count().over().label("all_of_them"),
    )
    .join(Household, Household.id == Visit.household_id)
    .join(Place, Place.code == Household.village_code)
    .join(Staff, Staff.id == Visit.recorded_by)
    .outerjoin(Member, HEAD)
    .where(
        Visit.outcome == SAID,
        HAPPENED,
        Household.closed_on.is_(None),
        ~ANSWERED_SINCE,
        ~HANDED_OVER_SINCE,
    )
)
WAITING = Read(
    WAITS.where(Visit.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))))
    .order_by(Visit.happened_on, Visit.id)
    .limit(bindparam("limit")),
    MovedOut,
)
OF_HOUSEHOLD = Read(WAITS.where(Visit.household_id == bindparam("household_id", type_=Uuid)), MovedOut)


async def waiting(reading: Reading, limit: int | None = MOST) -> list[MovedOut]:
    """Of the offices whose families the reader may hand over; who was said to have moved first comes first."""
    offices = sorted(reading.actor.offices_for(Permission.HOUSEHOLDS_HAND_OVER))
    return await WAITING.all(reading, offices=offices, limit=limit) if offices else []


async def of_household(reading: Reading, household_id: UUID, office: int) -> MovedOut | None:
    if not reading.actor.may(Permission.VISITS_READ, office):
        return None
    return await OF_HOUSEHOLD.first(reading, household_id=household_id)
