"""Somebody leaves a family: the page says what will happen for what is chosen, and puts nothing of them in an address."""

import pytest
from playwright.async_api import expect

from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.site import site_of
from tests.browser.test_followups import open_to_everyone
from tests.followups.stories import PAID, paid_family
from tests.followups.test_leaving import missing
from tests.support.families import members_of
from tests.support.world import World

pytestmark = pytest.mark.browser

SECRET = "Behind-the-pagoda"


@pytest.mark.parametrize(("language", "size"), [("km", PHONE), ("en", DESKTOP)], ids=["phone", "desktop"])
async def test_what_will_happen_follows_what_is_chosen(
    world: World, chromium: object, language: str, size: dict[str, int]
) -> None:
    household, _ = await paid_family(world)
    child = (await members_of(world, household))["Bopha"]
    await missing(world, household, child, PAID)
    asked: list[str] = []
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        supervisor = await world.person("supervisor@KPT")
        page = await site.screen(supervisor, language=language, size=size)
        page.on("request", lambda request: asked.append(request.url))
        await page.goto(f"/households/{household.id}/members/{child}/leave")
        await open_to_everyone(page)
        alert = page.locator('#effect a[href^="/alerts/"]')
        await page.locator("[name=note]").fill(SECRET)
        # Who is missing has not moved; only that somebody died ends the search.
        await expect(page.locator("[name=because]")).to_have_count(1)
        await expect(alert).to_have_count(1)
        await page.locator("[name=because][value=died]").check()
        await expect(alert).to_have_count(0)
        await page.goto(f"/households/{household.id}/close")
        await open_to_everyone(page)
        await expect(page.locator("[name=because]")).to_have_count(0)
        await page.goto(f"/households/{household.id}/members/{child}/leave")
        await page.locator("[name=note]").fill(SECRET)
        await page.locator("[name=because][value=died]").check()
        await expect(alert).to_have_count(0)
        await expect(page.locator("[name=note]")).to_have_value(SECRET)
        await page.locator("main form[method=post] button[type=submit]").click()
        await page.wait_for_url("**/households/**done=left")
        await open_to_everyone(page)
        await page.context.close()
    assert len([url for url in asked if "because=" in url]) == 2
    assert not [url for url in asked if SECRET in url or "note" in url]
