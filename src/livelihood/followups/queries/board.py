"""The board of silence: every followed child, by how long nobody has confirmed where they are.

Of each office and each risk the index already has the order, so a page is the first few rows of each of these scans,
merged; nothing is read that is not shown. `rules.board` says the same order in Python.
"""

from collections.abc import Collection
from datetime import date
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
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.cursors import packed, unpacked
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert, FollowedChild
from livelihood.followups.queries.numbers import numbers
from livelihood.followups.rules.numbers import NumberKey
from livelihood.households.models import Household, Member, Place

PAGE_SIZE = 50
NOBODY = UUID(int=0)
# A score is days times a weight; more than this is no cursor of ours.
Score = Annotated[int, msgspec.Meta(ge=-10_000_000, le=10_000_000)]
Level = Literal["reminder", "escalated_supervisor", "escalated_manager"]
Risk = Literal["standard", "high"]

SINCE = func.coalesce(FollowedChild.confirmed_on, FollowedChild.followed_since)
TODAY = bindparam("today", type_=Date)


class BoardRow(msgspec.Struct):
    """A child on the board. `days` since `confirmed_on`, or since `followed_since` for who was never confirmed.

    `level` is what this silence has led to; `missing_alert_id` an open alert that the child is missing.
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
    unconfirmed_since: date | None
    level: str | None
    lost_on: date | None
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
        .where(
            Alert.member_id == FollowedChild.member_id,
            Alert.kind == literal_column("'missing_child'"),
            Alert.closed_on.is_(None),
        )
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
            FollowedChild.unconfirmed_since,
            FollowedChild.level,
            FollowedChild.lost_on,
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
def scanned(*, level: bool) -> Read[BoardRow]:
    """One scan of the index for each office and risk (and level), each from where the last page left it."""
    scan = (
        func.unnest(
            bindparam("offices", type_=ARRAY(SmallInteger)),
            bindparam("risks", type_=ARRAY(Boolean)),
            bindparam("weights", type_=ARRAY(Integer)),
            bindparam("after", type_=ARRAY(Date)),
            bindparam("after_id", type_=ARRAY(Uuid)),
        )
        .table_valued(
            column("office_id", SmallInteger),
            column("high_risk", Boolean),
            column("weight", Integer),
            column("after", Date),
            column("after_id", Uuid),
            name="scan",
        )
        .render_derived()
    )
    first = (
        select(FollowedChild.member_id, SINCE.label("since"))
        .where(
            FollowedChild.office_id == scan.c.office_id,
            FollowedChild.high_risk == scan.c.high_risk,
            tuple_(SINCE, FollowedChild.member_id) > tuple_(scan.c.after, scan.c.after_id),
        )
        .order_by(SINCE, FollowedChild.member_id)
        .limit(bindparam("limit"))
    )
    if level:
        first = first.where(FollowedChild.level == bindparam("level", type_=Text))
    rows = first.lateral("child")
    score = ((TODAY - rows.c.since) * scan.c.weight).label("score")
    picked = (
        select(rows.c.member_id, score)
        .select_from(scan.join(rows, true()))
        .order_by(score.desc(), rows.c.member_id)
        .limit(bindparam("limit"))
        .subquery("picked")
    )
    return Read(detailed(picked), BoardRow)


@cache
def of_monitor(*, level: bool, risk: bool) -> Read[BoardRow]:
    """One monitor has a few hundred households: all of them are read, by the index on the monitor."""
    weight = case((FollowedChild.high_risk, bindparam("weight", type_=Integer)), else_=1)
    score = ((TODAY - SINCE) * weight).label("score")
    statement = (
        select(FollowedChild.member_id, score)
        .join(Household, Household.id == FollowedChild.household_id)
        .where(
            Household.monitor_id == bindparam("monitor", type_=Uuid),
            FollowedChild.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
            tuple_(-score, FollowedChild.member_id)
            > tuple_(bindparam("after", type_=Integer), bindparam("after_id", type_=Uuid)),
        )
        .order_by(score.desc(), FollowedChild.member_id)
        .limit(bindparam("limit"))
    )
    if level:
        statement = statement.where(FollowedChild.level == bindparam("level", type_=Text))
    if risk:
        statement = statement.where(FollowedChild.high_risk == bindparam("risk", type_=Boolean))
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
    .where(
        FollowedChild.unconfirmed_since.is_not(None),
        FollowedChild.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
    )
    .group_by(FollowedChild.office_id)
    .order_by(FollowedChild.office_id),
    OfficeSilence,
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
    weight = (await numbers(reading)).on(NumberKey.HIGH_RISK_WEIGHT, today)
    day, after, after_id = unpacked(cursor, tuple[date, Score, UUID]) if cursor else (today, None, NOBODY)
    offices = offices_of(reading, office)
    parameters: dict[str, object] = {"today": day, "limit": limit + 1}
    parameters |= {"level": level} if level else {}
    if monitor:
        parameters |= {
            "monitor": monitor,
            "offices": offices,
            "weight": weight,
            "after": -(2**31) if after is None else -after,
            "after_id": after_id,
        }
        parameters |= {"risk": risk == "high"} if risk else {}
        rows = await of_monitor(level=bool(level), risk=bool(risk)).all(reading, **parameters)
    else:
        risks = [high for high in (False, True) if risk is None or high is (risk == "high")]
        scans = [(one, high, weight if high else 1) for one in offices for high in risks]
        starts = [start(day, after, after_id, times) for _, _, times in scans]
        parameters |= {
            "offices": [one for one, _, _ in scans],
            "risks": [high for _, high, _ in scans],
            "weights": [times for _, _, times in scans],
            "after": [on for on, _ in starts],
            "after_id": [one for _, one in starts],
        }
        rows = await scanned(level=bool(level)).all(reading, **parameters)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], packed(day, last.score, last.member_id) if last else None)


def start(today: date, after: int | None, after_id: UUID, weight: int) -> tuple[date, UUID]:
    """From where the scan of one weight goes on, once all of a higher score were shown."""
    if after is None:
        return date.min, NOBODY
    days, rest = divmod(after, weight)
    ordinal = min(max(today.toordinal() - days, date.min.toordinal()), date.max.toordinal())
    # Where no day has this very score, the next lower one begins with its first child.
    return date.fromordinal(ordinal), NOBODY if rest else after_id


def offices_of(reading: Reading, office: int | None) -> list[int]:
    offices: Collection[int] = reading.actor.offices_for(Permission.VISITS_READ)
    return sorted(one for one in offices if office is None or one == office)


async def silence(reading: Reading, offices: Collection[int]) -> dict[int, OfficeSilence]:
    """For each office with children who were not confirmed when due, how many and since when."""
    return {one.office_id: one for one in await SILENT_BY_OFFICE.all(reading, offices=sorted(offices))}


class Home(msgspec.Struct, frozen=True):
    household_id: UUID


HOME = Read(
    select(FollowedChild.household_id).where(FollowedChild.member_id == bindparam("member", type_=Uuid)), Home
)


async def household_of(reading: Reading, member_id: UUID) -> UUID | None:
    """Of a child who is followed in the reader's offices."""
    found = await HOME.first(reading, member=member_id)
    return found.household_id if found else None
