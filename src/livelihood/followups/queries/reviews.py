"""Days whose records want a supervisor's look, and one such day with all that was recorded and decided of it."""

from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Date,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    func,
    or_,
    select,
)

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Count, Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import DayToReview, Review, Visit
from livelihood.followups.queries.confirmed import contested, seen
from livelihood.followups.queries.leaving import OF_HOUSEHOLD as LEAVINGS
from livelihood.followups.queries.visits import visits
from livelihood.followups.schemas import VisitOut
from livelihood.followups.schemas_reviews import DayOut, DepartedOut, OutsideOut, ReviewOut, ReviewRow
from livelihood.households.models import Household, Place
from livelihood.households.queries import detail
from livelihood.observations.models import Observation
from livelihood.observations.queries import IN_FORCE

MOST = 200
HOUSEHOLD = bindparam("household_id", type_=Uuid)
DAY = bindparam("day", type_=Date)
OF_OFFICES = DayToReview.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger)))


def _waiting(*conditions: ColumnElement[bool]) -> Read[ReviewRow]:
    return Read(
        select(
            DayToReview.household_id,
            Household.code.label("household_code"),
            Household.office_id,
            Place.name_km.label("village_km"),
            Place.name_latin.label("village_latin"),
            DayToReview.happened_on,
            DayToReview.twice,
            DayToReview.contested,
            DayToReview.departed,
            DayToReview.recorded_at,
        )
        .join(Household, Household.id == DayToReview.household_id)
        .join(Place, Place.code == Household.village_code)
        .where(*conditions)
        .order_by(DayToReview.recorded_at, DayToReview.household_id, DayToReview.happened_on)
        .limit(bindparam("limit", MOST, BigInteger)),
        ReviewRow,
    )


WAITING = _waiting(OF_OFFICES)
ONE_WAITING = _waiting(DayToReview.household_id == HOUSEHOLD, DayToReview.happened_on == DAY)
OF_HOUSEHOLD_WAITING = _waiting(DayToReview.household_id == HOUSEHOLD)
NUMBER = Count(select(func.count().label("number")).select_from(DayToReview).where(OF_OFFICES))
# Of the day, and those of another day of which something was corrected to this one.
RECORDS = Read(
    visits()
    .where(
        Visit.household_id == HOUSEHOLD,
        or_(
            Visit.happened_on == DAY,
            Visit.id.in_(
                select(Observation.visit_id).where(
                    Observation.household_id == HOUSEHOLD, Observation.happened_on == DAY, IN_FORCE
                )
            ),
        ),
    )
    .order_by(Staff.name, Visit.id),
    VisitOut,
)
OUTSIDE = Read(
    select(
        Observation.id,
        Observation.member_id,
        Observation.details,
        Staff.name.label("recorded_by"),
        Observation.recorded_at,
    )
    .join(Staff, Staff.id == Observation.recorded_by)
    .where(
        Observation.household_id == HOUSEHOLD,
        Observation.happened_on == DAY,
        Observation.visit_id.is_(None),
        IN_FORCE,
    )
    .order_by(Staff.name, Observation.id),
    OutsideOut,
)


@cache
def decisions(*, of_day: bool) -> Read[ReviewOut]:
    statement = (
        select(
            Review.id,
            Review.household_id,
            Review.happened_on,
            Review.decision,
            Review.visit_id,
            Review.note,
            Staff.name.label("by"),
            Review.decided_at.label("at"),
        )
        .join(Staff, Staff.id == Review.decided_by)
        .where(Review.household_id == HOUSEHOLD)
        .order_by(Review.decided_at, Review.id)
    )
    return Read(statement.where(Review.happened_on == DAY) if of_day else statement, ReviewOut)


async def waiting(reading: Reading, limit: int | None = MOST) -> list[ReviewRow]:
    """Days that nobody has decided about, of the actor's offices; what has waited longest first."""
    reading.actor.require(Permission.VISITS_REVIEW)
    offices = sorted(reading.actor.offices_for(Permission.VISITS_REVIEW))
    return await WAITING.all(reading, offices=offices, limit=limit)


async def number_waiting(reading: Reading, office: int | None = None) -> int:
    """How many days wait in the actor's offices, or in one."""
    reading.actor.require(Permission.VISITS_REVIEW, office)
    offices = reading.actor.offices_for(Permission.VISITS_REVIEW) if office is None else {office}
    return await NUMBER.number(reading, offices=sorted(offices))


async def is_waiting(reading: Reading, household_id: UUID, on: date) -> bool:
    """Whether nobody has decided about a household's records of that day; for whoever reads what waits for it."""
    return await ONE_WAITING.first(reading, household_id=household_id, day=on) is not None


async def waits(reading: Reading, household_id: UUID, office: int, on: date) -> bool:
    """Whether this reader is to decide about a household's records of that day."""
    if not reading.actor.may(Permission.VISITS_REVIEW, office):
        return False
    return await ONE_WAITING.first(reading, household_id=household_id, day=on) is not None


async def day(reading: Reading, household_id: UUID, on: date) -> DayOut:
    """All records of a household of one day. Raises `NotFound`, `Forbidden`."""
    household = await detail(reading, household_id)
    reading.actor.require(Permission.VISITS_REVIEW, household.office_id)
    asked: dict[str, object] = {"household_id": household_id, "day": on}
    row = await ONE_WAITING.first(reading, **asked)
    found = DayOut(
        household_id=household_id,
        household_code=household.code,
        office_id=household.office_id,
        happened_on=on,
        waits=row is not None,
        twice=row is not None and row.twice,
        contested=await contested(reading, household_id, on),
        departed=await departed(reading, household_id, on),
        visits=await RECORDS.all(reading, **asked),
        outside=await OUTSIDE.all(reading, **asked),
        decisions=await decisions(of_day=True).all(reading, **asked),
    )
    if not found.visits and not found.outside:
        raise NotFound(say("Nothing was recorded of this household on that day. Look at its page."))
    return found


async def departed(reading: Reading, household_id: UUID, on: date) -> list[DepartedOut]:
    """Whom the records of that day met though they had left, or the family's case was closed."""
    there = {member_id for member_id, days in (await seen(reading, household_id)).items() if on in days}
    return [
        DepartedOut(one.id, one.member_id, one.left_on, one.because)
        for one in await LEAVINGS.all(reading, household_id=household_id)
        if one.ended_on is None
        and one.left_on < on
        and there
        and (one.member_id is None or one.member_id in there)
    ]


async def waiting_of(reading: Reading, household_id: UUID) -> list[ReviewRow]:
    """This family's days that nobody has decided about; for those who read its visits."""
    return await OF_HOUSEHOLD_WAITING.all(reading, household_id=household_id)


async def of_household(reading: Reading, household_id: UUID) -> list[ReviewOut]:
    """What was decided about this family's records, the earliest first; for those who read its visits."""
    return await decisions(of_day=False).all(reading, household_id=household_id)
