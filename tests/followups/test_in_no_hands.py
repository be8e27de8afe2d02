"""Whoever a family was given to has it while they work there; then who stands in for them that day; then nobody."""

from datetime import date, timedelta
from itertools import count
from random import Random
from uuid import UUID

import msgspec
import pytest
from sqlalchemy import select

from livelihood.db.actor import Named
from livelihood.db.reader import Read
from livelihood.followups.queries.whose import IN_NO_HANDS
from livelihood.households.models import Household
from tests.followups.test_missing_on_route import gone
from tests.support.families import registered
from tests.support.world import Person, World, clock_at

DAY = date(2026, 4, 8)
# Roles held, and whether whoever holds them goes to families of Kampong Thom.
ROLES = (
    (("monitor@KPT",), True),
    (("monitor",), True),
    (("caseworker@KPT",), True),
    (("monitor@KMP", "supervisor@KPT"), True),
    (("monitor@KMP",), False),
    (("trainer@KPT",), False),
    (("manager@KPT", "monitor@KMP"), False),
)
NUMBERS = count()


class One(msgspec.Struct, frozen=True):
    id: UUID


ALONE = Read(select(Household.id).where(IN_NO_HANDS, Household.office_id == 1), One)


async def covered(world: World, away: Person, by: Person, start: int, end: int) -> None:
    await world.owner_rows(
        "INSERT INTO cover (id, office_id, staff_id, by_id, from_on, until_on, set_by, set_at)"
        " VALUES (uuidv7(), 1, $1, $2, $3, $4, $2, now())",
        away.id,
        by.id,
        DAY + timedelta(days=start),
        DAY + timedelta(days=end),
    )


async def switched_off(world: World, person: Person) -> None:
    await world.owner_rows("UPDATE staff SET active = false WHERE id = $1", person.id)


@pytest.mark.parametrize("seed", range(4))
async def test_whoever_works_where_and_stands_in_for_whom(world: World, seed: int) -> None:
    """For whoever reads it in the office, and for the worker that counts for the digest, by the columns it may read."""
    chance = Random(seed)
    caseworker = await world.person("caseworker@KPT")
    people: dict[UUID, bool] = {}
    by_id: dict[UUID, Person] = {}
    for _ in range(14):
        roles, there = chance.choice(ROLES)
        person = await world.person(*roles, name=f"p{next(NUMBERS)}")
        works = chance.random() < 0.6
        if not works:
            await switched_off(world, person)
        people[person.id], by_id[person.id] = there and works, person
    ids = list(people)
    stands_in: dict[UUID, UUID] = {}
    for away in chance.sample(ids, 9):
        by = chance.choice([one for one in ids if one != away])
        start, end = chance.choice([(0, 0), (-3, 2), (1, 4), (-4, -1)])
        await covered(world, by_id[away], by_id[by], start, end)
        if start <= 0 <= end:
            stands_in[away] = by
    of_whom = {(await registered(world, caseworker)).id: one for one in [*ids, None]}
    for household, monitor in of_whom.items():
        await world.owner_rows("UPDATE households SET monitor_id = $1 WHERE id = $2", monitor, household)

    def alone(monitor: UUID | None) -> bool:
        if monitor is None:
            return True
        return not people[monitor] and not (monitor in stands_in and people[stands_in[monitor]])

    expected = {household for household, monitor in of_whom.items() if alone(monitor)}
    assert 0 < len(expected) < len(of_whom)
    async with world.read(caseworker) as reads:
        assert {one.id for one in await ALONE.all(reads, today=DAY)} == expected
    async with world.worker.work(Named("worker")) as uow:
        assert {one.id for one in await ALONE.all(uow, today=DAY)} == expected


async def test_a_missing_child_of_a_monitor_who_left_is_on_every_route_once_nobody_stands_in(
    world: World,
) -> None:
    caseworker = await world.person("caseworker@KPT")
    away, by = await world.person("monitor@KPT"), await world.person("monitor@KPT", name="stand-in")
    other = await world.person("monitor@KPT", name="other")
    household = await registered(world, caseworker, monitor_id=str(away.id))
    world.clock = clock_at(DAY.isoformat())
    await gone(world, household)
    await covered(world, away, by, -2, 0)

    async def listed(*people: Person) -> list[list[bool]]:
        """Of each, whether somebody goes to the family by themselves, where it is on their route."""
        found: list[list[bool]] = []
        for one in people:
            async with world.client(one) as client:
                villages = (await client.get("/worklist?whose=mine")).json()["villages"]
            found.append([row["monitored"] for village in villages for row in village["households"]])
        return found

    assert await listed(by, other) == [[True], []]
    await switched_off(world, away)
    assert await listed(by, other) == [[True], []], "the stand-in goes there"
    world.clock = clock_at((DAY + timedelta(days=1)).isoformat())
    assert await listed(by, other) == [[False], [False]]
    world.clock = clock_at(DAY.isoformat())
    await switched_off(world, by)
    assert await listed(other) == [[False]]
    async with world.client(await world.person("supervisor@KPT")) as client:
        villages = (await client.get("/worklist")).json()["villages"]
    assert [row["monitored"] for village in villages for row in village["households"]] == [False]
