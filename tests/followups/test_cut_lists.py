"""Lists that are cut say so, and lead to all that there is."""

import re
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from html import unescape
from uuid import UUID

import pytest

from livelihood.followups import service
from livelihood.followups.schemas_care import DrawIn
from tests.desk.office import TODAY, at_work
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_entry import sheet_of
from tests.followups.test_handover import moves
from tests.followups.test_leaving import GOING, caseworker, leaves
from tests.support.families import members_of
from tests.support.world import World, clock_at


async def copied(world: World, table: str, of: UUID, count: int, own: str = "") -> list[UUID]:
    """So many more rows like one. `own` is what each has of its own besides an id, where `n` is its number."""
    rows = await world.owner_rows(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(one, jsonb_build_object('id', uuidv7(){own}))).* "
        f"FROM {table} one, generate_series(1, {count}) n WHERE one.id = $1 RETURNING id",
        of,
    )
    return [row["id"] for row in rows]


async def id_of(world: World, table: str) -> UUID:
    (row,) = await world.owner_rows(f"SELECT id FROM {table} ORDER BY id LIMIT 1")
    return row["id"]


async def days_to_review(world: World) -> str:
    household, _ = await paid_family(world)
    await world.owner_rows(
        "INSERT INTO days_to_review (id, household_id, office_id, happened_on, twice, contested, recorded_at) "
        "SELECT uuidv7(), $1, 1, $2::date - n, true, 0, now() FROM generate_series(1, 206) n",
        household.id, GOING,
    )  # fmt: skip
    return "/reviews"


async def handed_over(world: World) -> str:
    household, _ = await paid_family(world)
    for who in ("monitor@KMP", "caseworker@KMP"):
        await world.person(who)
    supervisor = await world.person("supervisor@KPT")
    assert (await moves(world, supervisor, household.id)).status_code == 201
    await copied(world, "handovers", await id_of(world, "handovers"), 205)
    return "/handovers"


async def left_alone(world: World) -> str:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(GOING)
    assert (await leaves(world, await caseworker(world), household, bopha)).status_code == 201
    leaving = await id_of(world, "leavings")
    for other in await copied(world, "members", bopha, 205):
        await copied(world, "leavings", leaving, 1, f", 'member_id', '{other}'")
    return "/handovers"


async def said_to_have_moved(world: World) -> str:
    household, _ = await paid_family(world)
    await world.owner_rows(
        "INSERT INTO visits (id, household_id, office_id, happened_on, mode, outcome, recorded_by, recorded_at) "
        "SELECT uuidv7(), $1, 1, $2, 'in_person', 'moved', $3, now()",
        household.id, GOING, (await world.person("monitor@KPT")).id,
    )  # fmt: skip
    world.clock = clock_on(GOING)
    visit = await id_of(world, "visits")
    for other in await copied(world, "households", household.id, 205, ", 'code', 'KPT-9' || n"):
        await copied(world, "visits", visit, 1, f", 'household_id', '{other}'")
    return "/handovers"


async def in_one_monitors_hands(world: World) -> str:
    household, _ = await paid_family(world)
    monitor = await world.person("monitor@KPT")
    await world.person("monitor@KPT", name="another")
    own = f", 'code', 'KPT-9' || n, 'monitor_id', '{monitor.id}'"
    await copied(world, "households", household.id, 506, own)
    return f"/monitors/{monitor.id}?office=1"


async def to_check_again(world: World) -> str:
    await at_work(world)
    await world.owner_rows(
        "UPDATE visits SET happened_on = $1", date.fromisoformat(TODAY) - timedelta(days=5)
    )
    monitor = await world.person("monitor@KPT")
    clock = clock_at(TODAY)
    async with world.work(await world.person("supervisor@KPT")) as uow:
        await service.draw(uow, DrawIn(office_id=1, monitor_id=monitor.id), clock=clock)
    (check,) = await world.owner_rows("SELECT id, visit_id FROM spot_checks LIMIT 1")
    (drawn,) = await world.owner_rows("SELECT count(*) AS number FROM spot_checks")
    for other in await copied(world, "visits", check["visit_id"], 506 - drawn["number"]):
        await copied(world, "spot_checks", check["id"], 1, f", 'visit_id', '{other}'")
    return "/spot-checks?office=1"


async def to_check_again_of_one(world: World) -> str:
    await to_check_again(world)
    return f"/spot-checks?monitor={(await world.person('monitor@KPT')).id}&office=1"


@pytest.mark.parametrize(
    ("filled", "shown", "row"),
    [
        (days_to_review, 200, "<li><a"),
        (handed_over, 200, "<li><a"),
        (left_alone, 200, "<li><a"),
        (said_to_have_moved, 200, "<li><a"),
        (in_one_monitors_hands, 500, 'name="household_ids"'),
        (to_check_again, 500, "<li><a"),
        (to_check_again_of_one, 500, "<article"),
    ],
)
async def test_what_is_cut_says_how_much_there_is_and_leads_to_all_of_it(
    world: World, filled: Callable[[World], Awaitable[str]], shown: int, row: str
) -> None:
    path = await filled(world)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        page = (await browser.get(path)).text
        whole = path + ("&" if "?" in path else "?") + "show=all"
        assert f"The first {shown} of {shown + 6}. Show all {shown + 6}" in seen(page)
        assert f'href="{whole}"' in page.replace("&amp;", "&")
        page_of_all = (await browser.get(whole)).text
    assert "The first" not in seen(page_of_all)
    more = page_of_all.split("<main")[1].count(row) - page.split("<main")[1].count(row)
    assert more == 6


async def test_printed_sheets_are_read_page_by_page_however_many_there_are(world: World) -> None:
    """Many of one moment among them: none stands twice, and none is passed over."""
    household, _ = await paid_family(world)
    sheet = await sheet_of(world, [household])
    await copied(world, "sheets", sheet, 105, ", 'number', 'KPT-2026-' || 1000 + n")
    supervisor = await world.person("supervisor@KPT")
    pages: list[list[str]] = []
    async with world.browser(supervisor) as browser:
        path = "/sheets"
        while path:
            page = (await browser.get(path)).text
            assert ("Back to the start" in page) is bool(pages)
            pages.append(re.findall(r'href="/sheets/([0-9a-f-]{36})"', page))
            more = re.search(r'href="(/sheets\?cursor=[^"]+)"', page)
            path = unescape(more[1]) if more else ""
        assert (await browser.get("/sheets?cursor=bananas")).status_code == 422
    assert [len(one) for one in pages] == [50, 50, 6]
    listed = [one for page in pages for one in page]
    made = await world.owner_rows("SELECT id FROM sheets ORDER BY made_at DESC, id DESC")
    assert listed == [str(row["id"]) for row in made]
    async with world.client(supervisor) as client:
        first = (await client.get("/sheets?limit=100")).json()
        rest = (await client.get("/sheets", params={"cursor": first["next_cursor"]})).json()
    rows = [*first["items"], *rest["items"]]
    assert [one["id"] for one in rows] == listed
    assert rest["next_cursor"] is None
    assert [one["id"] for one in rows if one["lines"]] == [str(sheet)]


async def test_the_page_of_a_monitor_says_how_many_re_checks_wait_in_all(world: World) -> None:
    path = await to_check_again_of_one(world)
    await world.owner_rows(
        "UPDATE spot_checks SET verdict = 'agrees', checked_on = $1, checked_by = drawn_by "
        "WHERE id IN (SELECT id FROM spot_checks LIMIT 3)",
        date.fromisoformat(TODAY),
    )
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        page = seen((await browser.get(path)).text)
    assert "The first 500 of 506." in page
    assert "503 visits still wait to be checked again." in page
