"""The board of silence: every followed child, by how long nobody has confirmed where they are.

Of each office and each risk the index already has the order, so a page is the first few rows of each of these scans,
merged; next to nothing is read that is not shown. `rules.board` says the same order in Python.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import cache
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Boolean,
    Date,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    tuple_,
    union_all,
)

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.cursors import no_place, packed, unpacked
from livelihood.db.reader import Count, Read, Reading
from livelihood.followups.models import Absence, Alert, FollowedChild, PolicyNumber, Visit
from livelihood.followups.queries.missing import OPEN
from livelihood.followups.queries.offices import offices_asked
from livelihood.followups.queries.visits import HAPPENED, MET, TO_THE_FAMILY
from livelihood.followups.queries.whose import NOBODYS, OF_MONITORS
from livelihood.followups.rules.numbers import NumberKey
from livelihood.households.models import Household, Member, Place

PAGE_SIZE = 50
NOBODY = UUID(int=0)
# A list that was begun before is read to its end with the days of then.
READ_WITHIN = timedelta(days=7)
# A score is days times a weight; more than this is no cursor of ours.
Score = Annotated[int, msgspec.Meta(ge=-10_000_000, le=10_000_000)]
Level = Literal["reminder", "escalated_supervisor", "escalated_manager"]
Risk = Literal["standard", "high"]

SINCE = func.coalesce(FollowedChild.confirmed_on, FollowedChild.followed_since)
TODAY = bindparam("today", type_=Date)
OFFICE = bindparam("office", type_=SmallInteger)
OFFICES = bindparam("offices", type_=ARRAY(SmallInteger))
# The last child of the page before: everybody with a lower score comes later, and with the same one by their id.
AFTER = bindparam("after", type_=Integer)
SHOWN = tuple_(-AFTER, bindparam("after_id", type_=Uuid))
# How often a day of a child at high risk counts, as policy says of today. Asked here, it costs no question more.
WEIGHT = (
    select(PolicyNumber.value)
    .where(
        PolicyNumber.key == literal_column(f"'{NumberKey.HIGH_RISK_WEIGHT.value}'"),
        PolicyNumber.effective_from <= TODAY,
    )
    .order_by(PolicyNumber.effective_from.desc())
    .limit(literal_column("1"))
    .scalar_subquery()
)


# Not confirmed when due: what every number of silent children counts, on the board and on every other page.
SILENT = FollowedChild.unconfirmed_since.is_not(None)


class BoardRow(msgspec.Struct):
    """A child on the board. `days` since `confirmed_on`, or since `followed_since` for who was never confirmed.

    `level` is what this silence has led to; `away_until` the day of the return of who is away; `missing_alert_id` an open alert that the child is missing;
    `family_met_on` the last day on which somebody met the family, whether they saw the child or not.
    """

    member_id: UUID
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    household_id: UUID
    household_code: str
    office_id: int
    village_km: str
    village_latin: str
    phone: str | None
    monitor_id: UUID | None
    monitor: str | None
    high_risk: bool
    followed_since: date
    confirmed_on: date | None
    family_met_on: date | None
    unconfirmed_since: date | None
    level: str | None
    lost_on: date | None
    away_until: date | None
    missing_alert_id: UUID | None
    days: int
    score: int


class OfficeSilence(msgspec.Struct):
    """`children` were not confirmed when due; the longest silence among them began on `since`.

    `supervisor` and `manager` of them wait for one after the reminder led to nothing.
    """

    office_id: int
    children: int
    since: date
    supervisor: int
    manager: int


def detailed(picked: Any) -> Any:
    """The rows that were picked (member_id, score), with what is shown of them."""
    missing = (
        select(Alert.id)
        .where(Alert.member_id == FollowedChild.member_id, OPEN)
        .correlate(FollowedChild)
        .scalar_subquery()
    )
    away_until = (
        select(func.max(Absence.away_until))
        .where(
            Absence.household_id == FollowedChild.household_id,
            Absence.member_id == FollowedChild.member_id,
            Absence.away_from <= TODAY,
            Absence.away_until > TODAY,
            or_(FollowedChild.seen_on.is_(None), FollowedChild.seen_on <= Absence.away_from),
        )
        .correlate(FollowedChild)
        .scalar_subquery()
    )
    family_met = (
        select(func.max(Visit.happened_on))
        .where(Visit.household_id == FollowedChild.household_id, TO_THE_FAMILY, MET, HAPPENED)
        .correlate(FollowedChild)
        .scalar_subquery()
    )
    return (
        select(
            FollowedChild.member_id,
            Member.family_name_km,
            Member.given_name_km,
            Member.family_name_latin,
            Member.given_name_latin,
            FollowedChild.household_id,
            Household.code.label("household_code"),
            FollowedChild.office_id,
            Place.name_km.label("village_km"),
            Place.name_latin.label("village_latin"),
            Household.phone,
            Household.monitor_id,
            Staff.name.label("monitor"),
            FollowedChild.high_risk,
            FollowedChild.followed_since,
            FollowedChild.confirmed_on,
            family_met.label("family_met_on"),
            FollowedChild.unconfirmed_since,
            FollowedChild.level,
            FollowedChild.lost_on,
            away_until.label("away_until"),
            missing.label("missing_alert_id"),
            (TODAY - SINCE).label("days"),
            picked.c.score,
        )
        .select_from(picked)
        .join(FollowedChild, FollowedChild.member_id == picked.c.member_id)
        .join(Member, Member.id == FollowedChild.member_id)
        .join(Household, Household.id == FollowedChild.household_id)
        .join(Place, Place.code == Household.village_code)
        .outerjoin(Staff, Staff.id == Household.monitor_id)
        .order_by(picked.c.score.desc(), picked.c.member_id)
    )


@cache
def scanned(*, one: bool, level: bool, risk: Risk | None, later: bool, limit: int) -> Read[BoardRow]:
    """One scan of the index for each office and risk, for the pages after the first from where the last one ended.

    As in `lists.listed`, a plan serves every request for `one` office.
    """
    offices = (
        func.unnest(OFFICES).table_valued(column("office_id", SmallInteger), name="office").render_derived()
    )
    picks: list[Any] = []
    for high in (False, True):
        if risk is not None and high is not (risk == "high"):
            continue
        first = of_risk(
            OFFICE if one else offices.c.office_id, high=high, level=level, later=later, limit=limit
        )
        child = first.subquery() if one else first.lateral()
        picks.append(
            select(child.c.member_id, child.c.score).select_from(
                child if one else offices.join(child, true())
            )
        )
    found = union_all(*picks).subquery("found")
    picked = (
        select(found.c.member_id, found.c.score)
        .order_by(found.c.score.desc(), found.c.member_id)
        .limit(literal_column(str(limit)))
        .subquery("picked")
    )
    return Read(detailed(picked), BoardRow)


def of_risk(office: Any, *, high: bool, level: bool, later: bool, limit: int) -> Any:
    """The first children of one office at one risk, which have the index's order among themselves."""
    weight: Any = WEIGHT if high else literal_column("1", Integer)
    score = (TODAY - SINCE) * weight
    first = (
        select(FollowedChild.member_id, score.label("score"))
        .where(FollowedChild.office_id == office, FollowedChild.high_risk == (true() if high else false()))
        .order_by(SINCE, FollowedChild.member_id)
        .limit(literal_column(str(limit)))
    )
    if level:
        first = first.where(FollowedChild.level == bindparam("level", type_=Text))
    if later:
        # The day on which the index is entered, and past those of that day who were shown already.
        first = first.where(TODAY - AFTER // weight <= SINCE, tuple_(-score, FollowedChild.member_id) > SHOWN)
    return first


@cache
def of_monitor(*, level: bool, risk: bool, later: bool) -> Read[BoardRow]:
    """One monitor has a few hundred households: all of them are read, by the index on the monitor."""
    score = (TODAY - SINCE) * case((FollowedChild.high_risk, WEIGHT), else_=1)
    statement = (
        select(FollowedChild.member_id, score.label("score"))
        .join(Household, Household.id == FollowedChild.household_id)
        .where(
            Household.monitor_id == bindparam("monitor", type_=Uuid),
            FollowedChild.office_id == any_(OFFICES),
        )
        .order_by(score.desc(), FollowedChild.member_id)
        .limit(bindparam("limit"))
    )
    if level:
        statement = statement.where(FollowedChild.level == bindparam("level", type_=Text))
    if risk:
        statement = statement.where(FollowedChild.high_risk == bindparam("risk", type_=Boolean))
    if later:
        statement = statement.where(tuple_(-score, FollowedChild.member_id) > SHOWN)
    return Read(detailed(statement.subquery("picked")), BoardRow)


SILENT_BY_OFFICE = Read(
    select(
        FollowedChild.office_id,
        func.count().label("children"),
        func.min(SINCE).label("since"),
        func.count()
        .filter(FollowedChild.level == literal_column("'escalated_supervisor'"))
        .label("supervisor"),
        func.count().filter(FollowedChild.level == literal_column("'escalated_manager'")).label("manager"),
    )
    .where(SILENT, FollowedChild.office_id == any_(OFFICES))
    .group_by(FollowedChild.office_id)
    .order_by(FollowedChild.office_id),
    OfficeSilence,
)


class SilentInHands(msgspec.Struct, frozen=True):
    """How many children of one monitor's households were not confirmed when due."""

    monitor_id: UUID
    children: int


SILENT_BY_MONITOR = Read(
    select(Household.monitor_id, func.count().label("children"))
    .join_from(FollowedChild, Household, Household.id == FollowedChild.household_id)
    .where(SILENT, FollowedChild.office_id == any_(OFFICES), OF_MONITORS)
    .group_by(Household.monitor_id)
    .order_by(Household.monitor_id),
    SilentInHands,
)


async def board(
    reading: Reading,
    *,
    today: date,
    office: int | None = None,
    monitor: UUID | None = None,
    level: Level | None = None,
    risk: Risk | None = None,
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> Page[BoardRow]:
    """The longest silence first. Later pages keep to the day of the first one, so that none is left out at midnight."""
    reading.actor.require(Permission.VISITS_READ)
    reading.actor.require(Permission.RISK_READ)
    day, score, member_id = unpacked(cursor, tuple[date, Score, UUID]) if cursor else (today, 0, NOBODY)
    if not today - READ_WITHIN <= day <= today:
        raise no_place(cursor)
    offices = offices_asked(reading.actor, Permission.VISITS_READ, office)
    parameters: dict[str, object] = {"today": day}
    parameters |= {"after": score, "after_id": member_id} if cursor else {}
    parameters |= {"level": level} if level else {}
    if monitor:
        read = of_monitor(level=bool(level), risk=bool(risk), later=bool(cursor))
        parameters |= {"monitor": monitor, "offices": offices, "limit": limit + 1}
        parameters |= {"risk": risk == "high"} if risk else {}
    else:
        one = len(offices) == 1
        read = scanned(one=one, level=bool(level), risk=risk, later=bool(cursor), limit=limit + 1)
        parameters |= {"office": offices[0]} if one else {"offices": offices}
    rows = await read.all(reading, **parameters)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], packed(day, last.score, last.member_id) if last else None)


async def silence(reading: Reading, offices: Collection[int]) -> dict[int, OfficeSilence]:
    """For each office with children who were not confirmed when due, how many and since when."""
    return {one.office_id: one for one in await SILENT_BY_OFFICE.all(reading, offices=sorted(offices))}


async def silent_in_hands(
    reading: Reading, offices: Collection[int], monitors: list[UUID]
) -> dict[UUID, int]:
    """The same children by whose households they are of, as far as these monitors have any."""
    found = await SILENT_BY_MONITOR.all(reading, offices=sorted(offices), monitors=monitors)
    return {one.monitor_id: one.children for one in found}


SILENT_IN_NO_HANDS = Count(
    select(func.count().label("number"))
    .select_from(FollowedChild)
    .join(Household, Household.id == FollowedChild.household_id)
    .where(SILENT, NOBODYS, OF_MONITORS.is_not(true()))
)


async def silent_in_no_hands(
    reading: Reading, offices: Collection[int], monitors: list[UUID], today: date
) -> int:
    """Of those of these offices who are in none, but for what these monitors have."""
    return await SILENT_IN_NO_HANDS.number(reading, nobodys=sorted(offices), monitors=monitors, today=today)


class Home(msgspec.Struct, frozen=True):
    household_id: UUID


HOME = Read(
    select(FollowedChild.household_id).where(FollowedChild.member_id == bindparam("member", type_=Uuid)), Home
)


async def household_of(reading: Reading, member_id: UUID) -> UUID | None:
    """Of a child who is followed in the reader's offices."""
    found = await HOME.first(reading, member=member_id)
    return found.household_id if found else None
