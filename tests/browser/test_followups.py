"""A monitor's day in Chromium: the list, a visit recorded with one thumb, the alert it raised."""

import pytest
from playwright.async_api import Page, expect

from livelihood.followups.reconcile import tick
from tests.browser.chromium import DESKTOP, PHONE, evaluated, fits, no_violations
from tests.browser.site import site_of, weigh
from tests.browser.test_pages import HEAVIEST
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_roll_calls import pupils_of, school_of
from tests.support.world import World

pytestmark = pytest.mark.browser


# Each card's fields, those that wait for an answer too, as a screen reader calls them.
NAMES = """[...document.querySelectorAll("form.visit section.card")].map((card) =>
  [...card.querySelectorAll("input:not([type=hidden]), select, textarea")].map((one) => {
    const labels = [...one.labels].map((label) => label.cloneNode(true));
    for (const optional of labels.flatMap((label) => [...label.querySelectorAll(".optional")])) optional.remove();
    return one.getAttribute("aria-label") ?? labels.map((label) => label.textContent.trim()).join(" ");
  }))"""
# What stands in a choice of which nothing is chosen yet.
UNCHOSEN = """[...document.querySelectorAll("form.visit select option[value='']")].map((one) => one.textContent.trim())"""


async def names_of_their_own(page: Page) -> None:
    """In one card no two fields are called the same, and nothing chosen yet is called like an answer."""
    cards = await evaluated(page, NAMES)
    assert cards
    for names in cards:
        assert all(names), names
        assert len(set(names)) == len(names), sorted(one for one in names if names.count(one) > 1)
    unchosen = set(await evaluated(page, UNCHOSEN))
    assert unchosen
    assert not unchosen & {name for names in cards for name in names}


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


@pytest.mark.parametrize("language", ["en", "km"])
async def test_each_question_of_a_visit_has_a_name_and_answers_of_its_own(
    world: World, chromium: object, language: str
) -> None:
    await pupils_of(world, await school_of(world), families=1)
    (household,) = await world.owner_rows("SELECT id FROM households")
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), language=language)
        await page.goto(f"/visits/new?household={household['id']}")
        await expect(page.locator("input[name$=school_id]").first).to_be_attached()
        await expect(page.locator("select[name=business-state]")).to_be_attached()
        await names_of_their_own(page)
        await page.context.close()
