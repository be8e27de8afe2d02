"""The other language on any page: the same page again, with all that was typed in it, and nothing of it kept behind."""

from typing import Any

import pytest
from playwright.async_api import Dialog, Page, expect

from tests.browser.chromium import PHONE, evaluated, fits, no_violations
from tests.browser.site import site_of
from tests.browser.test_entry import sheet_of_four
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_entry import NUMBER
from tests.followups.test_roll_calls import TOLD_ON, pupils_of, school_of
from tests.followups.test_visits import education
from tests.support.families import members_of, registered
from tests.support.world import World

pytestmark = pytest.mark.browser

SENT = "[...new FormData(document.querySelector('main form[method=post]'))].filter(([name]) => name !== '_shown')"
TAMPERED = """() => {
    const [form] = document.querySelectorAll("main form[method=post]");
    const rows = form.querySelectorAll("[name$=member_id]");
    const at = rows[0].name.replace("member_id", "days_present");
    const fields = [[rows[0].name, "hidden", rows[1].value + "0", false], [at, "text", "7", false]];
    const shown = document.querySelector("form.language").elements.namedItem("next").value;
    if (form.elements.note) fields.push(["note", "textarea", "Come again", false]);
    const kept = [{ key: `${form.getAttribute("action")}#0`, open: [], fields }];
    sessionStorage.setItem("typed", JSON.stringify({ shown, kept }));
}"""
# Told at the head of the page where something could not be put back.
UNKEPT = "#main > .inner > .notice.alert"
OPEN = "[...document.querySelectorAll('main details')].map((one) => one.open)"


async def switched(page: Page) -> None:
    """To the other language; nobody is asked anything, and nothing stays in the browser."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    before = await page.locator("html").get_attribute("lang")
    await page.locator("form.language button").click()
    await expect(page.locator("html")).not_to_have_attribute("lang", before or "")
    await page.wait_for_load_state("load")
    assert asked == []
    await expect(page.locator(UNKEPT)).to_have_count(0)
    assert await evaluated(page, "sessionStorage.length + localStorage.length") == 0


async def sent(page: Page) -> list[Any]:
    return await evaluated(page, SENT)


async def test_the_other_language_shows_the_same_page_again(world: World, chromium: object) -> None:
    household = (await registered(world, await world.person("caseworker@KPT"))).id
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), size=PHONE)
        await page.goto("/follow-ups?whose=all&by=nearest")
        await switched(page)
        assert page.url.endswith("/follow-ups?whose=all&by=nearest")
        await page.goto(f"/visits/new?household={household}")
        await page.locator("input[name=happened_on]").fill("2099-01-01")
        for _ in range(2):  # refused, and once more from the answer, which has no address of its own
            await page.locator("form.visit").evaluate(
                "form => { form.noValidate = true; form.requestSubmit() }"
            )
            await expect(page.locator("#errors")).to_be_focused()
            await page.wait_for_load_state("load")
        await switched(page)
        assert page.url.endswith(f"/visits/new?household={household}")
        await expect(page.locator("input[name=happened_on]")).to_have_value("2099-01-01")
        await page.context.close()


async def test_a_concern_half_written_about_a_family_goes_along(world: World, chromium: object) -> None:
    household = (await registered(world, await world.person("caseworker@KPT"))).id
    child = (await members_of(world, await registered(world, await world.person("caseworker@KPT"))))["Bopha"]
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), size=PHONE)
        await page.goto(f"/households/{household}")
        await page.locator("main form[action='/concerns/about'] button").click()
        await page.wait_for_url("**/concerns/about")
        await page.fill("textarea[name=seen]", "Burns on both arms.\nOn Monday.")
        await page.locator("select[name=member_id]").select_option(index=1)
        await fits(page)
        await no_violations(page)
        before = await sent(page)
        assert ["household_id", str(household)] in before
        for _ in range(2):
            await switched(page)
            await page.wait_for_url("**/concerns/about")
            assert await sent(page) == before
        assert str(child) not in await page.content()
        await page.locator("main form button[type=submit]").last.click()
        await expect(page.locator("#errors")).to_be_visible()
        await switched(page)
        await page.wait_for_url("**/concerns/about")
        assert await sent(page) == before
        # Of no family, the page itself is shown again.
        await page.goto("/concerns/new")
        await page.fill("textarea[name=seen]", "A truck at the school.")
        await switched(page)
        assert page.url.endswith("/concerns/new")
        await expect(page.locator("textarea[name=seen]")).to_have_value("A truck at the school.")
        await page.context.close()


async def test_a_visit_half_written_goes_along(world: World, chromium: object) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), size=PHONE)
        await page.goto(f"/visits/new?household={household.id}")
        await page.check("#f-outcome", force=True)
        await page.check("#f-people-0-school", force=True)
        await page.check("#f-people-1-school", force=True)
        await page.select_option("#f-people-0-grade", "4")
        await page.check("#f-people-0-present", force=True)
        await page.fill("#f-people-0-school_name", "Wat Phnom")
        await page.locator("#f-people-0-school_village").press_sequentially("Mohar")
        choice = page.locator("#f-people-0-school_village-found input").first
        await choice.check(force=True)
        village = await choice.get_attribute("value")
        await page.locator("details.more summary").first.click()
        await page.fill("#f-people-0-days_present", "18")
        await page.select_option("#f-business-state", "operating")
        await page.fill("textarea[name=note]", "At the pagoda.\nCome again.")
        before, opened = await sent(page), await evaluated(page, OPEN)
        for _ in range(2):
            await switched(page)
            # The village that was chosen is found again by its code.
            await expect(page.locator("#f-people-0-school_village")).to_have_value(village or "")
            await expect(page.locator("#f-people-0-school_village-found")).to_contain_text("Mohar")
            after = await sent(page)
            assert [one for one in after if "school_village" not in one[0]] == [
                one for one in before if "school_village" not in one[0]
            ]
            assert await evaluated(page, OPEN) == opened
        await page.locator("main form button[type=submit]").last.click()
        await page.wait_for_url("**/visits/*done=recorded")
        (found,) = await world.owner_rows("SELECT village_code, name_km, name_latin FROM schools")
        assert found["village_code"] == village
        # Of another page nothing is put back, and nothing of it stays.
        await page.goto(f"/visits/new?household={household.id}")
        await expect(page.locator("textarea[name=note]")).to_have_value("")
        await page.context.close()


async def test_a_protocol_half_written_goes_along_with_the_checks_that_were_added(
    world: World, chromium: object
) -> None:
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await world.person("manager"), size=PHONE)
        await page.goto("/protocols/school_retention/change")
        await page.locator("button[formaction*='/rows#']").click()
        await page.fill("#f-slots-9-months", "5")
        await page.select_option("#f-slots-9-purpose", "home")
        await page.fill("#f-source", "The board of January")
        before = await sent(page)
        await page.locator("form.language button").click()
        await expect(page.locator("html")).to_have_attribute("lang", "km")
        await expect(page.locator("#f-slots-9-months")).to_have_value("5")
        assert await sent(page) == before
        assert await evaluated(page, "sessionStorage.length") == 0
        await switched(page)
        await expect(page.locator("#f-slots-9-months")).to_have_value("5")
        assert await sent(page) == before
        # Less than on the page that is shown: without a row the checks are those of the version in force.
        await page.goto("/protocols/school_retention/change")
        await expect(page.locator("#f-source")).to_have_value("")
        await page.context.close()


async def test_a_roll_call_half_written_stays_with_its_children(world: World, chromium: object) -> None:
    school = await school_of(world)
    await pupils_of(world, school, families=1)
    (household,) = await world.owner_rows("SELECT id FROM households")
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), size=PHONE)
        await page.goto(f"/schools/{school}/roll-call")
        await page.fill("#f-days_open", "20")
        await page.check("#f-children-1-register", force=True)
        await page.fill("#f-children-1-days_present", "19")
        before = await sent(page)
        await switched(page)
        assert await sent(page) == before
        # Meanwhile the rows are other children's: nothing of the one is written of the other.
        await page.evaluate(TAMPERED)
        await page.reload()
        await page.wait_for_url("**/roll-call/all")
        assert "7" not in [value for _, value in await sent(page)]
        await page.goto(f"/visits/new?household={household['id']}")
        await page.evaluate(TAMPERED)
        await page.reload()
        await expect(page.locator(UNKEPT)).to_be_visible()
        await expect(page.locator("textarea[name=note]")).to_have_value("Come again")
        assert "7" not in [value for _, value in await sent(page)]
        # Nothing was taken along, so nothing is missing.
        await page.reload()
        await expect(page.locator("textarea[name=note]")).to_have_value("")
        await expect(page.locator(UNKEPT)).to_have_count(0)
        assert await evaluated(page, "sessionStorage.length") == 0
        await page.context.close()


async def test_a_roll_call_of_all_children_goes_along_whole(world: World, chromium: object) -> None:
    school = await school_of(world)
    await pupils_of(world, school, families=1)
    other = await registered(world, await world.person("caseworker@KPT"))
    async with world.client(await world.person("caseworker@KPT")) as client:
        for member_id in (await members_of(world, other)).values():
            told = education(member_id, school_id=str(school)) | {"happened_on": TOLD_ON.isoformat()}
            await client.post(f"/households/{other.id}/observations", json=told)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), size=PHONE)
        await page.goto(f"/schools/{school}/roll-call")
        few = await page.locator("[name$=-days_present]").count()
        await page.locator("button[formaction$='/all']").click()
        await page.wait_for_url("**/roll-call/all")
        assert await page.locator("[name$=-days_present]").count() > few
        await page.fill("#f-days_open", "20")
        await page.check(f"#f-children-{few}-register", force=True)
        await page.fill(f"#f-children-{few}-days_present", "17")
        before = await sent(page)
        await switched(page)
        await expect(page.locator(f"#f-children-{few}-days_present")).to_have_value("17")
        assert await sent(page) == before
        await page.context.close()


async def test_lines_of_a_sheet_half_typed_go_along_each_to_its_own(world: World, chromium: object) -> None:
    await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/enter?number={NUMBER}")
        for line, days in ((1, "18"), (3, "7")):
            await page.select_option(f"#line-{line}-outcome", "met")
            await page.select_option(f"#line-{line}-people-0-school", "in_school")
            await page.fill(f"#line-{line}-people-0-days_present", days)
        await switched(page)
        for line, days in ((1, "18"), (2, ""), (3, "7")):
            await expect(page.locator(f"#line-{line}-people-0-days_present")).to_have_value(days)
        assert await page.locator("form.entry[data-typed]").count() == 2, "and closing it is asked about"
        await page.context.close()


async def test_where_the_sign_in_has_ended_it_is_said_that_nothing_was_kept(
    world: World, chromium: object
) -> None:
    household = (await registered(world, await world.person("caseworker@KPT"))).id
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), size=PHONE)
        await page.goto(f"/visits/new?household={household}")
        await page.fill("textarea[name=note]", "Come again.")
        await world.owner_rows("DELETE FROM sessions")
        await page.locator("form.language button").click()
        await page.wait_for_url("**/sign-in?**")
        await expect(page.locator(UNKEPT)).to_be_visible()
        assert await page.locator("html").get_attribute("lang") == "km"
        assert await evaluated(page, "sessionStorage.length") == 0
        # Of what is typed on this page itself nothing is missed.
        await page.locator("input[name=_username]").fill("somebody")
        await switched(page)
        await page.context.close()


async def test_what_waits_to_be_sent_after_signing_in_is_asked_about(world: World, chromium: object) -> None:
    household = (await registered(world, await world.person("caseworker@KPT"))).id
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world), size=PHONE)
        await page.goto(f"/visits/new?household={household}")
        await page.check("input[name=outcome][value=not_found]", force=True)
        await page.fill("textarea[name=note]", "Come again.")
        await world.owner_rows("DELETE FROM sessions")
        await page.locator("main form button[type=submit]").last.click()
        await expect(page.locator("form[data-unkept] input[name=note]")).to_have_value("Come again.")
        asked: list[str] = []

        async def stay(dialog: Dialog) -> None:
            asked.append(dialog.message)
            await dialog.dismiss()

        page.on("dialog", stay)
        await page.locator("form.language button").click()
        await expect(page.locator("form[data-unkept] input[name=note]")).to_have_value("Come again.")
        assert len(asked) == 1
        assert await page.locator("html").get_attribute("lang") == "en"
        assert await evaluated(page, "sessionStorage.length") == 0
        await page.context.close()
