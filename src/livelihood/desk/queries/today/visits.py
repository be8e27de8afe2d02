"""Where somebody is to go."""

from datetime import date

import msgspec
from sqlalchemy import any_, false, func, null, select, union_all

from livelihood.db.reader import Read
from livelihood.desk.queries.today.asked import OF_MONITOR, OFFICES, SHOWN
from livelihood.followups.models import Alert, FollowUp
from livelihood.followups.queries.looked_for import families_of_missing
from livelihood.followups.queries.states import ONE_CHECK, TO_DO, TODAY
from livelihood.followups.queries.whose import IN_NO_HANDS
from livelihood.households.models import Household, Place

LATE = FollowUp.closes_on < TODAY


class Village(msgspec.Struct):
    """A village with work in it. `missing`: how many children to look for there; `closes_on`: the first day on which one
    of its checks closes, if any waits.
    """

    code: str
    name_km: str
    name_latin: str
    households: int
    checks: int
    overdue: int
    missing: int
    closes_on: date | None


DUE = (
    select(
        Household.village_code,
        Household.id,
        ONE_CHECK.label("one"),
        LATE.label("late"),
        null().label("missing"),
        FollowUp.closes_on,
    )
    .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
    .where(TO_DO, FollowUp.office_id == any_(OFFICES), OF_MONITOR)
)
LOOKED_FOR = families_of_missing(
    Household.village_code,
    Household.id,
    null().label("one"),
    false().label("late"),
    Alert.id.label("missing"),
    null().label("closes_on"),
    which=(),
).where(OF_MONITOR | IN_NO_HANDS)
THERE = union_all(DUE, LOOKED_FOR).subquery()
NUMBER_LATE = func.count().filter(THERE.c.late)
# Whoever is missing is looked for first.
VILLAGES = Read(
    select(
        Place.code,
        Place.name_km,
        Place.name_latin,
        func.count(THERE.c.id.distinct()).label("households"),
        func.count(THERE.c.one.distinct()).label("checks"),
        func.count(THERE.c.one.distinct()).filter(THERE.c.late).label("overdue"),
        func.count(THERE.c.missing).label("missing"),
        func.min(THERE.c.closes_on).label("closes_on"),
    )
    .join_from(THERE, Place, Place.code == THERE.c.village_code)
    .group_by(Place.code)
    .order_by(
        (func.count(THERE.c.missing) > 0).desc(),
        NUMBER_LATE.desc(),
        func.min(THERE.c.closes_on),
        Place.code,
    )
    .limit(SHOWN),
    Village,
)
