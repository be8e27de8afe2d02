"""What stands in the place of a form that a closed household has no use for."""

import pytest

from tests.followups.stories import clock_on, paid_family
from tests.followups.test_closing import CLOSING, closes, closing_of
from tests.followups.test_leaving import caseworker, ended, leaves
from tests.support.families import members_of
from tests.support.world import World


@pytest.mark.parametrize(("who", "reopens"), [("caseworker@KPT", True), ("monitor@KPT", False)])
async def test_a_closed_household_is_reopened_before_it_is_visited(
    world: World, who: str, reopens: bool
) -> None:
    household, _ = await paid_family(world)
    other, _ = await paid_family(world)
    world.clock = clock_on(CLOSING)
    form = f"/visits/new?household={household.id}"
    async with world.browser(await world.person(who)) as browser:
        assert 'name="outcome"' in (await browser.get(form)).text
        assert (await closes(world, await caseworker(world), household)).status_code == 201
        shown = (await browser.get(form)).text
        assert "Closed since Mon 23 Feb" in shown
        assert 'name="outcome"' not in shown
        assert (f"/leavings/{await closing_of(world, household)}/end" in shown) is reopens
        assert ("It can be reopened by: Caseworker.Kpt" in shown) is not reopens
        assert 'action="/concerns/about"' in shown
        family = (await browser.get(f"/households/{household.id}")).text
        assert form not in family
        assert f"/visits/new?household={other.id}" in (await browser.get(f"/households/{other.id}")).text


async def test_a_closed_household_is_not_closed_again(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(CLOSING)
    async with world.browser(await caseworker(world)) as browser:
        close = f"/households/{household.id}/close"
        assert 'name="closed_on"' in (await browser.get(close)).text
        assert (await closes(world, await caseworker(world), household)).status_code == 201
        shown = (await browser.get(close)).text.split("<main")[1]
        assert "Closed since Mon 23 Feb" in shown
        assert 'name="closed_on"' not in shown
        assert f"/leavings/{await closing_of(world, household)}/end" in shown


async def test_where_there_is_nothing_left_to_say_of_a_leaving_the_family_is_a_tap_away(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(CLOSING)
    worker = await caseworker(world)
    family = f'href="/households/{household.id}"'
    leave = f"/households/{household.id}/members/{people['Piseth']}/leave"
    async with world.browser(worker) as browser:
        assert '<form method="post"' in (await browser.get(leave)).text.split("<main")[1]
        assert (await leaves(world, worker, household, people["Piseth"])).status_code == 201
        gone = await browser.get(leave)
        assert (gone.status_code, family in gone.text) == (404, True)
        assert "This person has left the household already." in gone.text
        (row,) = await world.owner_rows("SELECT id FROM leavings")
        end = {"because": "came_back", "note": "Back", "ended_on": CLOSING.isoformat()}
        assert (await ended(world, worker, str(row["id"]), **end)).status_code == 200
        over = await browser.get(f"/leavings/{row['id']}/end")
        assert (over.status_code, family in over.text) == (404, True)
        assert "This leaving ended on 23 Feb 2026." in over.text
        assert (await closes(world, await world.person("supervisor@KPT"), household)).status_code == 201
        closing = await closing_of(world, household)
        assert (await ended(world, worker, closing, **end)).status_code == 200
        again = await browser.get(f"/leavings/{closing}/end")
        assert (again.status_code, family in again.text) == (404, True)
        assert "The household was reopened on 23 Feb 2026." in again.text
