"""The monitor's list: what is to be done now as a day's route, by commune, village and household."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Float,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    select,
    union,
)

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import FollowUp
from livelihood.followups.queries.absences import away_on
from livelihood.followups.queries.houses import Commune, HouseholdRow, distance, house
from livelihood.followups.queries.last_tried import last_tried
from livelihood.followups.queries.lists import follow_ups, may_read, readable, readable_parameters
from livelihood.followups.queries.looked_for import (
    LookedFor,
    alert_offices,
    families_of_missing,
    looked_for,
)
from livelihood.followups.queries.narrowed import COMMUNE_CODE, Narrowed, narrowed, waiting
from livelihood.followups.queries.people import Child, children
from livelihood.followups.queries.states import TO_DO
from livelihood.followups.schemas import (
    Away,
    FollowUpOut,
    MissingChild,
)
from livelihood.followups.schemas_routes import LastTried, RouteHousehold, RouteOut, RouteVillage
from livelihood.households.models import Household, Place

PAGE_SIZE = 30


class Card(msgspec.Struct, frozen=True):
    """One house to go to: whom to check and what for, and the children of whom nothing is due because they are away.

    `missing`: for whom to look, by member; they come first. `in_no_hands`: nobody goes there by themselves. `tried`: when
    nobody was met there last, where nobody has met them since.
    """

    id: UUID
    office_id: int
    code: str
    phone: str | None
    head: Child | None
    people: list[tuple[Child, list[FollowUpOut]]]
    business: list[FollowUpOut]
    overdue: bool
    missing: dict[UUID, MissingChild]
    village_km: str
    village_latin: str
    in_no_hands: bool
    tried: LastTried | None


class Village(msgspec.Struct, frozen=True):
    """`first`: whoever is missing there is looked for before anybody else is visited. `km`: from the village one sets out from, as the crow flies; none where either has no coordinates."""

    code: str
    name_km: str
    name_latin: str
    commune_code: str
    commune_km: str | None
    commune_latin: str | None
    km: float | None
    first: bool
    cards: list[Card]


class VillageChoice(msgspec.Struct, frozen=True):
    """A village where something is to be done, or a child is to be looked for."""

    code: str
    name_km: str
    name_latin: str
    commune_code: str
    commune_km: str | None
    commune_latin: str | None
    households: int
    placed: bool


class Point(msgspec.Struct, frozen=True):
    lat: float | None
    lng: float | None


class Worklist(msgspec.Struct, frozen=True):
    villages: list[Village]
    next_start: int | None


@cache
def households(which: tuple[str, ...], *, overdue: bool, nearest: bool) -> Read[HouseholdRow]:
    """By commune and village, where something has waited longest first; or by the way from a village."""
    urgency = func.min(FollowUp.closes_on)
    km = distance() if nearest else cast(None, Float)
    by_place = (
        (km.nulls_last(),)
        if nearest
        else (
            func.min(urgency).over(partition_by=COMMUNE_CODE),
            COMMUNE_CODE,
            func.min(urgency).over(partition_by=Household.village_code),
        )
    )
    statement = (
        select(*house(km, urgency, which))
        .join(FollowUp, FollowUp.household_id == Household.id)
        .join(Place, Place.code == Household.village_code)
        .outerjoin(Commune, Commune.code == COMMUNE_CODE)
        .where(waiting(overdue=overdue), readable())
        .group_by(Household.id, Place.code, Commune.code)
        .order_by(*by_place, Household.village_code, urgency, Household.code)
        .offset(bindparam("start"))
        .limit(bindparam("limit"))
    )
    return Read(narrowed(statement, which), HouseholdRow)


@cache
def villages(which: tuple[str, ...]) -> Read[VillageChoice]:
    due = (
        select(Household.village_code, Household.id)
        .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
        .where(TO_DO, readable())
    )
    there = union(
        narrowed(due, which), families_of_missing(Household.village_code, Household.id, which=which)
    ).subquery()
    statement = (
        select(
            Place.code,
            Place.name_km,
            Place.name_latin,
            func.left(Place.code, 6).label("commune_code"),
            Commune.name_km.label("commune_km"),
            Commune.name_latin.label("commune_latin"),
            func.count().label("households"),
            Place.lat.is_not(None).label("placed"),
        )
        .join_from(there, Place, Place.code == there.c.village_code)
        .outerjoin(Commune, Commune.code == func.left(Place.code, 6))
        .group_by(Place.code, Commune.code)
        .order_by(Place.code)
    )
    return Read(statement, VillageChoice)


POINT = Read(
    select(Place.lat, Place.lng).where(Place.code == bindparam("code", type_=Text), Place.lat.is_not(None)),
    Point,
)

TO_DO_THERE = Read(
    follow_ups()
    .where(TO_DO, FollowUp.household_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(FollowUp.closes_on, FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)


async def choices(reading: Reading, asked: Narrowed, *, today: date) -> list[VillageChoice]:
    """The villages where one is to go: what the route lists of these people and this office, not narrowed to any village."""
    given = Narrowed(monitors=asked.monitors, nobodys=asked.nobodys).given()
    parameters = given | {"today": today} | readable_parameters(reading.actor, asked.office)
    parameters |= {"alert_offices": alert_offices(reading.actor, asked.office)}
    return await villages(tuple(given)).all(reading, **parameters)


async def route(
    reading: Reading,
    asked: Narrowed,
    *,
    today: date,
    start: int = 0,
    limit: int = PAGE_SIZE,
) -> LookedFor:
    """The houses to go to, in visiting order: where a child is missing, whatever is due there, before all others.

    Those are few, and read whole; the others begin where they end.
    """
    reading.actor.require(Permission.FOLLOW_UPS_READ)
    first = await looked_for(reading, asked, await _point(reading, asked), today=today)
    rows = first.rows[start : start + limit]
    others = msgspec.structs.replace(asked, besides=tuple(first.missing))
    after = max(0, start - len(first.rows))
    if len(rows) < limit:
        rows += await due_houses(reading, others, today=today, start=after, limit=limit - len(rows))
    return LookedFor(rows, first.missing)


async def due_houses(
    reading: Reading, asked: Narrowed, *, today: date, start: int = 0, limit: int = PAGE_SIZE
) -> list[HouseholdRow]:
    """Those in which something is due, in visiting order."""
    point = await _point(reading, asked)
    given = asked.given()
    read = households(tuple(given), overdue=asked.overdue, nearest=bool(point))
    parameters = given | readable_parameters(reading.actor, asked.office)
    parameters |= {"today": today, "start": start, "limit": limit} | point
    return await read.all(reading, **parameters)


async def _point(reading: Reading, asked: Narrowed) -> dict[str, object]:
    """From where one sets out; nothing where that is not asked, or not known."""
    point = await POINT.first(reading, code=asked.first) if asked.first else None
    return {} if point is None else msgspec.structs.asdict(point)


async def worklist(
    reading: Reading,
    asked: Narrowed,
    *,
    today: date,
    start: int = 0,
    limit: int = PAGE_SIZE,
) -> Worklist:
    """In visiting order: a village is listed once on a page, with the houses to go to there; twice where somebody is
    missing, for those houses come first.
    """
    found_there = await route(reading, asked, today=today, start=start, limit=limit + 1)
    rows, missing = found_there.rows, found_there.missing
    shown = rows[:limit]
    ids = [row.id for row in shown]
    due = await due_there(reading, ids, today)
    people = await children(reading, ids, today)
    tried = await last_tried(reading, ids)
    found: list[Village] = []
    for row in shown:
        first = row.id in missing
        if not found or (found[-1].first, found[-1].code) != (first, row.village_code):
            found.append(
                Village(
                    row.village_code,
                    row.village_km,
                    row.village_latin,
                    row.commune_code,
                    row.commune_km,
                    row.commune_latin,
                    None if row.km is None else round(row.km, 1),
                    first,
                    [],
                )
            )
        found[-1].cards.append(
            card(row, people[row.id], due[row.id], missing.get(row.id, []), tried.get(row.id), today)
        )
    return Worklist(found, start + limit if len(rows) > limit else None)


async def route_out(
    reading: Reading, asked: Narrowed, *, today: date, start: int = 0, limit: int = PAGE_SIZE
) -> RouteOut:
    """The same without what is known of each person."""
    found_there = await route(reading, asked, today=today, start=start, limit=limit + 1)
    rows, missing = found_there.rows, found_there.missing
    shown = rows[:limit]
    due = await due_there(reading, [row.id for row in shown], today)
    found: list[RouteVillage] = []
    for row, household in zip(shown, await bare(reading, shown, due, missing, today), strict=True):
        first = bool(found) and bool(found[-1].households[-1].missing)
        if not found or (first, found[-1].code) != (row.id in missing, row.village_code):
            km = None if row.km is None else round(row.km, 1)
            found.append(
                RouteVillage(row.village_code, row.village_km, row.village_latin, row.commune_code, km, [])
            )
        found[-1].households.append(household)
    return RouteOut(found, start + limit if len(rows) > limit else None)


async def bare(
    reading: Reading,
    rows: Sequence[HouseholdRow],
    due: Mapping[UUID, list[FollowUpOut]],
    missing: Mapping[UUID, list[MissingChild]],
    today: date,
) -> list[RouteHousehold]:
    """These households without what is known of each person."""
    away: dict[UUID, list[Away]] = {row.id: [] for row in rows}
    for one in await away_on(reading, list(away), today):
        away[one.household_id].append(one)
    tried = await last_tried(reading, list(away))
    return [
        RouteHousehold(
            row.id,
            row.code,
            row.phone,
            due[row.id],
            away[row.id],
            missing.get(row.id, []),
            not row.in_no_hands,
            tried.get(row.id),
        )
        for row in rows
    ]


async def due_there(reading: Reading, ids: list[UUID], today: date) -> dict[UUID, list[FollowUpOut]]:
    """What is to be done in each of these households, as far as the actor may read it."""
    due: dict[UUID, list[FollowUpOut]] = {one: [] for one in ids}
    for follow_up in await TO_DO_THERE.all(reading, ids=ids, today=today):
        if may_read(reading.actor, follow_up):
            due[follow_up.household_id].append(follow_up)
    return due


def card(
    row: HouseholdRow,
    people: Sequence[Child],
    due: Sequence[FollowUpOut],
    missing: Sequence[MissingChild],
    tried: LastTried | None,
    today: date,
) -> Card:
    wanted = {one.member_id: one for one in missing}
    missing_first = sorted(people, key=lambda person: person.id not in wanted)
    whom = [(person, [one for one in due if one.member_id == person.id]) for person in missing_first]
    return Card(
        id=row.id,
        office_id=row.office_id,
        code=row.code,
        phone=row.phone,
        head=next((person for person in people if person.relationship == "head"), None),
        people=[
            (person, mine)
            for person, mine in whom
            if mine or person.id in wanted or (person.away_until and person.is_child and person.present)
        ],
        business=[one for one in due if one.member_id is None],
        overdue=any(one.closes_on < today for one in due),
        missing=wanted,
        village_km=row.village_km,
        village_latin=row.village_latin,
        in_no_hands=row.in_no_hands,
        tried=tried,
    )


def together(checks: Sequence[FollowUpOut]) -> list[list[FollowUpOut]]:
    """Of one person or household, what one visit answers at once, where the least time is left first: as `ONE_CHECK`
    counts them.
    """
    found: dict[str, list[FollowUpOut]] = {}
    for one in sorted(checks, key=lambda one: (one.closes_on, one.due_on, one.protocol, one.slot)):
        found.setdefault(one.purpose, []).append(one)
    return list(found.values())
