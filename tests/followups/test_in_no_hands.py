"""Who stands in for a monitor on leave has the family, and else the monitor, while they work there; otherwise nobody."""

from datetime import date, timedelta
from itertools import count
from random import Random
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from livelihood.db.actor import Named
from livelihood.db.reader import Read
from livelihood.followups.queries.whose import IN_NO_HANDS, whose
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.test_missing_on_route import gone
from tests.notices.test_at_work import left_work
from tests.support.families import registered
from tests.support.world import Person, World, clock_at

DAY = date(2026, 4, 8)
# Roles held, and the offices whose families whoever holds them goes to: of Kampong Thom, and of Kampot.
ROLES = (
    (("monitor@KPT",), {1}),
    (("monitor",), {1, 2}),
    (("caseworker@KPT",), {1}),
    (("monitor@KMP", "supervisor@KPT"), {1, 2}),
    (("monitor@KMP",), {2}),
    (("trainer@KPT",), set[int]()),
    (("manager@KPT", "monitor@KMP"), {2}),
)
NUMBERS = count()


class One(msgspec.Struct, frozen=True):
    id: UUID


ALONE = Read(select(Household.id).where(IN_NO_HANDS, Household.office_id == 1), One)


async def covered(world: World, away: Person, by: Person, start: int, end: int, office: int = 1) -> None:
    await world.owner_rows(
        "INSERT INTO cover (id, office_id, staff_id, by_id, from_on, until_on, set_by, set_at)"
        " VALUES (uuidv7(), $5, $1, $2, $3, $4, $2, now())",
        away.id,
        by.id,
        DAY + timedelta(days=start),
        DAY + timedelta(days=end),
        office,
    )


async def listed(world: World, *people: Person) -> list[list[bool]]:
    """Of each, whether somebody goes to the family by themselves, where it is on their route."""
    found: list[list[bool]] = []
    for one in people:
        async with world.client(one) as client:
            villages = (await client.get("/worklist?whose=mine")).json()["villages"]
        found.append([row["monitored"] for village in villages for row in village["households"]])
    return found


async def switched_off(world: World, person: Person) -> None:
    await world.owner_rows("UPDATE staff SET active = false WHERE id = $1", person.id)


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_works_where_and_stands_in_for_whom(world: World, seed: int) -> None:
    """For whoever reads it in the office, and for the worker that counts for the digest, by the columns it may read."""
    chance = Random(seed)
    caseworker = await world.person("caseworker@KPT")
    goes: dict[UUID, set[int]] = {}
    by_id: dict[UUID, Person] = {}
    for _ in range(14):
        roles, offices = chance.choice(ROLES)
        person = await world.person(*roles, name=f"p{next(NUMBERS)}")
        works = chance.random() < 0.6
        if not works:
            await switched_off(world, person)
        goes[person.id], by_id[person.id] = offices if works else set(), person
    ids = list(goes)
    # Who is to stand in today, and for families of which office.
    stands_in: dict[UUID, tuple[UUID, int]] = {}
    for away in chance.sample(ids, 9):
        by = chance.choice([one for one in ids if one != away])
        start, end = chance.choice([(0, 0), (-3, 2), (1, 4), (-4, -1)])
        office = chance.choice([1, 1, 1, 2])
        await covered(world, by_id[away], by_id[by], start, end, office)
        if start <= 0 <= end:
            stands_in[away] = by, office
    of_whom = {(await registered(world, caseworker)).id: one for one in [*ids, None]}
    for household, monitor in of_whom.items():
        await world.owner_rows("UPDATE households SET monitor_id = $1 WHERE id = $2", monitor, household)

    def alone(monitor: UUID | None) -> bool:
        by, office = stands_in.get(monitor, (None, 0)) if monitor else (None, 0)
        hands = by if office == 1 else monitor
        return hands is None or 1 not in goes[hands]

    expected = {household for household, monitor in of_whom.items() if alone(monitor)}
    assert 0 < len(expected) < len(of_whom)
    async with world.read(caseworker) as reads:
        assert {one.id for one in await ALONE.all(reads, today=DAY)} == expected
    async with world.worker.work(Named("worker")) as uow:
        assert {one.id for one in await ALONE.all(uow, today=DAY)} == expected
        works = {one: set(await whose(uow, one, DAY)) for one in ids}
    for one in ids:
        covers = {away for away, (by, office) in stands_in.items() if by == one and office in goes[one]}
        assert works[one] == {one} | covers
    # Nobody falls between: whoever is in somebody's hands is among those whom somebody works who is there.
    there = [one for one in ids if 1 in goes[one] and stands_in.get(one, (one, 0))[1] != 1]
    for household, monitor in of_whom.items():
        assert household in expected or any(monitor in works[one] for one in there)


async def looked_for_on_leave(world: World) -> tuple[Household, Person, Person, Person]:
    """The household of a missing child whose monitor is on leave today: with that monitor, the stand-in and another."""
    caseworker = await world.person("caseworker@KPT")
    away, by = await world.person("monitor@KPT"), await world.person("monitor@KPT", name="stand-in")
    other = await world.person("monitor@KPT", name="other")
    household = await registered(world, caseworker, monitor_id=str(away.id))
    world.clock = clock_at(DAY.isoformat())
    await gone(world, household)
    await covered(world, away, by, -2, 0)
    return household, away, by, other


@pytest.mark.parametrize("how", ["switched off", "elsewhere", "other work"])
async def test_a_missing_child_is_on_every_route_while_the_stand_in_of_a_monitor_on_leave_is_gone(
    world: World, how: str
) -> None:
    household, away, by, other = await looked_for_on_leave(world)

    async def found() -> list[bool]:
        async with world.browser(other) as browser:
            return [
                household.code in (await browser.get("/follow-ups")).text,
                "1 missing child" in seen((await browser.get("/")).text),
            ]

    assert await listed(world, away, by, other) == [[True], [True], []]
    assert await found() == [False, False]
    await left_work(world, by, how)
    assert await listed(world, away, other) == [[True], [False]]
    assert await found() == [True, True]
    world.clock = clock_at((DAY + timedelta(days=1)).isoformat())
    assert await listed(world, away, other) == [[True], []], "the monitor is back"


async def test_a_missing_child_of_a_monitor_who_left_is_on_every_route_once_nobody_stands_in(
    world: World,
) -> None:
    _household, away, by, other = await looked_for_on_leave(world)
    assert await listed(world, by, other) == [[True], []]
    await switched_off(world, away)
    assert await listed(world, by, other) == [[True], []], "the stand-in goes there"
    world.clock = clock_at((DAY + timedelta(days=1)).isoformat())
    assert await listed(world, by, other) == [[False], [False]]
    world.clock = clock_at(DAY.isoformat())
    await switched_off(world, by)
    assert await listed(world, other) == [[False]]
    async with world.client(await world.person("supervisor@KPT")) as client:
        villages = (await client.get("/worklist")).json()["villages"]
    assert [row["monitored"] for village in villages for row in village["households"]] == [False]
