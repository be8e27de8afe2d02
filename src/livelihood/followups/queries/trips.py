"""Trips: the visits of one staff member on one day in one place, a village or a school. Derived, never stored."""

from datetime import date
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Date, Text, Uuid, any_, bindparam, case, cast, func, literal_column, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import Alert, FollowUp
from livelihood.followups.models import Visit as VisitModel
from livelihood.followups.queries.alerts import alerts
from livelihood.followups.queries.lists import follow_ups, may_read
from livelihood.followups.queries.people import children
from livelihood.followups.queries.visits import HAPPENED, MET, visits
from livelihood.followups.rules.confirmation import sightings
from livelihood.followups.rules.facts import Mode, Outcome, Visit
from livelihood.followups.schemas import AlertOut, FollowUpOut, VisitOut
from livelihood.households.models import Household, Place, School
from livelihood.observations import queries as observations
from livelihood.observations.models import Observation
from livelihood.observations.rules import standing

DAYS_SHOWN = 60


class TripOut(msgspec.Struct):
    """`place` is a village's code or a school's id; `met` the households in which somebody was met.

    A household that was gone to twice on the day is one.
    """

    happened_on: date
    place: str
    school: bool
    name_km: str
    name_latin: str | None
    households: int
    met: int


class SettledBy(msgspec.Struct, frozen=True):
    id: UUID
    visit_id: UUID


class TripVisit(msgspec.Struct):
    """`settled`: the checks that it has answered, as far as the reader may read them."""

    visit: VisitOut
    confirmed: list[UUID]
    settled: list[FollowUpOut]


class TripDetail(msgspec.Struct):
    """`confirmed`: children who were seen or found in a register on this trip; `alerts_opened`: what it raised, for
    those who may read alerts.
    """

    trip: TripOut
    confirmed: int
    visits: list[TripVisit]
    alerts_opened: list[AlertOut]


PLACE = case(
    (VisitModel.school_id.is_not(None), cast(VisitModel.school_id, Text)), else_=Household.village_code
)
STAFF = VisitModel.recorded_by == bindparam("staff_id", type_=Uuid)
# Who telephones goes nowhere.
ON_THE_WAY = VisitModel.mode != literal_column(f"'{Mode.PHONE.value}'")


@cache
def listed(*, one: bool) -> Read[TripOut]:
    place = PLACE.label("place")
    statement = (
        select(
            VisitModel.happened_on,
            place,
            func.bool_or(VisitModel.school_id.is_not(None)).label("school"),
            func.min(func.coalesce(School.name_km, Place.name_km)).label("name_km"),
            func.min(case((School.id.is_not(None), School.name_latin), else_=Place.name_latin)).label(
                "name_latin"
            ),
            func.count(func.distinct(VisitModel.household_id)).label("households"),
            func.count(func.distinct(VisitModel.household_id)).filter(MET).label("met"),
        )
        .join(Household, Household.id == VisitModel.household_id)
        .join(Place, Place.code == Household.village_code)
        .outerjoin(School, School.id == VisitModel.school_id)
        .where(STAFF, ON_THE_WAY, HAPPENED)
        .group_by(VisitModel.happened_on, place)
        .order_by(VisitModel.happened_on.desc(), place)
    )
    if one:
        return Read(
            statement.where(
                VisitModel.happened_on == bindparam("day", type_=Date),
                bindparam("place", type_=Text) == PLACE,
            ),
            TripOut,
        )
    before = VisitModel.happened_on < bindparam("before", type_=Date)
    return Read(statement.where(before).limit(DAYS_SHOWN), TripOut)


OF_TRIP = Read(
    visits()
    .where(
        STAFF,
        ON_THE_WAY,
        HAPPENED,
        VisitModel.happened_on == bindparam("day", type_=Date),
        bindparam("place", type_=Text) == PLACE,
    )
    .order_by(Household.code, VisitModel.recorded_at, VisitModel.id),
    VisitOut,
)


RAISED = Read(
    alerts()
    .where(Alert.visit_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(Alert.kind, Household.code, Alert.id),
    AlertOut,
)


IDS = any_(bindparam("ids", type_=ARRAY(Uuid)))
SETTLED_BY = func.coalesce(Observation.visit_id, FollowUp.settled_by)
# Looked for within the households: there is an index for that, and none that begins with what settled it.
WHICH = Read(
    select(FollowUp.id, SETTLED_BY.label("visit_id"))
    .outerjoin(Observation, Observation.id == FollowUp.settled_by)
    .where(FollowUp.household_id == any_(bindparam("households", type_=ARRAY(Uuid))), SETTLED_BY == IDS),
    SettledBy,
)
SETTLED = Read(
    follow_ups().where(FollowUp.id == IDS).order_by(FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)


async def trips(reading: Reading, staff_id: UUID, *, before: date = date.max) -> list[TripOut]:
    """One person's trips before a day, the latest first."""
    reading.actor.require(Permission.VISITS_READ)
    return await listed(one=False).all(reading, staff_id=staff_id, before=before)


async def trip(reading: Reading, staff_id: UUID, day: date, place: str, *, today: date) -> TripDetail:
    """`today` is the day of the checks' states. Raises `NotFound`."""
    reading.actor.require(Permission.VISITS_READ)
    asked: dict[str, object] = {"staff_id": staff_id, "day": day, "place": place}
    found = await listed(one=True).first(reading, **asked)
    if found is None:
        raise NotFound(say("There is no such trip. Look for it in the list of your trips."))
    made = await OF_TRIP.all(reading, **asked)
    seen = {
        one.id: Visit(
            one.id,
            one.happened_on,
            Outcome(one.outcome),
            Mode(one.mode),
            one.recorded_at,
            frozenset(one.present),
        )
        for one in made
    }
    confirmed: dict[UUID, set[UUID]] = {one.id: set() for one in made}
    households = sorted({one.household_id for one in made})
    families = await children(reading, households, day)
    young = {person.id for family in families.values() for person in family if person.is_child}
    records = await observations.of_households(reading, households)
    for one in sightings([record for mine in records.values() for record in standing(mine)], seen):
        if one.member_id in young:
            confirmed[one.visit.id].add(one.member_id)
    ids = [one.id for one in made]
    raised = await RAISED.all(reading, ids=ids)
    settled: dict[UUID, list[FollowUpOut]] = {one: [] for one in ids}
    which = {one.id: one.visit_id for one in await WHICH.all(reading, ids=ids, households=households)}
    for check in await SETTLED.all(reading, ids=list(which), today=today):
        if may_read(reading.actor, check):
            settled[which[check.id]].append(check)
    return TripDetail(
        found,
        len({child for children in confirmed.values() for child in children}),
        [TripVisit(one, sorted(confirmed[one.id]), settled[one.id]) for one in made],
        [one for one in raised if reading.actor.may(Permission.ALERTS_READ, one.office_id)],
    )
