"""Days whose records want a supervisor's look: derived from the records, but for what was decided about them."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    Date,
    SmallInteger,
    Text,
    Uuid,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import Review, Visit
from livelihood.followups.queries.visits import HAPPENED, MET, TO_THE_FAMILY, visits
from livelihood.followups.rules.reviews import Decision
from livelihood.followups.schemas import VisitOut
from livelihood.followups.schemas_reviews import DayOut, OutsideOut, ReviewOut, ReviewRow
from livelihood.households.models import Household, Place
from livelihood.households.queries import detail
from livelihood.observations.models import Observation
from livelihood.observations.queries import STANDS
from livelihood.observations.rules import EducationState, Kind

MOST = 200
# One office at a time: its part of an index is in order, so that days are counted as they are read.
OFFICE = bindparam("office", type_=SmallInteger)
HOUSEHOLD = bindparam("household_id", type_=Uuid)
DAY = bindparam("day", type_=Date)

Later = aliased(Observation)
IN_FORCE = ~select(Later.id).where(Later.supersedes == Observation.id).exists()
STATE = Observation.details["state"].astext
NO_SCHOOL = literal(EducationState.NONE.value, Text) == STATE


class ContestedRow(msgspec.Struct, frozen=True):
    member_id: UUID


EDUCATION = Observation.kind == literal_column(f"'{Kind.EDUCATION.value}'")

# Of the many days, those with more than one record; an index alone says which, and the rest is asked of these.
MET_TWICE = (
    select(Visit.household_id, Visit.happened_on)
    .where(Visit.office_id == OFFICE, MET, TO_THE_FAMILY)
    .group_by(Visit.household_id, Visit.happened_on)
    .having(func.count() > 1)
    .subquery("met_twice")
)
TOLD_TWICE = (
    select(Observation.member_id, Observation.happened_on)
    .where(Observation.office_id == OFFICE, EDUCATION)
    .group_by(Observation.member_id, Observation.happened_on)
    .having(func.count() > 1)
    .subquery("told_twice")
)

# Two colleagues who met the family on one day each recorded it.
TWICE = (
    select(
        Visit.household_id,
        Visit.happened_on,
        literal(1).label("twice"),
        literal(0).label("contested"),
        func.max(Visit.recorded_at).label("latest"),
    )
    .join_from(
        MET_TWICE,
        Visit,
        and_(Visit.household_id == MET_TWICE.c.household_id, Visit.happened_on == MET_TWICE.c.happened_on),
    )
    .where(HAPPENED, TO_THE_FAMILY, MET)
    .group_by(Visit.household_id, Visit.happened_on)
    .having(func.count(Visit.recorded_by.distinct()) > 1)
)


def _contested(*columns: Any) -> Any:
    """Children whom one record of a day has in school and another out of it."""
    return (
        select(*columns)
        .join_from(
            TOLD_TWICE,
            Observation,
            and_(
                Observation.member_id == TOLD_TWICE.c.member_id,
                Observation.happened_on == TOLD_TWICE.c.happened_on,
            ),
        )
        .where(EDUCATION, literal(EducationState.UNKNOWN.value, Text) != STATE, STANDS, IN_FORCE)
        .group_by(Observation.household_id, Observation.happened_on, Observation.member_id)
        .having(func.bool_or(NO_SCHOOL) & func.bool_or(~NO_SCHOOL))
    )


CONTESTED = _contested(
    Observation.household_id,
    Observation.happened_on,
    literal(0).label("twice"),
    literal(1).label("contested"),
    func.max(Observation.recorded_at).label("latest"),
)
DAYS = union_all(TWICE, CONTESTED).subquery("days")


def _waiting(*, one: bool) -> Any:
    found = (
        select(
            DAYS.c.household_id,
            DAYS.c.happened_on,
            (func.sum(DAYS.c.twice) > 0).label("twice"),
            func.sum(DAYS.c.contested).label("contested"),
            func.max(DAYS.c.latest).label("latest"),
        )
        .group_by(DAYS.c.household_id, DAYS.c.happened_on)
        .subquery("found")
    )
    # Whatever was recorded after a decision wants another look. A withdrawal ends no waiting of itself: what the
    # other records say of the day is what counts then.
    decided = (
        select(Review.id)
        .where(
            Review.household_id == found.c.household_id,
            Review.happened_on == found.c.happened_on,
            Review.decision != Decision.WITHDRAWN.value,
            Review.decided_at >= found.c.latest,
        )
        .exists()
    )
    this_one = (found.c.household_id == HOUSEHOLD, found.c.happened_on == DAY) if one else ()
    return (
        select(
            found.c.household_id,
            Household.code.label("household_code"),
            Household.office_id,
            Place.name_km.label("village_km"),
            Place.name_latin.label("village_latin"),
            found.c.happened_on,
            found.c.twice,
            found.c.contested,
            found.c.latest.label("recorded_at"),
        )
        .join(Household, Household.id == found.c.household_id)
        .join(Place, Place.code == Household.village_code)
        .where(~decided, *this_one)
        .order_by(found.c.latest, found.c.household_id, found.c.happened_on)
        .limit(MOST)
    )


WAITING = Read(_waiting(one=False), ReviewRow)
ONE_WAITING = Read(_waiting(one=True), ReviewRow)
CONTESTED_CHILDREN = Read(
    _contested(Observation.member_id).where(
        Observation.household_id == HOUSEHOLD, Observation.happened_on == DAY
    ),
    ContestedRow,
)
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


async def waiting(reading: Reading, office: int | None = None) -> list[ReviewRow]:
    """Days that nobody has decided about, of the actor's offices or of one; what has waited longest first."""
    reading.actor.require(Permission.VISITS_REVIEW, office)
    offices = reading.actor.offices_for(Permission.VISITS_REVIEW)
    found = [
        row
        for one in sorted(offices if office is None else offices & {office})
        for row in await WAITING.all(reading, office=one)
    ]
    return sorted(found, key=lambda row: row.recorded_at)


async def waits(reading: Reading, household_id: UUID, office: int, on: date) -> bool:
    """Whether this reader is to decide about a household's records of that day."""
    if not reading.actor.may(Permission.VISITS_REVIEW, office):
        return False
    return await ONE_WAITING.first(reading, office=office, household_id=household_id, day=on) is not None


async def day(reading: Reading, household_id: UUID, on: date) -> DayOut:
    """All records of a household of one day. Raises `NotFound`, `Forbidden`."""
    household = await detail(reading, household_id)
    reading.actor.require(Permission.VISITS_REVIEW, household.office_id)
    asked: dict[str, object] = {"household_id": household_id, "day": on}
    row = await ONE_WAITING.first(reading, office=household.office_id, **asked)
    contested = await CONTESTED_CHILDREN.all(reading, office=household.office_id, **asked)
    found = DayOut(
        household_id=household_id,
        household_code=household.code,
        office_id=household.office_id,
        happened_on=on,
        waits=row is not None,
        twice=row is not None and row.twice,
        contested=[one.member_id for one in contested],
        visits=await RECORDS.all(reading, **asked),
        outside=await OUTSIDE.all(reading, **asked),
        decisions=await decisions(of_day=True).all(reading, **asked),
    )
    if not found.visits and not found.outside:
        raise NotFound(say("Nothing was recorded of this household on that day. Look at its page."))
    return found


async def of_household(reading: Reading, household_id: UUID) -> list[ReviewOut]:
    """What was decided about this family's records, the earliest first; for those who read its visits."""
    return await decisions(of_day=False).all(reading, household_id=household_id)
