"""The other language on any page: the same page again, and who has typed something is asked first."""

import pytest
from playwright.async_api import Dialog, Page, expect

from tests.browser.chromium import PHONE
from tests.browser.site import site_of
from tests.followups.stories import monitor
from tests.support.families import registered
from tests.support.world import World

pytestmark = pytest.mark.browser


async def switched(page: Page, *, asked: bool) -> None:
    said: list[str] = []

    async def agree(dialog: Dialog) -> None:
        said.append(dialog.message)
        await dialog.accept()

    page.once("dialog", agree)
    before = await page.locator("html").get_attribute("lang")
    await page.locator("form.language button").click()
    await expect(page.locator("html")).not_to_have_attribute("lang", before or "")
    assert bool(said) is asked, said
    if not asked:
        page.remove_listener("dialog", agree)


async def test_the_other_language_shows_the_same_page_again(world: World, chromium: object) -> None:
    household = (await registered(world, await world.person("caseworker@KPT"))).id
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), size=PHONE)
        await page.goto("/follow-ups?whose=all&by=nearest")
        await switched(page, asked=False)
        assert page.url.endswith("/follow-ups?whose=all&by=nearest")
        await page.goto(f"/visits/new?household={household}")
        await page.locator("input[name=happened_on]").fill("2099-01-01")
        for _ in range(2):  # refused, and once more from the answer, which has no address of its own
            await page.locator("form.visit").evaluate(
                "form => { form.noValidate = true; form.requestSubmit() }"
            )
            await expect(page.locator("#errors")).to_be_focused()
            await page.wait_for_load_state("load")
        await switched(page, asked=True)
        assert page.url.endswith(f"/visits/new?household={household}")
        await expect(page.locator("form.visit")).to_be_visible()
        await page.locator("textarea[name=note]").fill("At the pagoda.")
        page.once("dialog", lambda dialog: dialog.dismiss())
        await page.locator("form.language button").click()
        await expect(page.locator("textarea[name=note]")).to_have_value("At the pagoda.")
        await page.context.close()
