"""Policy on a phone: a protocol's checks are lines that open, and what Enter or a fault does is what one expects."""

import pytest
from playwright.async_api import expect

from tests.browser.chromium import PHONE, evaluated
from tests.browser.site import site_of
from tests.browser.test_followups import open_to_everyone
from tests.support.world import World

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("language", ["km", "en"])
async def test_a_protocol_of_many_checks_is_a_short_form(
    world: World, chromium: object, language: str
) -> None:
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await world.person("manager"), language=language, size=PHONE)
        await page.goto("/protocols/school_retention/change")
        await open_to_everyone(page)
        assert await evaluated(page, "document.documentElement.scrollHeight") < 2.5 * PHONE["height"]
        checks = page.locator("details.fold")
        await expect(checks).to_have_count(9)
        await expect(page.locator("details.fold[open]")).to_have_count(0)
        await checks.nth(2).locator("summary").first.click()
        await expect(page.locator("#f-slots-2-before")).to_be_visible()
        # One more, in view and open, with nothing else opened or lost.
        await page.fill("#f-slots-2-before", "13")
        await page.locator("button[formaction*='/rows#']").click()
        await expect(checks).to_have_count(10)
        await expect(page.locator("#f-slots-9-months")).to_be_in_viewport()
        await expect(page.locator("details.fold[open]")).to_have_count(1)
        await expect(page.locator("#f-slots-2-before")).to_have_value("13")
        # Enter asks for the preview and removes nothing.
        await page.fill("#f-slots-9-months", "6")
        await page.fill("#f-slots-9-before", "3")
        await page.fill("#f-slots-9-after", "3")
        await page.fill("#f-source", "The board")
        await page.press("#f-source", "Enter")
        await expect(page.locator("#f-slots-9-months")).to_have_attribute("aria-invalid", "true")
        await expect(page.locator("details.fold[open]")).to_have_count(1)
        await open_to_everyone(page)
        await page.locator("#check-9 button[formaction]").click()
        await expect(checks).to_have_count(9)
        await expect(checks.last).to_be_in_viewport()
        await page.press("#f-source", "Enter")
        await page.wait_for_url("**/previews/**")
        await open_to_everyone(page)
        await page.context.close()


@pytest.mark.parametrize(
    "path", ["/protocols", "/protocols/new", "/policy-numbers", "/protocols/high_risk/end"]
)
async def test_pages_of_policy_are_open_to_everyone(world: World, chromium: object, path: str) -> None:
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await world.person("manager"), language="km", size=PHONE)
        await page.goto(path)
        await open_to_everyone(page)
        await page.context.close()
