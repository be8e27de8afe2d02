"""Who left a family and came back, and what a leaving would do: the schedule with the change in it."""

from collections.abc import Callable, Iterable
from datetime import date
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import Uuid, bindparam, select
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.reader import Read, Reading
from livelihood.followups.queries import facts
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries.people import Child, people_in
from livelihood.followups.rules.alerts import Alert, AlertKind
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.facts import Absence, Household, Leaving
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.state import FollowUp, Settled, State, state
from livelihood.followups.schemas_leaving import LeavingOut
from livelihood.households import models
from livelihood.households.queries import no_household

Recorder = aliased(Staff)
Ender = aliased(Staff)
Noter = aliased(Staff)
Change = Callable[[Household], Household]
UNDONE = frozenset({State.UPCOMING, State.DUE, State.OVERDUE})


class ChecksOf(msgspec.Struct):
    """Of one person (or, without one, of the family): how many checks, and the day of the first."""

    person: Child | None
    count: int
    first_on: date


class AlertOf(msgspec.Struct):
    id: UUID
    kind: str
    person: Child


class Effect(msgspec.Struct):
    """What a leaving or a return would do today. `sought`: whom somebody is to look for, as it is now."""

    checks: list[ChecksOf]
    alerts_closed: list[AlertOf]
    alerts_open: list[AlertOf]
    sought: frozenset[UUID]

    @property
    def count(self) -> int:
        return sum(one.count for one in self.checks)

    def missing(self, member_id: UUID | None = None) -> AlertOf | None:
        """An alert, open today, that a child, or this one, is missing."""
        return next(
            (
                one
                for one in (*self.alerts_closed, *self.alerts_open)
                if one.kind == AlertKind.MISSING_CHILD and member_id in (None, one.person.id)
            ),
            None,
        )


LEAVINGS = (
    select(
        models.Leaving.id,
        models.Leaving.household_id,
        models.Leaving.member_id,
        models.Leaving.left_on,
        models.Leaving.because,
        models.Leaving.note,
        models.Leaving.partner,
        models.Leaving.new_head_id,
        Recorder.name.label("recorded_by"),
        models.Leaving.recorded_at,
        models.Leaving.ended_on,
        models.Leaving.ended_because,
        models.Leaving.ended_note,
        Ender.name.label("ended_by"),
        Noter.name.label("noted_by"),
        models.Leaving.noted_at,
    )
    .join(Recorder, Recorder.id == models.Leaving.recorded_by)
    .outerjoin(Ender, Ender.id == models.Leaving.ended_by)
    .outerjoin(Noter, Noter.id == models.Leaving.noted_by)
)
OF_HOUSEHOLD = Read(
    LEAVINGS.where(models.Leaving.household_id == bindparam("household_id", type_=Uuid)).order_by(
        models.Leaving.left_on, models.Leaving.recorded_at, models.Leaving.id
    ),
    LeavingOut,
)
ONE = Read(LEAVINGS.where(models.Leaving.id == bindparam("id", type_=Uuid)), LeavingOut)


async def of_household(reading: Reading, household_id: UUID, office_id: int) -> list[LeavingOut]:
    """In the order of the days."""
    found = await OF_HOUSEHOLD.all(reading, household_id=household_id)
    if not reading.actor.may(Permission.VISITS_READ, office_id):
        found = [replace(one, note=None, ended_note=None) for one in found]
    return found


async def departures(reading: Reading, household_id: UUID) -> dict[UUID, LeavingOut]:
    """Of each member who does not live there now, how they left."""
    return {
        one.member_id: one
        for one in await OF_HOUSEHOLD.all(reading, household_id=household_id)
        if one.member_id and one.ended_on is None
    }


async def one(reading: Reading, leaving_id: UUID) -> LeavingOut | None:
    return await ONE.first(reading, id=leaving_id)


async def grant_under_way(reading: Reading, household_id: UUID) -> str | None:
    """`submitted` or `approved` where money is asked for or set aside for the family.

    The database answers, because follow-ups do not know grants.
    """
    connection = await reading.connection()
    return await connection.fetchval("SELECT app.grant_under_way($1)", household_id)


async def course_seat_until(reading: Reading, household_id: UUID, day: date) -> date | None:
    """The last day of a course in which somebody of the family has a seat on that day; the database answers here too."""
    connection = await reading.connection()
    return await connection.fetchval("SELECT app.course_seat_until($1, $2)", household_id, day)


class PlaceWaitedFor(msgspec.Struct):
    """A place on a course's waitlist."""

    person: Child
    trade_en: str
    trade_km: str
    place: str


async def waited_for(reading: Reading, household_id: UUID, today: date) -> list[PlaceWaitedFor]:
    """What the family waits for in its office's courses; the database answers here too."""
    connection = await reading.connection()
    rows = await connection.fetch("SELECT * FROM app.places_on_waitlists($1)", household_id)
    if not rows:
        return []
    people = {one.id: one for one in await people_in(reading, household_id, today)}
    return [
        PlaceWaitedFor(people[member_id], trade_en, trade_km, place)
        for member_id, trade_en, trade_km, place in rows
    ]


def leaves(member_id: UUID | None, left: Leaving) -> Change:
    """The household as it would be without this member, or closed."""

    def changed(family: Household) -> Household:
        if member_id is None:
            return replace(family, left=left)
        return replace(
            family,
            members=tuple(replace(one, left=left) if one.id == member_id else one for one in family.members),
        )

    return changed


def returns(member_id: UUID | None, away: Absence | None) -> Change:
    """The household as it would be with this member again, or open again; `away` until then, unless by mistake."""

    def changed(family: Household) -> Household:
        return replace(
            family,
            left=None if member_id is None else family.left,
            members=tuple(
                replace(
                    one,
                    left=None if member_id == one.id else one.left,
                    absences=(*one.absences, *([away] if away else [])),
                )
                if member_id in (None, one.id)
                else one
                for one in family.members
            ),
        )

    return changed


class WorkedOut(msgspec.Struct, frozen=True):
    """A family, and its plan as of now or with a change in it."""

    family: Household
    plan_of: Callable[[Household], Plan]


async def _worked_out(reading: Reading, household_id: UUID, clock: Clock) -> WorkedOut:
    """Raises `NotFound`."""
    loaded = await facts.load(reading, [household_id], clock.local_day)
    if not loaded:
        raise no_household()
    family = loaded[0].household
    policy = await policies.in_full(reading)
    calendar = policies.calendar_for(policy, family)
    today, numbers = clock.today(), Numbers(policy.numbers)

    def plan_of(one: Household) -> Plan:
        return desired(one, policy.protocols, calendar, today, clock.local_day, numbers)

    return WorkedOut(family, plan_of)


async def sought(reading: Reading, household_id: UUID, *, clock: Clock) -> frozenset[UUID]:
    """Who of this family was not confirmed when due, or has an alert that is open: whom somebody is to look for.

    By the facts and the day: what is stored is of the last tick, and that may have been yesterday's. Raises `NotFound`.
    """
    found = await _worked_out(reading, household_id, clock)
    return _sought(found.plan_of(found.family))


def _sought(plan: Plan) -> frozenset[UUID]:
    silent = {one.member_id for one in plan.followed if one.unconfirmed_since is not None}
    return frozenset(silent | {one.member_id for one in _unclosed(plan.alerts).values()})


async def effect(reading: Reading, household_id: UUID, change: Change, *, clock: Clock) -> Effect:
    """What would end by this change; of a return, what would begin anew. Raises `NotFound`."""
    today = clock.today()
    found = await _worked_out(reading, household_id, clock)
    was, will = found.plan_of(found.family), found.plan_of(change(found.family))
    people = {one.id: one for one in await people_in(reading, household_id, today)}
    before, after = _open(was.follow_ups, today), _open(will.follow_ups, today)
    open_now, open_then = _unclosed(was.alerts), _unclosed(will.alerts)
    return Effect(
        _by_person(
            [one for key, one in (before | after).items() if (key in before) != (key in after)], people
        ),
        [_alert(one, people) for key, one in open_now.items() if key not in open_then],
        [_alert(one, people) for one in open_then.values()],
        _sought(was),
    )


def _open(follow_ups: Iterable[FollowUp], today: date) -> dict[UUID, FollowUp]:
    """What is still to be done, or will be."""
    return {
        one.id: one
        for one in follow_ups
        if one.reminds and one.settled is not Settled.CANCELLED and state(one, today) in UNDONE
    }


def _unclosed(alerts: Iterable[Alert]) -> dict[UUID, Alert]:
    return {one.id: one for one in alerts if one.closed_on is None}


def _by_person(follow_ups: Iterable[FollowUp], people: dict[UUID, Child]) -> list[ChecksOf]:
    found: dict[UUID | None, ChecksOf] = {}
    for one in sorted(follow_ups, key=lambda one: one.due_on):
        so_far = found.setdefault(
            one.member_id, ChecksOf(people[one.member_id] if one.member_id else None, 0, one.due_on)
        )
        so_far.count += 1
    return list(found.values())


def _alert(alert: Alert, people: dict[UUID, Child]) -> AlertOf:
    return AlertOf(alert.id, alert.kind.value, people[alert.member_id])
