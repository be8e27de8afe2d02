"""The monitor's list: what is to be done now, by village and household, what has waited longest first."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Select, Text, Uuid, any_, bindparam, func, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import FollowUp
from livelihood.followups.queries.lists import follow_ups, may_read, readable, readable_parameters
from livelihood.followups.queries.people import Child, children
from livelihood.followups.queries.states import IN_STATE, TO_DO
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import FollowUpOut
from livelihood.households.models import Household, Place

PAGE_SIZE = 30


class HouseholdRow(msgspec.Struct, frozen=True):
    id: UUID
    code: str
    phone: str | None
    village_code: str
    village_km: str
    village_latin: str
    urgency: date


class Card(msgspec.Struct, frozen=True):
    """One house to go to: whom to check, and what for."""

    id: UUID
    code: str
    phone: str | None
    head: Child | None
    people: list[tuple[Child, list[FollowUpOut]]]
    business: list[FollowUpOut]
    overdue: bool


class Village(msgspec.Struct, frozen=True):
    code: str
    name_km: str
    name_latin: str
    cards: list[Card]


class Summary(msgspec.Struct, frozen=True):
    """How much there is to do now. Slots that fall together are one check."""

    villages: int
    households: int
    checks: int
    overdue: int


class Worklist(msgspec.Struct, frozen=True):
    villages: list[Village]
    next_start: int | None


@cache
def households(*, mine: bool, village: bool, overdue: bool) -> Read[HouseholdRow]:
    urgency = func.min(FollowUp.closes_on)
    village_urgency = func.min(func.min(FollowUp.closes_on)).over(partition_by=Household.village_code)
    statement = (
        select(
            Household.id,
            Household.code,
            Household.phone,
            Household.village_code,
            Place.name_km.label("village_km"),
            Place.name_latin.label("village_latin"),
            urgency.label("urgency"),
        )
        .join(FollowUp, FollowUp.household_id == Household.id)
        .join(Place, Place.code == Household.village_code)
        .where(IN_STATE[State.OVERDUE] & FollowUp.reminds if overdue else TO_DO, readable())
        .group_by(Household.id, Place.code)
        .order_by(village_urgency, Household.village_code, urgency, Household.code)
        .offset(bindparam("start"))
        .limit(bindparam("limit"))
    )
    if mine:
        statement = statement.where(Household.monitor_id == bindparam("monitor_id", type_=Uuid))
    if village:
        statement = statement.where(Household.village_code == bindparam("village", type_=Text))
    return Read(statement, HouseholdRow)


TO_DO_THERE = Read(
    follow_ups()
    .where(TO_DO, FollowUp.household_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(FollowUp.closes_on, FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)


@cache
def counts(*, mine: bool) -> Read[Summary]:
    one_check = func.row(FollowUp.household_id, FollowUp.member_id, FollowUp.planned_purpose)
    statement: Select[int, int, int, int] = (
        select(
            func.count(func.distinct(Household.village_code)).label("villages"),
            func.count(func.distinct(FollowUp.household_id)).label("households"),
            func.count(func.distinct(one_check)).label("checks"),
            func.count(func.distinct(one_check)).filter(IN_STATE[State.OVERDUE]).label("overdue"),
        )
        .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
        .where(TO_DO, readable())
    )
    if mine:
        statement = statement.where(Household.monitor_id == bindparam("monitor_id", type_=Uuid))
    return Read(statement, Summary)


async def summary(
    reading: Reading, *, today: date, monitor_id: UUID | None = None, office: int | None = None
) -> Summary:
    """In the actor's offices, in one of them, or in the households of one monitor."""
    parameters = _parameters(reading, today, monitor_id, office)
    found = await counts(mine=monitor_id is not None).first(reading, **parameters)
    assert found is not None, "an aggregate without groups has one row"
    return found


async def worklist(
    reading: Reading,
    *,
    today: date,
    monitor_id: UUID | None = None,
    office: int | None = None,
    village: str = "",
    overdue: bool = False,
    start: int = 0,
    limit: int = PAGE_SIZE,
) -> Worklist:
    """In visiting order: a village is listed once on a page, with the houses to go to there."""
    reading.actor.require(Permission.FOLLOW_UPS_READ)
    parameters = _parameters(reading, today, monitor_id, office) | {"start": start, "limit": limit + 1}
    parameters |= {"village": village} if village else {}
    read = households(mine=monitor_id is not None, village=bool(village), overdue=overdue)
    rows = await read.all(reading, **parameters)
    shown = rows[:limit]
    ids = [row.id for row in shown]
    due: dict[UUID, list[FollowUpOut]] = {one: [] for one in ids}
    for follow_up in await TO_DO_THERE.all(reading, ids=ids, today=today):
        if may_read(reading.actor, follow_up):
            due[follow_up.household_id].append(follow_up)
    people = await children(reading, ids, today)
    villages: list[Village] = []
    for row in shown:
        if not villages or villages[-1].code != row.village_code:
            villages.append(Village(row.village_code, row.village_km, row.village_latin, []))
        villages[-1].cards.append(card(row.id, row.code, row.phone, people[row.id], due[row.id], today))
    return Worklist(villages, start + limit if len(rows) > limit else None)


def card(
    household_id: UUID,
    code: str,
    phone: str | None,
    people: Sequence[Child],
    due: Sequence[FollowUpOut],
    today: date,
) -> Card:
    whom = [(person, [one for one in due if one.member_id == person.id]) for person in people]
    return Card(
        id=household_id,
        code=code,
        phone=phone,
        head=next((person for person in people if person.relationship == "head"), None),
        people=[(person, mine) for person, mine in whom if mine],
        business=[one for one in due if one.member_id is None],
        overdue=any(one.closes_on < today for one in due),
    )


def _parameters(
    reading: Reading, today: date, monitor_id: UUID | None, office: int | None
) -> dict[str, object]:
    found = {"today": today} | readable_parameters(reading.actor, office)
    return found | ({"monitor_id": monitor_id} if monitor_id is not None else {})
