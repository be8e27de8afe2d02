"""The main job as its people do it, in Chromium: on a phone and on a desktop, in English and in Khmer."""

import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from livelihood.embedded import Valkey
from livelihood.web.words import catalogue
from tests.browser.chromium import DESKTOP, PHONE, fits, no_violations, started
from tests.browser.site import Site, site_of
from tests.observations.test_imports import listed
from tests.support.world import World, clock_at
from tests.workers.test_followups import workers

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
async def chromium() -> AsyncGenerator[Browser]:
    async with started() as browser:
        yield browser


class Screens:
    """What each person has before them, all in one language and of one size."""

    def __init__(self, site: Site, language: str, size: dict[str, int]) -> None:
        self.site, self.language, self.size = site, language, size

    async def of(self, *roles: str, name: str | None = None) -> Page:
        person = await self.site.world.person(*roles, name=name)
        return await self.site.screen(person, language=self.language, size=self.size)

    def words(self, english: str) -> str:
        return catalogue(self.language).ugettext(english)


@asynccontextmanager
async def day(
    world: World, chromium: Browser, on: str, language: str, size: dict[str, int]
) -> AsyncGenerator[Screens]:
    """The site on that day."""
    world.clock = clock_at(on)
    async with site_of(world, chromium) as site:
        yield Screens(site, language, size)
        for context in chromium.contexts:
            await context.close()


async def looked_at(page: Page) -> None:
    await no_violations(page)
    await fits(page)


async def send(page: Page, form: str = "main form") -> None:
    """Press the form's one primary button."""
    await page.locator(f"{form} button[type=submit]:not(.secondary):not(.danger)").last.click()
    await page.wait_for_load_state()


async def choose(page: Page, name: str, value: str) -> None:
    """As a thumb does it: by the label, which is the whole card."""
    await page.locator(f'label:has(input[name="{name}"][value="{value}"])').click()
    await expect(page.locator(f'input[name="{name}"][value="{value}"]')).to_be_checked()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("language", ["en", "km"])
async def test_a_list_a_grant_a_visit_and_an_alert(
    world: World, valkey: Valkey, chromium: Browser, tmp_path: Path, language: str, size: dict[str, int]
):
    world.settings = replace(world.settings, redis_url=valkey.url)
    workbook = tmp_path / "intake.xlsx"
    workbook.write_bytes(listed(("Chanthy", "Piseth"), ("Sreymom", "Borey")))
    await world.person("monitor@KPT")

    async with day(world, chromium, "2026-01-12", language, size) as screens:
        household = await the_list_goes_in(screens, workbook)
        await the_head_consents(screens, household)
        fund = await finance_opens_a_fund(screens)
        grant = await a_grant_is_prepared_and_approved(screens, household, fund)
        with workers(world, valkey.url, world.clock) as start:
            start()
            await finance_pays(screens, grant)

    async with day(world, chromium, "2026-02-12", language, size) as screens:
        await the_monitor_finds_the_child_out_of_school(screens, household)
        await the_caseworker_answers_the_alert(screens, household, grant)

    async with day(world, chromium, "2026-02-26", language, size) as screens:
        await the_child_is_back(screens, household)


async def the_list_goes_in(screens: Screens, workbook: Path) -> str:
    page = await screens.of("caseworker@KPT", name="sokha")
    await page.goto("/households")
    await page.locator('main a[href="/households/imports/new"]').click()
    await page.locator('input[type="file"]').set_input_files(workbook)
    await send(page, 'main form[enctype="multipart/form-data"]')
    await looked_at(page)
    await send(page, 'main form[action$="/run"]')
    await looked_at(page)
    await page.locator('main li a[href^="/households/"]').first.click()
    await page.wait_for_url(re.compile(r"/households/[0-9a-f-]{36}$"))
    await looked_at(page)
    return page.url.rsplit("/", 1)[-1]


async def the_head_consents(screens: Screens, household: str) -> None:
    page = await screens.of("caseworker@KPT", name="sokha")
    await page.goto(f"/households/{household}")
    await page.locator(f'main a[href="/households/{household}/consents/new"]').first.click()
    await choose(page, "method", "signature")
    await send(page)
    await expect(page).to_have_url(re.compile(r"done=consent"))


async def finance_opens_a_fund(screens: Screens) -> str:
    page = await screens.of("finance", name="rith")
    await page.goto("/funds/new")
    await page.fill("#f-name", "Families 2026")
    await page.fill("#f-donor", "A donor")
    await page.select_option("#f-currency", "USD")
    await page.fill("#f-budget_minor", "1,000")
    await page.fill("#f-starts_on", "2026-01-01")
    await page.fill("#f-ends_on", "2026-12-31")
    await choose(page, "office_ids", "1")
    await send(page)
    await looked_at(page)
    await expect(page.locator("main")).to_contain_text("Families 2026")
    return "Families 2026"


async def a_grant_is_prepared_and_approved(screens: Screens, household: str, fund: str) -> str:
    sokha = await screens.of("caseworker@KPT", name="sokha")
    await sokha.goto(f"/grants/new?household={household}")
    await sokha.fill("#f-business", "Noodle stall")
    option = sokha.locator("#f-fund_id option", has_text=fund)
    await sokha.select_option("#f-fund_id", await option.get_attribute("value"))
    await sokha.fill("#f-items-0-description", "Cart")
    await sokha.fill("#f-items-0-amount_minor", "120.50")
    await sokha.fill("#f-items-1-description", "Pots")
    await sokha.fill("#f-items-1-amount_minor", "29.50")
    await sokha.fill("#f-monthly_income_minor", "90")
    await send(sokha)
    grant = sokha.url.split("?")[0].rsplit("/", 1)[-1]
    await looked_at(sokha)
    await send(sokha, 'main form[action$="/submit"]')
    # Whoever prepared it is offered no decision, and sees who can take it.
    await expect(sokha.locator('button[name="decision"]')).to_have_count(0)
    await looked_at(sokha)

    vanna = await screens.of("caseworker@KPT", name="vanna")
    await vanna.goto("/")
    await looked_at(vanna)
    await vanna.goto(f"/grants/{grant}")
    await expect(vanna.locator("main")).to_contain_text("150.00")
    await vanna.locator('button[name="decision"][value="approve"]').click()
    await looked_at(vanna)
    return grant


async def finance_pays(screens: Screens, grant: str) -> None:
    page = await screens.of("finance", name="rith")
    await page.goto("/")
    await looked_at(page)
    await page.goto(f"/grants/{grant}")
    await page.locator("#f-recipient_member_id").select_option(index=1)
    await choose(page, "method", "cash")
    await choose(page, "acknowledgement", "signature")
    await page.fill("#f-receipt_number", "R-001")
    await send(page, 'main form[action$="/disbursements"]')
    await looked_at(page)
    # The workers' plan shows on the grant within seconds of the payment.
    planned = re.compile(r"12 Feb|12 កុម្ភៈ|26 Jan|26 មករា")
    for _ in range(40):
        await page.reload()
        if planned.search(await page.locator("main").inner_text()):
            break
        await page.wait_for_timeout(500)
    assert planned.search(await page.locator("main").inner_text())


async def the_monitor_finds_the_child_out_of_school(screens: Screens, household: str) -> None:
    page = await screens.of("monitor@KPT")
    await page.goto("/")
    await looked_at(page)
    await page.locator('main a[href^="/follow-ups"]').first.click()
    await looked_at(page)
    await page.locator(f'main a[href^="/visits/new?household={household}"]').first.click()
    await looked_at(page)
    await choose(page, "outcome", "met")
    await page.select_option("[name=business-state]", "operating")
    await choose(page, "people-0-school", "out_of_school")
    await send(page)
    await looked_at(page)
    await expect(page.locator("main")).to_contain_text(re.compile(r"26 Feb|26 កុម្ភៈ"))


async def the_caseworker_answers_the_alert(screens: Screens, household: str, grant: str) -> None:
    page = await screens.of("caseworker@KPT", name="sokha")
    await page.goto("/")
    await looked_at(page)
    await page.goto(f"/grants/{grant}")
    await expect(page.locator('main a[href^="/alerts"], main [class*=alert]').first).to_be_visible()
    await page.goto("/alerts")
    await looked_at(page)
    await page.locator('main .list a[href^="/alerts/"]').first.click()
    await looked_at(page)
    form = page.locator("main form[action$=acknowledgements]").first
    await form.locator("textarea, input[name=note]").first.fill("I visit on Monday.")
    await form.locator("button[type=submit]").click()
    await expect(page.locator("main")).to_contain_text("I visit on Monday.")
    await page.goto(f"/households/{household}")
    await looked_at(page)


async def the_child_is_back(screens: Screens, household: str) -> None:
    monitor = await screens.of("monitor@KPT")
    await monitor.goto(f"/visits/new?household={household}")
    await choose(monitor, "outcome", "met")
    await monitor.select_option("[name=business-state]", "operating")
    await choose(monitor, "people-0-school", "in_school")
    await send(monitor)
    await looked_at(monitor)
    sokha = await screens.of("caseworker@KPT", name="sokha")
    await sokha.goto("/alerts")
    await expect(sokha.locator('main .list a[href^="/alerts/"]')).to_have_count(0)
    await sokha.goto(f"/households/{household}")
    await looked_at(sokha)


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("size", "language"), [(PHONE, "km"), (DESKTOP, "en")], ids=["phone-km", "desktop-en"]
)
async def test_a_trainee_completes_a_course_and_is_followed_up(
    world: World, valkey: Valkey, chromium: Browser, tmp_path: Path, language: str, size: dict[str, int]
):
    world.settings = replace(world.settings, redis_url=valkey.url)
    workbook = tmp_path / "intake.xlsx"
    workbook.write_bytes(listed(("Chanthy", "Piseth")))
    async with day(world, chromium, "2026-03-02", language, size) as screens:
        await the_head_consents(screens, await the_list_goes_in(screens, workbook))
        await world.person("trainer@KPT")
        page = await screens.of("trainer@KPT")
        await page.goto("/courses/new")
        await page.select_option("#f-trade", "sewing")
        for field, value in (
            ("place", "The office"),
            ("starts_on", "2026-03-02"),
            ("ends_on", "2026-06-30"),
            ("seats", "4"),
        ):
            await page.fill(f"#f-{field}", value)
        if await page.locator("select#f-trainer_id").count():
            await page.locator("#f-trainer_id").select_option(index=1)
        await send(page)
        await looked_at(page)
        course = re.sub(r"\?.*", "", page.url)
        await page.goto(f"{course}/enrolments/new?q=chanthy")
        await looked_at(page)
        await page.locator('main a[href*="member_id="]').first.click()
        await send(page)
        await looked_at(page)
        with workers(world, valkey.url, world.clock) as start:
            start()
            await page.locator('main a[href$="/completion"]').first.click()
            await page.fill("#f-completed_on", "2026-03-02")
            await send(page)
            await looked_at(page)
            for _ in range(40):
                rows = await world.owner_rows("SELECT protocol FROM follow_ups")
                if rows:
                    break
                await page.wait_for_timeout(500)
        assert [row["protocol"] for row in rows] == ["placement_tracer"] * 4
