"""Of a missing child hears whoever works there, and never nobody: of those who were switched off, the others."""

from itertools import combinations

import pytest

from livelihood.followups.reconcile import tick
from livelihood.households.models import Household
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_leaving import leaves
from tests.notices.test_missing import AWAY, found
from tests.notices.test_stand_in import BACK, DAY, covered, told
from tests.support.families import members_of
from tests.support.places import KMP
from tests.support.world import Person, World

OWN = ("caseworker", "monitor", "stand-in")
SOME = [names for number in range(4) for names in combinations(OWN, number)]


async def looked_after(world: World) -> tuple[Household, dict[str, Person]]:
    """A family with a caseworker, a monitor on leave, and who stands in for them."""
    household, _ = await paid_family(world)
    own = {
        "caseworker": await world.person("caseworker@KPT", name="caseworker"),
        "monitor": await world.person("monitor@KPT", name="monitor"),
        "stand-in": await world.person("caseworker@KPT", name="stand-in"),
    }
    await world.owner_rows(
        "UPDATE households SET monitor_id = $1, caseworker_id = $2 WHERE id = $3",
        own["monitor"].id,
        own["caseworker"].id,
        household.id,
    )
    await covered(world, own["monitor"], own["stand-in"], 1, -3, 20)
    return household, own


async def left_work(world: World, person: Person, how: str = "switched off") -> None:
    await world.owner_rows(
        {
            "switched off": "UPDATE staff SET active = false WHERE id = $1",
            "elsewhere": "UPDATE staff_roles SET office_id = 2 WHERE staff_id = $1",
            "other work": "UPDATE staff_roles SET role = 'trainer' WHERE staff_id = $1",
        }[how],
        person.id,
    )


@pytest.mark.parametrize("off", SOME, ids=lambda names: "+".join(names) or "nobody")
async def test_of_the_familys_own_those_who_work_there(world: World, off: tuple[str, ...]) -> None:
    """Of the alert and of how the search ended; the supervisor hears of both in any case."""
    household, own = await looked_after(world)
    supervisor = await world.person("supervisor@KPT", name="supervisor")
    for name in off:
        await left_work(world, own[name])
    expected = sorted({*OWN, "supervisor"} - {*off})
    bopha = (await members_of(world, household))["Bopha"]
    await found(world, supervisor, household, DAY.isoformat(), (bopha, AWAY))
    await tick(world.worker, world.clock)
    assert await told(world) == expected
    world.clock = clock_on(BACK)
    left = await leaves(world, supervisor, household, bopha, because="died", left_on=BACK.isoformat())
    assert left.status_code < 300, left.text
    assert await told(world) == expected * 2


@pytest.mark.parametrize("how", ["elsewhere", "other work"])
async def test_who_works_there_no_more_is_told_nothing_wherever_they_went(world: World, how: str) -> None:
    household, own = await looked_after(world)
    recorder = await world.person("supervisor@KPT", name="supervisor")
    for one in own.values():
        await left_work(world, one, how)
    bopha = (await members_of(world, household))["Bopha"]
    await found(world, recorder, household, DAY.isoformat(), (bopha, AWAY))
    assert await told(world) == ["supervisor"]


@pytest.mark.parametrize("left", [True, False], ids=["all left", "monitor stays"])
async def test_where_nobody_else_is_left_a_manager_hears_of_it(world: World, *, left: bool) -> None:
    """An office whose supervisor left too, with no focal point anywhere."""
    household, own = await looked_after(world)
    supervisor = await world.person("supervisor@KPT", name="supervisor")
    for role in ("manager", "manager@KPT", "manager@KMP", "supervisor@KMP", "analyst"):
        await world.person(role)
    bopha = (await members_of(world, household))["Bopha"]
    for name in OWN:
        if left or name != "monitor":
            await left_work(world, own[name])
    recorder = await world.person("monitor@KPT", name="of yesterday")
    await left_work(world, supervisor)
    await found(world, recorder, household, DAY.isoformat(), (bopha, AWAY))
    assert await told(world) == (["manager", "manager.kpt"] if left else ["monitor"])


@pytest.mark.parametrize("off", [False, True])
async def test_of_the_office_that_gets_the_family_too(world: World, *, off: bool) -> None:
    household, _ = await paid_family(world)
    for name in ("caseworker", "monitor", "supervisor"):
        await world.person(f"{name}@KMP", name=name)
    stand_in = await world.person("caseworker@KMP", name="stand-in")
    await covered(world, await world.person("monitor@KMP", name="monitor"), stand_in, 2, -3, 20)
    supervisor = await world.person("supervisor@KPT", name="supervisor of before")
    bopha = (await members_of(world, household))["Bopha"]
    await found(world, supervisor, household, DAY.isoformat(), (bopha, AWAY))
    if off:
        await left_work(world, stand_in)
    before = await told(world)
    world.clock = clock_on(BACK)
    async with world.client(supervisor) as client:
        moved = await client.post(
            f"/households/{household.id}/hand-over", json={"village_code": KMP, "reason": "To the aunt"}
        )
        assert moved.status_code == 201, moved.text
    expected = ["caseworker", "monitor", *([] if off else ["stand-in"]), "supervisor"]
    assert (await told(world))[len(before) :] == expected
