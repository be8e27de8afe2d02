"""A visit put right in Chromium: a finding corrected, a visit withdrawn and recorded again, two records decided about."""

import pytest
from playwright.async_api import expect

from livelihood.followups.reconcile import tick
from tests.browser.chromium import DESKTOP, PHONE
from tests.browser.site import site_of
from tests.browser.test_followups import open_to_everyone
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_visits import education, recorded
from tests.followups.test_which_school import named
from tests.support.families import members_of
from tests.support.world import World

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("size", "language"), [(PHONE, "km"), (DESKTOP, "en")], ids=["phone", "desktop"])
async def test_a_visit_is_put_right(
    world: World, chromium: object, size: dict[str, int], language: str
) -> None:
    recorder, supervisor = await monitor(world), await world.person("supervisor@KPT")
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    school = await named(world, "Toul Primary")
    findings = [education(people["Bopha"], school_id=school), education(people["Piseth"], "none")]
    ours = (await recorded(world, household.id, findings=findings))["visit"]["id"]
    await recorded(world, household.id, "caseworker@KPT", findings=[education(people["Piseth"])])
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(recorder, language=language, size=size)
        await page.goto(f"/visits/{ours}")
        await open_to_everyone(page)
        await page.locator('a[href*="/findings/"]').last.click()
        await open_to_everyone(page)
        grade = page.locator("select[name=grade]")
        await expect(grade).to_be_hidden()
        await page.locator("input[name=school][value=in_school]").check()
        await expect(grade).to_be_visible()
        await grade.select_option("7")
        await expect(page.locator("input[name=school_name]")).to_be_hidden()
        await page.locator("select[name=school_elsewhere]").select_option("another")
        await page.locator("input[name=school_name]").fill("Vat Kandal")
        await open_to_everyone(page)
        await page.locator("textarea[name=reason]").fill("He was taken for his brother")
        await page.locator("form.correction button[type=submit]").click()
        await page.wait_for_url("**/visits/*done=corrected")
        await expect(page.get_by_text("Vat Kandal")).to_be_visible()
        await open_to_everyone(page)

        office = await site.screen(supervisor, language=language, size=size)
        await office.goto("/reviews")
        await open_to_everyone(office)
        await office.locator("main .list a").first.click()
        await open_to_everyone(office)
        await office.locator("input[name=choice]").first.check()
        await office.locator("textarea[name=note]").fill("They went together")
        await office.locator("main form button[type=submit]").click()
        await office.wait_for_url("**/reviews*done=decided")
        await open_to_everyone(office)

        await page.locator(f'a[href="/visits/{ours}/withdraw"]').click()
        await open_to_everyone(page)
        await page.locator("textarea[name=reason]").fill("It was a day earlier")
        await page.locator("main form button[type=submit]").click()
        await page.wait_for_url("**/visits/*done=withdrawn")
        await open_to_everyone(page)
        await page.locator('a[href*="replaces="]').click()
        await open_to_everyone(page)
        kept = page.locator("select[name$=school_elsewhere]").first
        await expect(kept).to_have_value(school)
        await page.locator("select[name=business-state]").select_option("operating")
        await page.locator("form.visit button[type=submit]").click()
        await page.wait_for_url("**/visits/*done=recorded")
        await page.context.close()
        await office.context.close()
