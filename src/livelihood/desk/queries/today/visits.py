"""Where somebody is to go."""

from datetime import date

import msgspec
from sqlalchemy import any_, func, select

from livelihood.db.reader import Read
from livelihood.desk.queries.today.asked import OF_MONITOR, OFFICES, SHOWN
from livelihood.followups.models import FollowUp
from livelihood.followups.queries.states import ONE_CHECK, TO_DO, TODAY
from livelihood.households.models import Household, Place

LATE = FollowUp.closes_on < TODAY


class Village(msgspec.Struct):
    """A village with work in it; `closes_on` is the first day on which one of its checks closes."""

    code: str
    name_km: str
    name_latin: str
    households: int
    checks: int
    overdue: int
    closes_on: date


VILLAGES = Read(
    select(
        Place.code,
        Place.name_km,
        Place.name_latin,
        func.count(FollowUp.household_id.distinct()).label("households"),
        func.count(ONE_CHECK.distinct()).label("checks"),
        func.count(ONE_CHECK.distinct()).filter(LATE).label("overdue"),
        func.min(FollowUp.closes_on).label("closes_on"),
    )
    .join(Household, Household.id == FollowUp.household_id)
    .join(Place, Place.code == Household.village_code)
    .where(TO_DO, FollowUp.office_id == any_(OFFICES), OF_MONITOR)
    .group_by(Place.code)
    .order_by(func.count().filter(LATE).desc(), func.min(FollowUp.closes_on), Place.code)
    .limit(SHOWN),
    Village,
)
