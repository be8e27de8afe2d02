"""An intake list and a village, as people bring them in: by browser, on a phone and on a desktop."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from livelihood.db.actor import Named
from livelihood.households import gazetteer
from tests.browser.chromium import DESKTOP, PHONE, fits, no_violations
from tests.browser.site import Site
from tests.support.world import clock_at

pytestmark = pytest.mark.browser

SAMPLE = Path(__file__).parents[1] / "households" / "data" / "intake-sample.xlsx"


async def looked_at(page: Page) -> None:
    await no_violations(page)
    await fits(page)


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "km"])
async def test_a_list_is_checked_its_questions_answered_and_imported(
    site: Site, language: str, size: dict[str, int]
):
    site.world.clock = clock_at("2026-11-22")
    async with site.world.owner.work(Named("setup")) as uow:
        await gazetteer.import_shipped(uow)
    page = await site.screen(await site.world.person("supervisor"), language=language, size=size)
    await page.goto("/households/imports/new")
    await looked_at(page)
    await page.set_input_files("input[type=file]", SAMPLE)
    await page.click("main form button[type=submit]")
    await page.wait_for_url("**/households/imports/*-*")
    assert await page.locator("#errors-found .list > li").count() == 8
    assert await page.locator("#questions input").count() == 4
    assert await page.locator("#questions input:checked").count() == 3
    await looked_at(page)
    await page.click("label[for=f-confirmed-125]")
    await page.click("main form button[type=submit]")
    await page.wait_for_url("**?done=imported")
    assert await page.locator(".notice.done").count() == 1
    assert await page.locator(".list a").count() == 30
    await looked_at(page)


async def test_a_village_is_found_while_its_name_is_typed_and_chosen(site: Site):
    page = await site.screen(await site.world.person("caseworker@KPT"), language="km", size=PHONE)
    await page.goto("/households/new")
    await page.locator("#f-village_code").press_sequentially("មហ")
    await page.click("label[for=f-village_code-06020101]")
    assert await page.locator("input[name=village_code]:checked").input_value() == "06020101"
    await looked_at(page)
