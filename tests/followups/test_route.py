"""A day's route: where to go first, whose households, and how the list is narrowed."""

import re
from datetime import date, timedelta

from livelihood.followups.models import Cover
from livelihood.followups.queries.worklist import Narrowed, worklist
from livelihood.followups.reconcile import tick
from livelihood.households.models import Household
from tests.followups.stories import anchored, clock_on, monitor
from tests.followups.test_api import MONTH_1
from tests.followups.test_roll_calls import pupils_of, school_of
from tests.support.families import registered
from tests.support.places import KMP, KPT, KPT_OTHER
from tests.support.world import World

FAR = "06020103"


async def three_villages(world: World) -> dict[str, Household]:
    """A household in each; `KPT` has coordinates, `KPT_OTHER` lies 11 km north of it, `FAR` is not placed."""
    async with world.owner.engine.begin() as conn:
        await conn.exec_driver_sql(
            "INSERT INTO places (code, level, name_km, name_latin, search) "
            f"VALUES ('{FAR}', 'village', 'ឆ្ងាយ', 'Chhngay', ARRAY['chhngay'])"
        )
        for code, lat in ((KPT, 12.5), (KPT_OTHER, 12.6)):
            await conn.exec_driver_sql(f"UPDATE places SET lat = {lat}, lng = 104.9 WHERE code = '{code}'")
    recorder = await monitor(world)
    found: dict[str, Household] = {}
    for code in (FAR, KPT, KPT_OTHER):
        household = await registered(
            world, await world.person("caseworker@KPT"), village_code=code, monitor_id=str(recorder.id)
        )
        await anchored(world, household.id)
        found[code] = household
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    return found


async def test_the_nearest_village_comes_first_and_those_without_a_place_last(world: World) -> None:
    await three_villages(world)
    async with world.read(await monitor(world)) as reads:
        found = await worklist(reads, Narrowed(first=KPT_OTHER), today=MONTH_1)
        assert [(village.code, village.km) for village in found.villages] == [
            (KPT_OTHER, 0.0),
            (KPT, 11.1),
            (FAR, None),
        ]
        # Where one sets out from a village that is nowhere on the map, the order is that of waiting.
        unplaced = await worklist(reads, Narrowed(first=FAR), today=MONTH_1)
        assert [village.code for village in unplaced.villages] == [KPT, KPT_OTHER, FAR]
    async with world.browser(await monitor(world)) as browser:
        html = (await browser.get(f"/follow-ups?from={KPT_OTHER}")).text
        assert "11.1 km" in html
        assert "Where these villages lie is not recorded" in html
        assert html.index("Ta Theav</span></span></h2>") < html.index("Mohar</span></span></h2>")


async def test_the_list_is_narrowed_by_place_purpose_and_search(world: World) -> None:
    households = await three_villages(world)
    code = households[KPT].code
    async with world.browser(await monitor(world)) as browser:
        for query, cards in (
            ("commune=060201", 3),
            ("commune=070214", 0),
            (f"village={KPT}", 1),
            ("purpose=school", 3),
            ("purpose=placement", 0),
            (f"q={code}", 1),
            ("q=nobody", 0),
        ):
            html = (await browser.get(f"/follow-ups?{query}")).text
            assert html.count("Record visit") == cards, query
            nothing = ("Nothing to do here", "None of your families lives there", "No such place")
            assert any(words in html for words in nothing) is (cards == 0), query
        narrowed = (await browser.get("/follow-ups?q=nobody")).text
        assert "Show everything again" in narrowed


async def test_a_colleagues_households_are_mine_while_i_cover_for_them(world: World) -> None:
    await three_villages(world)
    away, stand_in = await monitor(world), await world.person("monitor@KPT", name="stand-in")
    async with world.browser(stand_in) as browser:
        assert "Nothing is due today" in (await browser.get("/follow-ups")).text
    supervisor = await world.person("supervisor@KPT")
    async with world.work(supervisor) as uow:
        uow.session.add(
            Cover(
                office_id=1,
                staff_id=away.id,
                by_id=stand_in.id,
                from_on=MONTH_1 - timedelta(days=1),
                until_on=MONTH_1,
                set_by=supervisor.id,
                set_at=world.clock.now(),
            )
        )
    async with world.browser(stand_in) as browser:
        for query in ("", "?whose=covering"):
            html = (await browser.get(f"/follow-ups{query}")).text
            assert html.count("Record visit") == 3
            assert "You cover for" in html
        assert "12 checks" not in (await browser.get("/")).text
    world.clock = clock_on(MONTH_1 + timedelta(days=1))
    async with world.browser(stand_in) as browser:
        assert "Record visit" not in (await browser.get("/follow-ups")).text


async def test_the_route_over_the_api(world: World) -> None:
    await three_villages(world)
    async with world.client(await monitor(world)) as client:
        body = (await client.get(f"/worklist?from={KPT_OTHER}")).json()
        assert [village["code"] for village in body["villages"]] == [KPT_OTHER, KPT, FAR]
        assert body["villages"][0]["households"][0]["follow_ups"]
        assert body["next_start"] is None


async def test_an_office_where_nothing_is_due_is_named_with_the_way_to_the_others(world: World) -> None:
    await three_villages(world)
    async with world.browser(await world.person("manager")) as browser:
        for by, told in (
            ("", "Nothing is due in Battambang today"),
            ("&show=overdue", "Nothing is overdue in Battambang"),
            ("&by=school", "No school check is due in Battambang"),
        ):
            page = (await browser.get(f"/follow-ups?office=5{by}")).text
            assert told in page
            assert "Battambang" not in (await browser.get("/follow-ups")).text
        assert re.search(r'href="/follow-ups\?whose=all[^"]*"[^>]*>\s*All offices', page)
    async with world.browser(await world.person("supervisor@BTB")) as browser:
        page = (await browser.get("/follow-ups?office=5")).text
        assert "Nothing is due in Battambang today" in page
        assert "All offices" not in page
        assert "Nothing is due today" in (await browser.get("/follow-ups")).text


async def test_a_place_that_is_unknown_or_of_another_office_is_said_with_the_way_back(world: World) -> None:
    await three_villages(world)
    await registered(world, await world.person("caseworker@KMP"), village_code=KMP)
    async with world.browser(await monitor(world)) as browser:
        for by in ("", "&by=school"):
            unknown = (await browser.get(f"/follow-ups?whose=all&village=99999999{by}")).text
            assert "No village or commune has the code 99999999." in unknown
            for elsewhere in (f"village={KMP}", f"commune={KMP[:6]}"):
                foreign = (await browser.get(f"/follow-ups?whose=all&{elsewhere}{by}")).text
                assert "No family of your office lives in" in foreign
                assert 'href="/follow-ups?whose=all' in foreign
        ours = (await browser.get(f"/follow-ups?whose=all&village={KPT}&purpose=placement")).text
        assert "Nothing that is due fits what you chose." in ours
        assert "No family of your office" not in ours


async def test_the_heading_says_what_the_list_shows(world: World) -> None:
    """Two grants of one family call for the same checks at nearly the same time, and one household is overdue."""
    households = await three_villages(world)
    await anchored(world, households[KPT].id, on=date(2026, 1, 20))
    await anchored(world, households[FAR].id, on=date(2025, 12, 12))
    await tick(world.worker, world.clock)
    seen: set[tuple[int, int, int]] = set()
    async with world.browser(await monitor(world)) as browser:
        for query in (
            "",
            "show=overdue",
            f"village={KPT}",
            f"village={KPT}&show=overdue",
            "purpose=business",
            f"village={KPT_OTHER}&purpose=school",
            f"q={households[FAR].code}",
            "commune=060201&by=nearest",
        ):
            html = (await browser.get(f"/follow-ups?{query}")).text
            lines = re.findall(r"<li>([^<]*) <span class=\"chip (due|overdue)", html)
            cards = html.count("Record visit")
            late = sum(kind == "overdue" for _, kind in lines)
            said = re.search(r"(\d+) households? · (\d+) checks?(?:.*?(\d+) overdue)?", html)
            numbers = tuple(int(one or 0) for one in said.groups()) if said else (0, 0, 0)
            assert numbers == (cards, len(lines), late), query
            seen.add(numbers)
        today = (await browser.get("/")).text
        villages = re.findall(r"1 household · (\d+) checks?", today)
        whole = (await browser.get("/follow-ups")).text
    assert len(seen) > 3
    assert "School check, month 1 + School check, month 2" in whole, "they are shown as one"
    assert "School check, month 1 + School check, month 1" not in whole, (
        "the same check of two plans is named once"
    )
    assert sum(map(int, villages)) == whole.count('<span class="chip due') + whole.count(
        '<span class="chip overdue'
    )


async def test_the_heading_by_school_says_how_many_children_stand_there(world: World) -> None:
    first, second = await school_of(world), await school_of(world, "ព្រែកត្នោត")
    await pupils_of(world, first, families=1)
    await pupils_of(world, second, families=2)
    await three_villages(world)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        for query in ("", f"&village={KPT}", f"&school={first}"):
            html = (await browser.get(f"/follow-ups?by=school{query}")).text
            said = re.search(r"(?:(\d+) schools? · )?(\d+) children to check</p>", html)
            assert said, query
            at_schools = [int(one) for one in re.findall(r"(\d+) children to check</span>", html)]
            unknown = len(re.findall(r"<li>([^<]*) <span class=\"chip (due|overdue)", html))
            assert (len(at_schools), sum(at_schools) + unknown) == (int(said[1] or 0), int(said[2])), query
