"""A morning at a school on a phone: its register read for the children of several families, saved as one trip."""

import pytest
from playwright.async_api import expect

from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.site import site_of
from tests.browser.test_followups import open_to_everyone
from tests.followups.stories import monitor
from tests.followups.test_roll_calls import pupils_of, school_of
from tests.support.world import World

pytestmark = pytest.mark.browser

HEIGHTS = "found => found.map(one => one.getBoundingClientRect().height)"


@pytest.mark.parametrize(("language", "size"), [("km", PHONE), ("en", DESKTOP)], ids=["phone", "desktop"])
async def test_a_schools_roll_is_called(
    world: World, chromium: object, language: str, size: dict[str, int]
) -> None:
    await pupils_of(world, await school_of(world))
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), language=language, size=size)
        await page.goto("/follow-ups")
        await page.locator('a[href="/schools"]').click()
        await open_to_everyone(page)
        await page.goto("/follow-ups?whose=all")
        await page.locator('.switch a[href*="by=nearest"]').click()
        await open_to_everyone(page)
        await page.locator('.switch a[href*="by=school"]').click()
        await open_to_everyone(page)
        await page.emulate_media(media="print")
        await expect(page.locator("main .list li")).to_have_count(4)
        await expect(page.locator("main .list li").last).to_be_visible()
        await expect(page.locator('a[href$="/roll-call"]')).to_be_hidden()
        await expect(page.locator(".switch")).to_be_hidden()
        await page.emulate_media(media="screen")
        await page.locator('a[href$="/roll-call"]').click()
        await open_to_everyone(page)
        days = page.locator("input[name$=days_present]")
        await expect(days.first).to_be_hidden()
        cards = await page.locator(".roll-call .card").evaluate_all(HEIGHTS)
        answers = await page.locator(".roll-call .choice").evaluate_all(HEIGHTS)
        assert max(cards) * 3 < PHONE["height"], "three children on a screen"
        assert min(answers) >= 44
        await page.locator("input[name=days_open]").fill("20")
        for line in range(3):
            await page.locator("input[value=on]").nth(line).check()
            await days.nth(line).fill("19" if line else "21")
        await page.locator("input[value=off]").nth(3).check()
        await page.locator("form.roll-call button[type=submit]").click()
        await expect(days.first).to_have_attribute("aria-invalid", "true")
        await open_to_everyone(page)
        await days.first.fill("18")
        await page.locator("form.roll-call button[type=submit]").click()
        await page.wait_for_url("**/trips/**done=recorded")
        await open_to_everyone(page)
        await expect(page.locator("main .chip.alert")).to_have_count(1)
        await page.locator('main a[href="/trips"]').first.click()
        await open_to_everyone(page)
        await page.context.close()
