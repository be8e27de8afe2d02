"""Whose households somebody works on a day: their own, and those of the colleagues whose leave they cover."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    SmallInteger,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.accounts.queries import works_there
from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Cover
from livelihood.households.models import Household

Away = aliased(Staff)
By = aliased(Staff)

TODAY = bindparam("today", type_=Date)
PERSON = bindparam("person", type_=Uuid)

# Households in whoever's hands; for statements that take `monitors` as `whose` gives them.
OF_MONITORS: ColumnElement[bool] = Household.monitor_id == any_(bindparam("monitors", type_=ARRAY(Uuid)))

# The covers of today, and of these whoever works there and so stands in. By these columns alone: the worker that counts
# for the digest may read no more.
RUNNING = and_(Cover.from_on <= TODAY, Cover.until_on >= TODAY)
STOOD_IN = and_(RUNNING, works_there(Cover.by_id, Cover.office_id, Permission.VISITS_RECORD))

# Nobody goes there by themselves: whoever stands in for a monitor on leave, and else the monitor, does not work there, or
# no monitor was named. The covers are few and are read once a statement, not once a household.
MONITORED = tuple_(Household.monitor_id, Household.office_id)
IN_NO_HANDS: ColumnElement[bool] = case(
    (
        MONITORED.in_(select(Cover.staff_id, Cover.office_id).where(RUNNING)),
        MONITORED.not_in(select(Cover.staff_id, Cover.office_id).where(STOOD_IN)),
    ),
    else_=~works_there(Household.monitor_id, Household.office_id, Permission.VISITS_RECORD),
)

# Those of them in the offices of somebody who gives them a monitor, as `nobodys` names these.
NOBODYS: ColumnElement[bool] = and_(
    Household.office_id == any_(bindparam("nobodys", type_=ARRAY(SmallInteger))), IN_NO_HANDS
)


class Covering(msgspec.Struct, frozen=True):
    """A cover that concerns somebody today: `staff_id` is away, `by_id`, who works there, works their `households`."""

    staff_id: UUID
    staff: str
    by_id: UUID
    by: str
    from_on: date
    until_on: date
    households: int


HOUSEHOLDS = (
    select(func.count())
    .where(Household.monitor_id == Cover.staff_id, Household.status == "active")
    .correlate(Cover)
    .scalar_subquery()
)
COVERING = Read(
    select(
        Cover.staff_id,
        Away.name.label("staff"),
        Cover.by_id,
        By.name.label("by"),
        Cover.from_on,
        Cover.until_on,
        HOUSEHOLDS.label("households"),
    )
    .join(Away, Away.id == Cover.staff_id)
    .join(By, By.id == Cover.by_id)
    .where(
        or_(Cover.by_id == PERSON, Cover.staff_id == PERSON),
        STOOD_IN,
    )
    .order_by(Cover.until_on, Cover.id),
    Covering,
)


class Worked(msgspec.Struct, frozen=True):
    id: UUID


class Covered(msgspec.Struct, frozen=True):
    staff_id: UUID


COVERED = Read(
    select(Cover.staff_id).where(Cover.by_id == PERSON, STOOD_IN).order_by(Cover.until_on, Cover.staff_id),
    Covered,
)


async def covering(reading: Reading, person: UUID, today: date) -> list[Covering]:
    """What this person covers today, and who covers them."""
    return await COVERING.all(reading, person=person, today=today)


WORKED = Read(
    select(Household.id).where(Household.id == bindparam("household_id", type_=Uuid), OF_MONITORS), Worked
)


async def works(reading: Reading, household_id: UUID, today: date) -> bool:
    """Whether the reader works this family today, as its monitor or covering for them."""
    monitors = await whose(reading, reading.actor.id, today)
    return await WORKED.first(reading, household_id=household_id, monitors=monitors) is not None


async def whose(reading: Reading, person: UUID, today: date) -> list[UUID]:
    """The monitors whose households this person works today, themselves first.

    Whoever is away keeps their own in sight: somebody has to be able to hand over.
    """
    covered = await COVERED.all(reading, person=person, today=today)
    return [person, *(one.staff_id for one in covered)]


def nobodys(actor: Actor) -> tuple[int, ...]:
    """Where households in no hands are this person's to go to until they give them to somebody, beside their own."""
    gives = actor.offices_for(Permission.HOUSEHOLDS_ASSIGN)
    return tuple(sorted(gives & actor.offices_for(Permission.VISITS_RECORD)))
