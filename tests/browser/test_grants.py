"""A grant in Chromium, from the donor's fund to the follow-ups that the payment sets going."""

import pytest
from playwright.async_api import Page, expect

from livelihood.followups.reconcile import tick
from tests.browser.chromium import DESKTOP, PHONE, fits, no_violations
from tests.browser.site import site_of, weigh
from tests.browser.test_pages import HEAVIEST
from tests.grants.stories import family_that_agrees
from tests.support.world import World

pytestmark = pytest.mark.browser


async def open_to_everyone(page: Page) -> None:
    await no_violations(page)
    await fits(page)


@pytest.mark.parametrize(
    ("size", "language"), [(PHONE, "km"), (DESKTOP, "en")], ids=["phone-km", "desktop-en"]
)
async def test_from_the_fund_to_the_first_tranche(
    world: World, chromium: object, size: dict[str, int], language: str
) -> None:
    preparer = await world.person("caseworker@KPT", name="preparer")
    colleague = await world.person("caseworker@KPT", name="colleague")
    finance = await world.person("finance@KPT")
    household = await family_that_agrees(world, preparer)
    year = world.clock.today().year
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        money = await site.screen(finance, language=language, size=size)
        await money.goto("/funds/new")
        await open_to_everyone(money)
        for name, value in (
            ("name", "Spring"),
            ("donor", "A donor"),
            ("budget_minor", "1,000"),
            ("starts_on", f"{year}-01-01"),
            ("ends_on", f"{year}-12-31"),
        ):
            await money.fill(f"[name={name}]", value)
        await money.check("[name=office_ids]")
        await money.click("main form button[type=submit]")
        await money.wait_for_url("**/funds?done=*")
        await open_to_everyone(money)

        writer = await site.screen(preparer, language=language, size=size)
        assert (await weigh(writer, f"/grants/new?household={household.id}")).sent < HEAVIEST
        await open_to_everyone(writer)
        await writer.fill("[name=business]", "Fattening pigs")
        await writer.select_option("[name=fund_id]", index=1)
        await writer.fill("[name=items-0-description]", "Two piglets")
        await writer.fill("[name=items-0-amount_minor]", "110.50")
        await writer.click("[formaction*=more-lines]")
        await writer.fill("[name=items-7-description]", "Feed")
        await writer.fill("[name=items-7-amount_minor]", "39.505")
        await writer.fill("[name=monthly_income_minor]", "60")
        await writer.click("main form .actions button[type=submit]")
        await expect(writer.locator("#f-items-7-amount_minor-error")).to_be_visible()
        await open_to_everyone(writer)
        await writer.fill("[name=items-7-amount_minor]", "39.50")
        await writer.click("main form .actions button[type=submit]")
        await writer.wait_for_url("**/grants/*done=saved")
        await open_to_everyone(writer)
        await writer.click("form[action$=submit] button[type=submit]")
        await writer.wait_for_url("**/grants/*done=submitted")
        await open_to_everyone(writer)
        await expect(writer.locator("form[action$=decisions]")).to_have_count(0)
        path = writer.url.partition("?")[0]

        judge = await site.screen(colleague, language=language, size=size)
        assert (await weigh(judge, path)).sent < HEAVIEST
        await open_to_everyone(judge)
        await judge.click("button[value=approve]")
        await judge.wait_for_url("**/grants/*done=approve")
        await open_to_everyone(judge)

        await money.goto(path)
        await open_to_everyone(money)
        await money.select_option("[name=recipient_member_id]", index=1)
        await money.check("[name=method][value=cash]")
        await money.check("[name=acknowledgement][value=thumbprint]")
        await money.fill("[name=receipt_number]", "A-0012")
        await money.click("form[action$=disbursements] button[type=submit]")
        await expect(money.locator("#f-witness-error")).to_be_visible()
        await open_to_everyone(money)
        await money.fill("[name=witness]", "Chea Sophal")
        await money.click("form[action$=disbursements] button[type=submit]")
        await money.wait_for_url("**/grants/*done=paid")
        waiting = money.locator(".notice.done [hx-get]")
        await expect(waiting).to_be_visible()
        await tick(world.worker, world.clock)
        # What the workers planned replaces the sentence by itself.
        await expect(waiting).to_have_count(0)
        await expect(money.locator(".notice.done time")).to_be_visible()
        await open_to_everyone(money)
        await money.goto("/grants")
        await open_to_everyone(money)
        for page in (money, writer, judge):
            await page.context.close()
