"""What each monitor of an office has to do, who is away, and what a second look at their visits found."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Date, SmallInteger, Text, Uuid, and_, any_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.accounts.queries import works_there
from livelihood.db.reader import Count, Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import Cover, FollowedChild, FollowUp, SpotCheck, Visit
from livelihood.followups.queries.board import SILENT
from livelihood.followups.queries.offices import offices_asked
from livelihood.followups.queries.states import ONE_CHECK, TO_DO, TODAY
from livelihood.followups.queries.visits import HAPPENED, MET, STILL_THERE, TO_THE_FAMILY
from livelihood.followups.rules.care import agreement
from livelihood.followups.schemas_care import CoverOut, SpotCheckOut
from livelihood.households.models import Household, Member, Place
from livelihood.households.queries import HEAD
from livelihood.households.rules import HouseholdStatus

By = aliased(Staff)
OFFICE = bindparam("office", type_=SmallInteger)
MONITOR = bindparam("monitor", type_=Uuid)
MOST = 500


class Load(msgspec.Struct):
    """One monitor's. `monitor_id` is empty for households that have none; `active`: they go to families of the office
    still. Without `covered_by` nobody stands in while they are away.

    `unanswered` are children who were not confirmed when due, `escalated` those of them whose silence went further up.
    `visits` of this month met the family, in person or by phone, `attempts` met nobody; a roll call reads a register
    once, of however many families.
    `agreement` is the share of re-checked visits that agreed, in percent of those that could be checked.
    """

    monitor_id: UUID | None
    monitor: str | None
    active: bool
    households: int = 0
    due: int = 0
    overdue: int = 0
    unanswered: int = 0
    escalated: int = 0
    visits: int = 0
    attempts: int = 0
    roll_calls: int = 0
    rechecked: int = 0
    agreement: int | None = None
    away_from: date | None = None
    away_until: date | None = None
    covered_by: str | None = None


class Person(msgspec.Struct):
    id: UUID
    name: str
    active: bool


class Number(msgspec.Struct):
    monitor_id: UUID | None
    number: int


class Checks(msgspec.Struct):
    monitor_id: UUID | None
    waiting: int
    overdue: int


class Visits(msgspec.Struct):
    monitor_id: UUID
    met: int
    attempts: int
    roll_calls: int


class Silences(msgspec.Struct):
    monitor_id: UUID | None
    unanswered: int
    escalated: int


class Verdicts(msgspec.Struct):
    monitor_id: UUID
    verdict: str
    number: int


class TheirHousehold(msgspec.Struct):
    """`all_of_them`: how many there are, however many are listed."""

    id: UUID
    code: str
    village_km: str
    village_latin: str
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    all_of_them: int


def of_office(*roles: Role) -> Any:
    return (
        select(StaffRole.id)
        .where(
            StaffRole.staff_id == Staff.id,
            StaffRole.role == any_(bindparam("roles", [role.value for role in roles], ARRAY(Text))),
            or_(StaffRole.office_id == OFFICE, StaffRole.office_id.is_(None)),
        )
        .exists()
    )


def people(*roles: Role) -> Read[Person]:
    return Read(
        select(Staff.id, Staff.name, Staff.active)
        .where(Staff.kind == StaffKind.PERSON, Staff.active, of_office(*roles))
        .order_by(Staff.name, Staff.id),
        Person,
    )


MONITORS = people(Role.MONITOR)
STANDS_IN = people(Role.MONITOR, Role.CASEWORKER, Role.SUPERVISOR)
ONE = Read(
    select(
        Staff.id, Staff.name, works_there(Staff.id, OFFICE, Permission.VISITS_RECORD).label("active")
    ).where(Staff.id == MONITOR, Staff.kind == StaffKind.PERSON),
    Person,
)
HOUSEHOLDS = Read(
    select(Household.monitor_id, func.count().label("number"))
    .where(Household.office_id == OFFICE, Household.status == "active")
    .group_by(Household.monitor_id),
    Number,
)
CHECKS = Read(
    select(
        Household.monitor_id,
        func.count(ONE_CHECK.distinct()).label("waiting"),
        func.count(ONE_CHECK.distinct()).filter(FollowUp.closes_on < TODAY).label("overdue"),
    )
    .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
    .where(TO_DO, FollowUp.office_id == OFFICE)
    .group_by(Household.monitor_id),
    Checks,
)
SILENCES = Read(
    select(
        Household.monitor_id,
        func.count().label("unanswered"),
        func.count().filter(FollowedChild.level != "reminder").label("escalated"),
    )
    .join_from(FollowedChild, Household, Household.id == FollowedChild.household_id)
    .where(SILENT, FollowedChild.office_id == OFFICE)
    .group_by(Household.monitor_id),
    Silences,
)
VISITS = Read(
    select(
        Visit.recorded_by.label("monitor_id"),
        func.count().filter(TO_THE_FAMILY, MET).label("met"),
        func.count().filter(TO_THE_FAMILY, ~MET).label("attempts"),
        func.count(func.row(Visit.school_id, Visit.happened_on).distinct())
        .filter(~TO_THE_FAMILY)
        .label("roll_calls"),
    )
    .where(Visit.office_id == OFFICE, HAPPENED, Visit.happened_on >= bindparam("since", type_=Date))
    .group_by(Visit.recorded_by),
    Visits,
)
VERDICTS = Read(
    select(SpotCheck.monitor_id, SpotCheck.verdict, func.count().label("number"))
    .where(SpotCheck.office_id == OFFICE, SpotCheck.verdict.is_not(None))
    .group_by(SpotCheck.monitor_id, SpotCheck.verdict),
    Verdicts,
)
COVERS = Read(
    select(
        Cover.id,
        Cover.office_id,
        Cover.staff_id,
        Staff.name.label("staff"),
        Cover.by_id,
        By.name.label("by"),
        Cover.from_on,
        Cover.until_on,
        works_there(Cover.by_id, Cover.office_id, Permission.VISITS_RECORD).label("stands_in"),
    )
    .join(Staff, Staff.id == Cover.staff_id)
    .join(By, By.id == Cover.by_id)
    .where(Cover.office_id == OFFICE, Cover.until_on >= bindparam("today", type_=Date))
    .order_by(Cover.from_on, Cover.id),
    CoverOut,
)
CHECKED = (
    select(
        SpotCheck.id,
        SpotCheck.visit_id,
        SpotCheck.household_id,
        Household.code.label("household_code"),
        SpotCheck.office_id,
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Visit.happened_on,
        Visit.recorded_at,
        Visit.outcome,
        Visit.mode,
        SpotCheck.monitor_id,
        Staff.name.label("monitor"),
        SpotCheck.drawn_on,
        SpotCheck.verdict,
        SpotCheck.note,
        SpotCheck.checked_on,
        (~HAPPENED).label("withdrawn"),
    )
    .join(Visit, Visit.id == SpotCheck.visit_id)
    .join(Household, Household.id == SpotCheck.household_id)
    .join(Staff, Staff.id == SpotCheck.monitor_id)
    .join(Place, Place.code == Household.village_code)
    .outerjoin(Member, HEAD)
    .where(
        SpotCheck.office_id == OFFICE,
        or_(
            and_(HAPPENED, STILL_THERE, Household.status == HouseholdStatus.ACTIVE.value),
            SpotCheck.verdict.is_not(None),
        ),
    )
)
THEIR_CHECKS = CHECKED.where(SpotCheck.monitor_id == MONITOR)
OPEN_CHECKS = CHECKED.where(SpotCheck.verdict.is_(None))
SPOT_CHECKS = Read(
    THEIR_CHECKS.order_by(SpotCheck.verdict.is_not(None), SpotCheck.drawn_on.desc(), SpotCheck.id).limit(
        bindparam("limit")
    ),
    SpotCheckOut,
)
OPEN_SPOT_CHECKS = Read(
    OPEN_CHECKS.order_by(SpotCheck.drawn_on, SpotCheck.id).limit(bindparam("limit")), SpotCheckOut
)
NUMBER_OF_THEIRS = Count(select(func.count().label("number")).select_from(THEIR_CHECKS.subquery()))
NUMBER_OF_THEIRS_OPEN = Count(
    select(func.count().label("number")).select_from(
        OPEN_CHECKS.where(SpotCheck.monitor_id == MONITOR).subquery()
    )
)
NUMBER_OPEN = Count(select(func.count().label("number")).select_from(OPEN_CHECKS.subquery()))
THEIRS = Read(
    select(
        Household.id,
        Household.code,
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        func.count().over().label("all_of_them"),
    )
    .join(Place, Place.code == Household.village_code)
    .outerjoin(Member, HEAD)
    .where(Household.office_id == OFFICE, Household.status == "active", Household.monitor_id == MONITOR)
    .order_by(Household.village_code, Household.code)
    .limit(bindparam("limit")),
    TheirHousehold,
)


async def loads(reading: Reading, office: int, today: date) -> list[Load]:
    """Each monitor of the office, and whoever else has households there, by name; nobody's households last."""
    reading.actor.require(Permission.LOAD_READ)
    offices_asked(reading.actor, Permission.LOAD_READ, office)
    found: dict[UUID | None, Load] = {
        one.id: Load(one.id, one.name, one.active) for one in await MONITORS.all(reading, office=office)
    }
    for row in await HOUSEHOLDS.all(reading, office=office):
        (await _load(reading, found, row.monitor_id, office)).households = row.number
    for row in await CHECKS.all(reading, office=office, today=today):
        one = await _load(reading, found, row.monitor_id, office)
        one.due, one.overdue = row.waiting - row.overdue, row.overdue
    for row in await SILENCES.all(reading, office=office):
        one = await _load(reading, found, row.monitor_id, office)
        one.unanswered, one.escalated = row.unanswered, row.escalated
    for row in await VISITS.all(reading, office=office, since=today.replace(day=1)):
        if row.monitor_id in found:
            one = found[row.monitor_id]
            one.visits, one.attempts, one.roll_calls = row.met, row.attempts, row.roll_calls
    verdicts: dict[UUID, dict[str, int]] = {}
    for row in await VERDICTS.all(reading, office=office):
        verdicts.setdefault(row.monitor_id, {})[row.verdict] = row.number
    _rate(found, verdicts)
    for cover in await COVERS.all(reading, office=office, today=today):
        one = found.get(cover.staff_id)
        if one and one.away_from is None:
            one.away_from, one.away_until = cover.from_on, cover.until_on
            one.covered_by = cover.by if cover.stands_in else None
    return sorted(
        found.values(), key=lambda one: (one.monitor is None, one.monitor or "", str(one.monitor_id))
    )


async def _load(
    reading: Reading, found: dict[UUID | None, Load], monitor_id: UUID | None, office: int
) -> Load:
    if monitor_id not in found:
        person = await ONE.first(reading, monitor=monitor_id, office=office) if monitor_id else None
        found[monitor_id] = Load(
            monitor_id, person.name if person else None, person.active if person else False
        )
    return found[monitor_id]


def _rate(found: Mapping[UUID | None, Load], verdicts: Mapping[UUID, Mapping[str, int]]) -> None:
    for monitor_id, counts in verdicts.items():
        if monitor_id in found:
            found[monitor_id].rechecked = sum(counts.values())
            found[monitor_id].agreement = agreement(counts)


async def monitor_of(reading: Reading, monitor_id: UUID, office: int) -> Person:
    found = await ONE.first(reading, monitor=monitor_id, office=office)
    if found is None:
        raise NotFound(say("There is nobody with this id on the staff. Look on the page of the monitors."))
    return found


async def covers(reading: Reading, office: int, today: date) -> list[CoverOut]:
    reading.actor.require(Permission.LOAD_READ)
    offices_asked(reading.actor, Permission.LOAD_READ, office)
    return await COVERS.all(reading, office=office, today=today)


async def open_spot_checks(reading: Reading, office: int, limit: int | None = MOST) -> list[SpotCheckOut]:
    """Of all monitors of an office, what was drawn first first."""
    reading.actor.require(Permission.LOAD_READ)
    offices_asked(reading.actor, Permission.LOAD_READ, office)
    return await OPEN_SPOT_CHECKS.all(reading, office=office, limit=limit)


async def spot_checks(
    reading: Reading, office: int, monitor_id: UUID, limit: int | None = MOST
) -> list[SpotCheckOut]:
    """Those still to be made first."""
    reading.actor.require(Permission.LOAD_READ)
    offices_asked(reading.actor, Permission.LOAD_READ, office)
    return await SPOT_CHECKS.all(reading, office=office, monitor=monitor_id, limit=limit)


async def number_of_spot_checks(reading: Reading, office: int, monitor_id: UUID) -> int:
    """Of one monitor, those that were made among them."""
    reading.actor.require(Permission.LOAD_READ)
    offices_asked(reading.actor, Permission.LOAD_READ, office)
    return await NUMBER_OF_THEIRS.number(reading, office=office, monitor=monitor_id)


async def number_of_open_spot_checks(reading: Reading, office: int, monitor_id: UUID | None = None) -> int:
    """Of those still to be made: of one monitor, or in the office."""
    reading.actor.require(Permission.LOAD_READ)
    offices_asked(reading.actor, Permission.LOAD_READ, office)
    if monitor_id is None:
        return await NUMBER_OPEN.number(reading, office=office)
    return await NUMBER_OF_THEIRS_OPEN.number(reading, office=office, monitor=monitor_id)
