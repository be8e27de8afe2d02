"""No child forgotten, as its people do it in Chromium: a protocol is changed, a route is worked, the board is cleared."""

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect

from livelihood.followups import previewing
from livelihood.followups.reconcile import tick
from tests.browser.chromium import DESKTOP, PHONE
from tests.followups.stories import PAID, anchored, clock_on
from tests.story.test_browser import Screens, choose, chromium, day, looked_at, send
from tests.support.families import registered
from tests.support.world import World

pytestmark = pytest.mark.browser
__all__ = ["chromium"]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("language", ["en", "km"])
async def test_a_protocol_a_route_and_the_board(world: World, chromium: Browser, language: str):
    caseworker = await world.person("caseworker@KPT")
    await world.person("monitor@KPT")
    household = await registered(world, caseworker)
    await anchored(world, household.id)
    world.clock = clock_on(PAID)
    await tick(world.worker, world.clock)

    async with day(world, chromium, "2026-01-20", language, DESKTOP) as screens:
        await the_manager_takes_the_sixth_month_out(screens, world)
    async with day(world, chromium, "2026-02-12", language, PHONE) as screens:
        await tick(world.worker, world.clock)
        await the_monitor_meets_one_child_of_two(screens, str(household.id))
    silent = await closes_on(world)
    async with day(world, chromium, (silent + timedelta(days=20)).isoformat(), language, DESKTOP) as screens:
        await tick(world.worker, world.clock)
        await the_supervisor_clears_the_board(screens, str(household.id))


async def school_checks(world: World) -> list[tuple[str, object]]:
    rows = await world.owner_rows(
        "SELECT slot, due_on, closes_on, settled FROM follow_ups WHERE protocol = 'school_retention' "
        "AND slot LIKE 'month%' ORDER BY due_on, member_id"
    )
    return [(row["slot"], row["due_on"], row["closes_on"], row["settled"]) for row in rows]  # type: ignore[misc]


async def closes_on(world: World):
    """When the check of the child who was not seen closes."""
    return next(row[2] for row in await school_checks(world) if row[3] is None)  # type: ignore[misc]


async def the_manager_takes_the_sixth_month_out(screens: Screens, world: World) -> None:
    before = await school_checks(world)
    page = await screens.of("manager")
    await page.goto("/")
    await page.locator('main a[href="/protocols"]').first.click()
    await looked_at(page)
    await page.locator('main a[href="/protocols/school_retention"]').first.click()
    await page.locator('main a[href="/protocols/school_retention/change"]').first.click()
    await looked_at(page)
    await page.locator("#check-3 > summary").click()
    await page.fill("#f-slots-3-months", "5")
    await page.fill("#f-effective_from", "2026-01-20")
    await page.fill("#f-source", "The managers' meeting")
    await send(page)
    await previewing.tick(world.worker, world.clock)
    await page.reload()
    await looked_at(page)
    assert await school_checks(world) == before, "a preview changes nothing"
    await expect(page.locator("#sum")).to_contain_text("2")
    await page.locator("main form[action$=force] button[type=submit]").click()
    await page.wait_for_load_state()
    await looked_at(page)
    await tick(world.worker, world.clock)
    after = await school_checks(world)
    assert sum(one not in before for one in after) == 2, "the sixth month's check of each child"
    assert len(after) == len(before)


async def the_monitor_meets_one_child_of_two(screens: Screens, household: str) -> None:
    page = await screens.of("monitor@KPT")
    await page.goto("/")
    await page.locator('main a[href^="/follow-ups"]').first.click()
    await looked_at(page)
    await page.locator(f'main a[href^="/visits/new?household={household}"]').first.click()
    await looked_at(page)
    await choose(page, "outcome", "met")
    await page.select_option("[name=business-state]", "operating")
    await choose(page, "people-0-school", "in_school")
    await choose(page, "people-1-school", "not_seen")
    await send(page)
    await looked_at(page)
    await expect(page).to_have_url(re.compile("done=recorded"))


async def the_supervisor_clears_the_board(screens: Screens, household: str) -> None:
    page = await screens.of("supervisor@KPT")
    await page.goto("/")
    await looked_at(page)
    await page.locator('main a[href^="/silence"]').first.click()
    await page.goto("/silence?level=escalated_supervisor")
    await looked_at(page)
    await expect(page.locator("main .card")).to_have_count(1)
    await page.locator(f'main a[href="/visits/new?household={household}"]').click()
    await choose(page, "outcome", "met")
    await page.select_option("[name=business-state]", "operating")
    for child in range(2):
        await page.check(f"[name=people-{child}-present]")
        await choose(page, f"people-{child}-school", "in_school")
    await send(page)
    await expect(page).to_have_url(re.compile("done=recorded"))
    await page.goto("/silence?level=escalated_supervisor")
    await looked_at(page)
    await expect(page.locator("main .card")).to_have_count(0)
    await page.goto("/silence")
    await expect(page.locator("main .card")).to_have_count(2)
    await expect(page.locator("main .card .chip.overdue")).to_have_count(0)
