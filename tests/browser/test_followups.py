"""A monitor's day in Chromium: the list, a visit recorded with one thumb, the alert it raised."""

import pytest
from playwright.async_api import Page, expect

from livelihood.followups.reconcile import tick
from tests.browser.chromium import DESKTOP, PHONE, fits, no_violations
from tests.browser.site import site_of, weigh
from tests.browser.test_pages import HEAVIEST
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.support.world import World

pytestmark = pytest.mark.browser


async def open_to_everyone(page: Page) -> None:
    await no_violations(page)
    await fits(page)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "km"])
async def test_a_visit_is_recorded_from_the_list(
    world: World, chromium: object, size: dict[str, int], language: str
) -> None:
    recorder, caseworker = await monitor(world), await world.person("caseworker@KPT")
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(recorder, language=language, size=size)
        weight = await weigh(page, "/follow-ups")
        assert weight.sent < HEAVIEST
        await open_to_everyone(page)
        await page.locator(f'a[href="/visits/new?household={household.id}"]').click()
        await open_to_everyone(page)
        grade = page.locator("select[name$=grade]").first
        await expect(grade).to_be_hidden()
        await page.locator("input[name=outcome][value=met]").check()
        await page.locator("input[value=in_school]").first.check()
        await expect(grade).to_be_visible()
        await grade.select_option("7")
        await page.locator("input[value=out_of_school]").nth(1).check()
        await page.locator("select[name=business-state]").select_option("operating")
        await page.locator("input[name=outcome][value=refused]").check()
        await expect(grade).to_be_hidden()
        await page.locator("input[name=outcome][value=met]").check()
        await page.locator("form.visit button[type=submit]").click()
        await page.wait_for_url("**/visits/*done=recorded")
        await open_to_everyone(page)
        await expect(page.locator(".chip.alert")).to_have_count(1)
        office = await site.screen(caseworker, language=language, size=size)
        await office.goto("/alerts")
        await open_to_everyone(office)
        await office.locator("main .list a").first.click()
        await open_to_everyone(office)
        await office.locator("form[action$=acknowledgements] button").click()
        await office.wait_for_url("**/alerts/*done=acknowledged")
        await page.context.close()
        await office.context.close()
