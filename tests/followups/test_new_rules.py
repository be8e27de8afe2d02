"""A release with newer rules works every family out anew, whatever the workers of the one before have made of it."""

import asyncio
from datetime import date, timedelta
from typing import Any

from livelihood.db.actor import Named
from livelihood.embedded import Postgres
from livelihood.followups import reconcile as reconciling
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.release import RULES
from livelihood.households.models import Household
from tests.db.test_upgrades import at_revision, family, upgraded
from tests.followups.stories import anchored, clock_on, paid_family
from tests.followups.test_visits import MONTH_1, recorded
from tests.support.families import members_of, registered
from tests.support.world import World

WRONG = date(2026, 1, 1)
BEFORE = "0036_longest"


async def of_rules(world: World, rules: int) -> None:
    """As workers of other rules leave it: nothing is marked, and who was seen is not known."""
    await world.owner_rows("UPDATE households SET rules = $1", rules)
    await world.owner_rows("UPDATE followed_children SET confirmed_on = $1", WRONG)
    assert await world.owner_rows("SELECT FROM dirty") == []


async def worked_out(world: World) -> list[Any]:
    rows = await world.owner_rows(
        "SELECT h.code, h.rules, f.confirmed_on FROM households h JOIN followed_children f ON f.household_id = h.id "
        "ORDER BY h.code, f.member_id"
    )
    return [tuple(row) for row in rows]


async def seen_families(world: World, number: int) -> list[Household]:
    found = [(await paid_family(world))[0]]
    for _ in range(number - 1):
        found.append(await registered(world, await world.person("caseworker@KPT")))
        await anchored(world, found[-1].id)
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    for one in found:
        people = await members_of(world, one)
        await recorded(
            world, one.id, met="caregiver", present=[str(people[name]) for name in ("Bopha", "Piseth")]
        )
    await tick(world.worker, world.clock)
    return found


async def test_what_older_rules_left_is_worked_out_once_by_however_many_workers(world: World) -> None:
    await seen_families(world, 3)
    right = await worked_out(world)
    assert {(rules, seen) for _, rules, seen in right} == {(RULES, MONTH_1)}
    await of_rules(world, RULES - 1)
    (before,) = await world.owner_rows("SELECT count(*) AS n FROM audit.entries")
    looked_at = await asyncio.gather(*(tick(world.worker, world.clock, batch=1) for _ in range(3)))
    assert sum(looked_at) == 3
    assert await worked_out(world) == right
    assert await tick(world.worker, world.clock) == 0
    (after,) = await world.owner_rows("SELECT count(*) AS n FROM audit.entries")
    assert after["n"] == before["n"], "nobody did anything to these families"


async def test_it_is_done_in_bounded_steps_and_never_before_what_people_wait_for(world: World) -> None:
    first, *_ = await seen_families(world, 3)
    await of_rules(world, RULES - 1)
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute(
            "INSERT INTO dirty (household_id, office_id, cause) SELECT id, office_id, 'test' FROM households "
            "WHERE code <> $1",
            first.code,
        )
    left: list[tuple[int, list[str]]] = []
    for _ in range(4):
        looked_at = await tick(world.worker, world.clock, batch=1, seconds=0)
        rows = await world.owner_rows("SELECT code FROM households WHERE rules < $1 ORDER BY code", RULES)
        left.append((looked_at, [row["code"] for row in rows]))
    assert [(n, len(codes)) for n, codes in left] == [(1, 2), (1, 1), (1, 0), (0, 0)]
    assert left[1][1] == [first.code]


async def test_the_newer_of_two_releases_has_the_last_word(world: World, monkeypatch: Any) -> None:
    """Whatever the older one works out meanwhile carries its number; and it leaves alone what the newer one did."""
    (household,) = await seen_families(world, 1)
    right = await worked_out(world)
    await of_rules(world, RULES + 1)
    assert await tick(world.worker, world.clock) == 0
    assert {(rules, seen) for _, rules, seen in await worked_out(world)} == {(RULES + 1, WRONG)}
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute(
            "INSERT INTO dirty (household_id, office_id, cause) VALUES ($1, $2, 'test')",
            household.id,
            household.office_id,
        )
    assert await tick(world.worker, world.clock) == 1
    assert await worked_out(world) == right
    monkeypatch.setattr(reconciling, "RULES", RULES + 1)
    reconciling.of_older_rules.cache_clear()
    try:
        assert await tick(world.worker, world.clock) == 1
    finally:
        reconciling.of_older_rules.cache_clear()
    assert {rules for _, rules, _ in await worked_out(world)} == {RULES + 1}


async def test_after_an_upgrade_it_does_not_matter_who_took_the_marks(postgres: Postgres) -> None:
    """Yesterday's workers work off whatever is marked, until they are stopped."""
    async with at_revision(postgres, BEFORE) as world:
        household = await family(world, "KPT-00001", world.clock.today() - timedelta(days=200))
        await upgraded(world)
        await world.owner_rows("DELETE FROM dirty")
        assert await tick(world.worker, world.clock) == 1
        assert await world.owner_rows("SELECT FROM follow_ups WHERE household_id = $1", household)
        assert await tick(world.worker, world.clock) == 0
