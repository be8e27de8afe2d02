"""A sheet of paper typed in with the keyboard alone: how many keys it takes, and that nothing typed is lost."""

import re
import sys
from datetime import timedelta
from time import monotonic
from uuid import UUID

import pytest
from playwright.async_api import Dialog, Page, expect

from tests.browser.chromium import DESKTOP, PHONE, evaluated, fits, no_violations
from tests.browser.site import site_of
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_entry import NUMBER, sheet_of
from tests.followups.test_visits import recorded
from tests.support.world import World

pytestmark = pytest.mark.browser

MOST_KEYS = 15

# Both children seen, and in school: outcome; seen, answer, grade, days present, days open of each. The days open stand
# ready from the second household on, and Enter accepts them.
FIRST = ["m", "p", "s", "5", "1", "8", "2", "0", "p", "s", "7", "1", "9", "Enter", "Enter"]
# The second is in school, says the family, and was not there.
NEXT = ["m", "p", "s", "5", "1", "8", "Enter", "s", "8", "2", "0", "Enter"]
# Nobody was there; what a neighbour knows of each child may stay open.
AWAY = ["n", "Enter", "Enter"]
MIXED = ["m", "s", "1", "0", "2", "0", "Enter", "x", "Enter"]


async def sheet_of_four(world: World) -> UUID:
    families = [(await paid_family(world))[0] for _ in range(4)]
    sheet_id = await sheet_of(world, families)
    world.clock = clock_on(MONTH_1)
    return sheet_id


async def typed(page: Page, keys: list[str]) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def test_a_sheet_is_entered_with_few_keys_and_without_a_mouse(world: World, chromium: object) -> None:
    await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto("/sheets/enter")
        await page.keyboard.type(NUMBER.lower())
        await page.keyboard.press("Enter")
        await expect(page.locator("#line-1-outcome")).to_be_focused()
        for line, keys in enumerate((FIRST, NEXT, AWAY, MIXED), start=1):
            assert len(keys) <= MOST_KEYS
            before = monotonic()
            await typed(page, keys)
            await expect(page.locator(f"#line-{line}.entry-done")).to_be_visible()
            sys.stdout.write(f"line {line}: {len(keys)} keys, {monotonic() - before:.2f} s\n")
            if line < 4:
                await expect(page.locator(f"#line-{line + 1}-outcome")).to_be_focused()
        await expect(page.locator("#all-entered")).to_be_focused()
        await page.context.close()
    rows = await world.owner_rows(
        "SELECT line, outcome, coalesce(array_agg(details->>'grade' ORDER BY details->>'grade') "
        "FILTER (WHERE details->>'grade' IS NOT NULL), '{}') AS grades, "
        "coalesce(array_agg((details->>'days_present') || '/' || (details->>'days_open') ORDER BY 1) "
        "FILTER (WHERE details->>'days_open' IS NOT NULL), '{}') AS days "
        "FROM sheet_lines JOIN visits ON visits.id = visit_id "
        "LEFT JOIN observations ON observations.visit_id = visits.id GROUP BY line, outcome ORDER BY line"
    )
    assert [(row["outcome"], row["grades"], sorted(row["days"])) for row in rows] == [
        ("met", ["5", "7"], ["18/20", "19/20"]),
        ("met", ["5", "8"], ["18/20", "20/20"]),
        ("not_found", [], []),
        ("met", ["10"], ["20/20"]),
    ]
    there = await world.owner_rows(
        "SELECT line, array_agg(given_name_latin ORDER BY born_on) AS who FROM sheet_lines "
        "JOIN visit_people USING (visit_id) JOIN members ON members.id = member_id GROUP BY line ORDER BY line"
    )
    assert [tuple(row.values()) for row in there] == [(1, ["Piseth", "Bopha"]), (2, ["Piseth"])]


# What of a line has the focus, without the line's number; the parts of a day are one field.
FOCUSED = """document.activeElement.id.replace(/^line-\\d+-/, "")
  || (document.activeElement.form ?? document.activeElement).id + " " + document.activeElement.className"""


async def led_through(page: Page, key: str, until: str) -> list[str]:
    """Where a key leads, from the field that has the focus on, each field once."""
    stops: list[str] = []
    for _ in range(60):
        here = await evaluated(page, FOCUSED)
        stops += [here] if stops[-1:] != [here] else []
        if here == until:
            return stops
        await page.keyboard.press(key)
    raise AssertionError(f"{until} is not reached: {stops}")


async def test_tab_follows_the_paper_from_the_first_field_to_save_and_on_to_the_next_line(
    world: World, chromium: object
) -> None:
    sheet_id = await sheet_of_four(world)
    of_children = {
        "in_school": ["present", "school", "grade", "days_present", "days_open"],
        "out_of_school": ["present", "school", "whereabouts"],
    }
    first, last = of_children
    met = ["happened_on", "outcome", "business"]
    met += [f"people-0-{name}" for name in of_children[first]]
    met += [f"people-1-{name}" for name in of_children[last]]
    met += ["note", "line-1 secondary", "line-1 plain"]
    not_met = ["happened_on", "outcome", "people-0-whereabouts", "people-1-whereabouts", "note"]
    not_met += ["line-2 secondary", "line-2 plain"]
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        await page.locator("#line-1-outcome").select_option("met")
        await page.locator("#line-1-people-0-school").select_option(first)
        await page.locator("#line-1-people-1-school").select_option(last)
        await page.locator("#line-2-outcome").select_option("not_found")
        await page.locator("#line-1-happened_on").focus()
        assert await led_through(page, "Tab", "line-1 plain") == met
        await page.keyboard.press("Tab")
        assert await led_through(page, "Tab", "line-2 plain") == not_met
        back = await led_through(page, "Shift+Tab", "happened_on")
        assert back == not_met[::-1]
        # What the keys alone pass over is the note, and nothing else.
        await page.locator("#line-1-outcome").focus()
        entered = await led_through(page, "Enter", "line-1 secondary")
        assert entered == [name for name in met[1:-1] if name != "note"]
        await page.context.close()


async def test_where_a_child_is_can_be_said_of_a_family_that_was_not_met(
    world: World, chromium: object
) -> None:
    await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto("/sheets/enter")
        await page.keyboard.type(NUMBER)
        await page.keyboard.press("Enter")
        line = page.locator("#line-1")
        whereabouts, school = line.locator("select[name$=whereabouts]"), line.locator("select[name$=school]")
        await expect(whereabouts.first).to_be_hidden()
        # Of the second child alone: the first is passed over.
        await typed(page, ["n"])
        await expect(whereabouts).to_have_count(2)
        await expect(whereabouts.first).to_be_focused()
        await expect(school.first).to_be_hidden()
        alone = await whereabouts.first.locator('option[value="away_alone"]').get_attribute("data-key")
        assert alone
        await fits(page)
        await typed(page, ["Enter", alone, "Enter"])
        await expect(page.locator("#line-1.entry-done")).to_be_visible()
        await page.context.close()
    rows = await world.owner_rows("SELECT details->>'state' AS state FROM observations")
    assert [row["state"] for row in rows] == ["away_alone"]
    assert len(await world.owner_rows("SELECT FROM alerts WHERE kind = 'missing_child'")) == 1


async def test_where_a_family_went_is_asked_for_before_its_line_is_saved(
    world: World, chromium: object
) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        await expect(page.locator("#line-1-outcome")).to_be_focused()
        hint = page.locator("#line-1-note-hint")
        await expect(hint).to_be_hidden()
        await typed(page, ["v", "Enter", "Enter"])
        note = page.locator("#line-1-note")
        await expect(note).to_be_focused()
        await expect(hint).to_have_text("Of a family that moved it is needed: where to, and who says so.")
        await expect(note).to_have_accessible_description(await hint.inner_text())
        await page.keyboard.press("Enter")
        await expect(note).to_have_attribute("aria-invalid", "true")
        await expect(note).to_have_accessible_description(re.compile("who says so.+[.]"))
        await page.keyboard.type("To Kampot, says a neighbour")
        await page.keyboard.press("Enter")
        await expect(page.locator("#line-1.entry-done")).to_be_visible()
        await page.locator("#line-2 [formaction]").click()
        optional = page.locator(".field:has(#f-note) .optional")
        await expect(optional).to_be_visible()
        await page.locator('[name="outcome"][value="moved"]').check()
        await expect(optional).to_be_hidden()
        await page.context.close()
    assert [row["note"] for row in await world.owner_rows("SELECT note FROM visits")] == [
        "To Kampot, says a neighbour"
    ]


async def test_in_school_takes_back_where_a_child_was_said_to_be_and_nothing_that_counts_is_hidden(
    world: World, chromium: object
) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        row = page.locator("#line-1 .entry-child").first
        school, where = row.locator("select[name$=school]"), row.locator("select[name$=whereabouts]")
        await page.locator("#line-1-outcome").select_option("met")
        await school.select_option("not_seen")
        await where.select_option("unknown")
        await school.select_option("in_school")
        await expect(where).to_have_value("")
        await expect(where).to_be_hidden()
        # Written although the child was seen, it is refused where it is read.
        await row.locator("select[name$=present]").select_option("true")
        await where.evaluate("one => { one.value = 'unknown' }")
        await (
            page.locator("#line-1 .entry-child")
            .nth(1)
            .locator("select[name$=school]")
            .select_option("not_seen")
        )
        await page.locator("#line-1 button.secondary").click()
        await expect(where).to_be_focused()
        await fits(page)

        await page.locator("#line-2 [formaction]").click()
        card = page.locator("section.card").first
        gone = card.locator("input[name$=whereabouts][value=away_alone]")
        await page.locator("input[name=outcome][value=not_found]").check()
        await gone.check()
        await page.locator("input[name=outcome][value=met]").check()
        await expect(gone).to_be_visible()
        await card.locator("input[value=in_school]").check()
        await expect(gone).to_be_hidden()
        await expect(gone).not_to_be_checked()
        await page.context.close()


async def test_what_was_typed_outlives_a_lost_connection_and_a_refusal(
    world: World, chromium: object
) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        await page.context.set_offline(True)
        await typed(page, FIRST)
        await expect(page.locator("#line-1 .unsent")).to_contain_text("no connection")
        await expect(page.locator("#line-1-people-0-days_present")).to_have_value("18")
        await page.context.set_offline(False)
        kept = await page.context.cookies()
        await page.context.clear_cookies()
        await page.keyboard.press("Enter")
        await expect(page.locator("#line-1 .unsent")).to_contain_text("sign-in has ended")
        await expect(page.locator("#line-1-people-0-days_present")).to_have_value("18")
        await page.context.add_cookies(kept)
        await page.keyboard.press("Enter")
        await expect(page.locator("#line-1.entry-done")).to_be_visible()
        await page.locator("#line-3-outcome").select_option("refused")
        await expect(page.locator("#line-2-outcome")).to_be_focused()
        await typed(page, ["m", "s", "1", "3", "1", "8", "Enter", "-", "Enter"])
        await expect(page.locator("#line-2-people-0-grade")).to_be_focused()
        await expect(page.locator("#line-2-people-0-grade-error")).to_be_visible()
        await expect(page.locator("#line-2-people-0-days_present")).to_have_value("18")
        await expect(page.locator("#line-3-outcome")).to_have_value("refused")
        await typed(page, ["6", "Enter", "Enter", "-", "Enter"])
        await expect(page.locator("#line-2.entry-done")).to_be_visible()
        await page.context.close()


async def test_the_full_form_takes_along_what_was_typed_of_a_line(world: World, chromium: object) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        await typed(page, ["m", "2", "p", "s", "5", "1", "8", "2", "0", "s", "7"])
        await page.locator("#line-1-note").fill("Seen at the pagoda")
        await page.locator("#line-1 [formaction]").click()
        await expect(page.locator("#f-note")).to_have_value("Seen at the pagoda")
        first, second = page.locator("section.card").nth(0), page.locator("section.card").nth(1)
        await expect(first.locator("[name$=-present]")).to_be_checked()
        await expect(first.locator("[name$=school][value=in_school]")).to_be_checked()
        await expect(second.locator("[name$=-present]")).not_to_be_checked()
        # They stood ready on the line; nobody typed them of this child.
        await expect(second.locator("[name$=days_open]")).to_have_value("")
        await expect(page.locator("[name=business-state]")).to_have_value("paused")
        assert "note" not in page.url
        await page.locator("main form.visit button[type=submit]").last.click()
        await expect(page.locator("#line-1.entry-done")).to_contain_text("seen: Piseth")
        assert page.url.endswith(f"/sheets/{sheet_id}/entry#line-2")
        await page.context.close()


async def test_the_way_back_from_the_full_form_asks_before_anything_typed_is_lost(
    world: World, chromium: object
) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        asked: list[str] = []
        staying = [True, False] * 2

        async def answer(dialog: Dialog) -> None:
            asked.append(dialog.type)
            await (dialog.dismiss() if staying.pop(0) else dialog.accept())

        page.on("dialog", answer)
        back, note = page.locator("a.back"), page.locator("#f-note")
        for brought in (True, False):
            await page.goto(f"/sheets/{sheet_id}/entry")
            if brought:
                await page.locator("#line-1-note").fill("Seen at the pagoda")
            await page.locator("#line-1 [formaction]").click()
            if not brought:
                # Where nothing was typed, nobody is asked.
                await back.click()
                await expect(page.locator("#line-1")).to_be_visible()
                await page.locator("#line-1 [formaction]").click()
                await note.fill("Seen at the pagoda")
            assert not asked[2 * (not brought) :], "not on the way there"
            # A page left in mid-way goes nowhere, so nothing is waited for.
            await back.click(no_wait_after=True)
            await expect(note).to_have_value("Seen at the pagoda")
            await back.click(no_wait_after=True)
            await expect(page.locator("#line-1")).to_be_visible()
        assert asked == ["beforeunload"] * 4
        # Saved, or shown again with what was wrong, nobody is asked on the way.
        await page.locator("#line-1 [formaction]").click()
        await page.locator("main form.visit button[type=submit]").last.click()
        await expect(page.locator("#errors")).to_be_visible()
        await page.locator("[name=outcome][value=not_found]").check(force=True)
        await page.locator("main form.visit button[type=submit]").last.click()
        await expect(page.locator("#line-1.entry-done")).to_be_visible()
        assert len(asked) == 4
        await page.context.close()


async def test_days_open_are_asked_about_where_they_were_typed_and_not_where_they_stand_ready(
    world: World, chromium: object
) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        first, second = (page.locator(f"#line-1-people-{row}-days_open") for row in (0, 1))
        # No days present are written; the days open are, and follow to the second child.
        await typed(page, ["m", "s", "5", "Enter", "2", "0", "s", "7", "Enter", "Enter", "Enter"])
        await expect(page.locator("#line-1-people-0-days_present-error")).to_be_visible()
        await expect(page.locator("#line-1-people-1-days_present-error")).to_have_count(0)
        await expect(first).to_have_value("20")
        await expect(second).to_have_value("20")
        await page.locator("#line-1-people-0-days_present").fill("18")
        await page.locator("#line-1 button.secondary").click()
        await expect(page.locator("#line-1.entry-done")).to_be_visible()
        await page.context.close()
    days = await world.owner_rows(
        "SELECT details->>'days_present' AS present, details->>'days_open' AS open "
        "FROM observations WHERE kind = 'education' ORDER BY details->>'grade'"
    )
    assert [tuple(row.values()) for row in days] == [("18", "20"), (None, None)]


@pytest.mark.parametrize("language", ["en", "km"])
async def test_a_sheet_fits_and_is_open_to_everyone(world: World, chromium: object, language: str) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        for line, size in enumerate((PHONE, DESKTOP), start=1):
            page = await site.screen(await monitor(world), language=language, size=size)
            await page.goto("/sheets/enter?number=KPT-2026-9999")
            await no_violations(page)
            await fits(page)
            await page.goto(f"/sheets/{sheet_id}/entry")
            await typed(page, AWAY)
            await expect(page.locator(f"#line-{line}.entry-done")).to_be_visible()
            await expect(page.locator(f"#line-{line + 1}-outcome")).to_be_focused()
            await typed(page, ["m", "s", "1", "3", "Enter", "Enter", "-", "Enter"])
            await expect(page.locator(f"#line-{line + 1}-people-0-grade-error")).to_be_visible()
            await no_violations(page)
            await fits(page)
            await page.context.close()


async def test_a_missing_child_and_a_business_are_told_with_a_key_each(
    world: World, chromium: object
) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        await typed(page, ["m", "2", "-", "6", "x", "Tab", "Tab"])
        await page.keyboard.type("Asked at the pagoda.")
        await page.keyboard.press("Enter")
        await expect(page.locator("#line-1.entry-done")).to_be_visible()
        await expect(page.locator("#line-2-outcome")).to_be_focused()
        await page.context.close()
    rows = await world.owner_rows(
        "SELECT details->>'kind' AS kind, details->>'state' AS state, note FROM visits "
        "JOIN observations ON visit_id = visits.id WHERE details->>'kind' <> 'education' ORDER BY 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("business", "paused", "Asked at the pagoda."),
        ("whereabouts", "unknown", "Asked at the pagoda."),
    ]


async def test_a_tab_after_a_key_that_went_on_by_itself_skips_nothing(world: World, chromium: object) -> None:
    sheet_id = await sheet_of_four(world)
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        line = page.locator("#line-1")
        await typed(page, ["m", "Tab", "1", "Tab"])
        await expect(line.locator("select[name=business]")).to_have_value("operating")
        await expect(line.locator("input[name=note]")).to_have_value("")
        await typed(page, ["s", "Tab", "5", "Tab", "1", "8", "Tab", "2", "0", "Tab"])
        await typed(page, ["s", "Tab", "7", "Tab", "1", "9", "Tab", "2", "0", "Tab", "Enter"])
        await expect(page.locator("#line-1.entry-done")).to_be_visible()
        await expect(page.locator("#line-2-outcome")).to_be_focused()
        # A second Tab is meant.
        await typed(page, ["m", "Tab", "Tab"])
        await expect(page.locator("#line-2-business")).not_to_be_focused()
        await page.context.close()
    days = await world.owner_rows(
        "SELECT details->>'grade' AS grade, details->>'days_present' AS present, details->>'days_open' AS open "
        "FROM observations WHERE kind = 'education' ORDER BY 1"
    )
    assert [tuple(row.values()) for row in days] == [("5", "18", "20"), ("7", "19", "20")]


async def test_a_line_warns_of_the_day_that_is_typed_and_the_lines_below_follow(
    world: World, chromium: object
) -> None:
    families = [(await paid_family(world))[0] for _ in range(2)]
    sheet_id = await sheet_of(world, families)
    world.clock = clock_on(MONTH_1)
    before = MONTH_1 - timedelta(days=1)
    for family, day in zip(families, (MONTH_1, before), strict=True):
        await recorded(world, family.id, happened_on=day.isoformat(), outcome="not_found")
    async with site_of(world, chromium) as site:  # type: ignore[arg-type]
        page = await site.screen(await monitor(world))
        await page.goto(f"/sheets/{sheet_id}/entry")
        first, second = (
            page.locator(f"#line-{line}").get_by_text("This family was recorded on") for line in (1, 2)
        )
        await expect(first).to_be_visible()
        await expect(second).to_be_hidden()
        await expect(page.locator("#line-1-outcome")).to_be_focused()
        await page.locator("#line-1-happened_on").fill(before.isoformat())
        await page.locator("#line-1-happened_on").dispatch_event("change")
        await expect(first).to_be_hidden()
        await expect(second).to_be_visible()
        assert await page.locator("#line-2-happened_on").input_value() == before.isoformat()
        await fits(page)
        await page.context.close()
