"""Who works the households of a monitor on leave hears of a missing child on the days of the leave, beside the monitor."""

from datetime import date, timedelta

import pytest

from livelihood.db.actor import Named
from livelihood.followups.reconcile import tick
from livelihood.followups.service import withdraw_visit
from tests.followups.stories import clock_on, paid_family
from tests.notices.test_missing import AWAY, IN_SCHOOL, found
from tests.support.families import members_of
from tests.support.places import KMP
from tests.support.world import Person, World

DAY = date(2026, 2, 12)
BACK = date(2026, 2, 16)


async def covered(world: World, away: Person, by: Person, office: int, start: int, end: int) -> None:
    await world.owner_rows(
        "INSERT INTO cover (id, office_id, staff_id, by_id, from_on, until_on, set_by, set_at)"
        " VALUES (uuidv7(), $1, $2, $3, $4, $5, $2, now())",
        office,
        away.id,
        by.id,
        DAY + timedelta(days=start),
        DAY + timedelta(days=end),
    )


async def told(world: World) -> list[str]:
    rows = await world.owner_rows(
        "SELECT s.username FROM outbox o JOIN staff s ON s.id = o.staff_id ORDER BY o.created_at, 1"
    )
    return [row["username"] for row in rows]


@pytest.mark.parametrize("recorder", ["caseworker@KPT", "monitor@KPT"])
@pytest.mark.parametrize(
    ("start", "end", "hears"), [(0, 0, True), (-3, 5, True), (1, 5, False), (-5, -1, False)]
)
async def test_on_the_days_of_the_leave(
    world: World, recorder: str, start: int, end: int, *, hears: bool
) -> None:
    away, by = await world.person("monitor@KPT"), await world.person("monitor@KPT", name="stand-in")
    household, _ = await paid_family(world)
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute("UPDATE households SET monitor_id = $1 WHERE id = $2", away.id, household.id)
    await covered(world, away, by, 1, start, end)
    bopha = (await members_of(world, household))["Bopha"]
    await found(world, await world.person(recorder), household, DAY.isoformat(), (bopha, AWAY))
    await tick(world.worker, world.clock)
    assert await told(world) == ["caseworker.kpt", "monitor.kpt", *(["stand-in"] if hears else [])]


async def test_a_worker_that_opens_an_alert_again_tells_whoever_stands_in_then(world: World) -> None:
    away, by = await world.person("monitor@KPT"), await world.person("monitor@KPT", name="stand-in")
    supervisor = await world.person("supervisor@KPT")
    household, _ = await paid_family(world)
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute("UPDATE households SET monitor_id = $1 WHERE id = $2", away.id, household.id)
    await covered(world, away, by, 1, 20, 30)
    bopha = (await members_of(world, household))["Bopha"]
    await found(world, supervisor, household, DAY.isoformat(), (bopha, AWAY))
    sighting = await found(world, supervisor, household, BACK.isoformat(), (bopha, IN_SCHOOL))
    assert "stand-in" not in await told(world)
    world.clock = clock_on(DAY + timedelta(days=25))
    async with world.work(supervisor) as uow:
        await withdraw_visit(uow, sighting, "It was the cousin", clock=world.clock)
    await tick(world.worker, world.clock)
    assert (await told(world)).count("stand-in") == 1


@pytest.mark.parametrize("end", [4, 3])
async def test_of_the_office_that_gets_the_family(world: World, end: int) -> None:
    household, _ = await paid_family(world)
    # Whoever has been there longest has the family, of those who have as many.
    supervisor, _ = await world.person("supervisor@KPT"), await world.person("caseworker@KMP")
    away, by = await world.person("monitor@KMP"), await world.person("caseworker@KMP", name="stand-in")
    bopha = (await members_of(world, household))["Bopha"]
    await found(world, await world.person("monitor@KPT"), household, DAY.isoformat(), (bopha, AWAY))
    (role,) = await world.owner_rows("SELECT office_id FROM staff_roles WHERE staff_id = $1", away.id)
    await covered(world, away, by, role["office_id"], 0, end)
    world.clock = clock_on(BACK)
    async with world.client(supervisor) as client:
        moved = await client.post(
            f"/households/{household.id}/hand-over", json={"village_code": KMP, "reason": "To the aunt"}
        )
        assert moved.status_code == 201, moved.text
    assert [one for one in await told(world) if one in {"monitor.kmp", "stand-in"}] == [
        "monitor.kmp",
        *(["stand-in"] if end == 4 else []),
    ]
