"""A missing child stands before everybody else, wherever children are listed by something else."""

import re
from datetime import timedelta

from tests.desk.test_today import seen, today_of
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_reviews import whereabouts
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of, registered
from tests.support.world import World


async def test_missing_children_stand_first_on_the_board_whatever_their_days(world: World) -> None:
    household, _ = await paid_family(world)
    without_a_plan = await registered(world, await world.person("caseworker@KPT"))
    people, others = await members_of(world, household), await members_of(world, without_a_plan)
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[education(people["Bopha"])], present=[str(people["Bopha"])])
    world.clock = clock_on(MONTH_1 + timedelta(days=1))
    today = {"happened_on": (MONTH_1 + timedelta(days=1)).isoformat()}
    await recorded(world, household.id, **today, findings=[whereabouts(people["Bopha"], "away_alone")])
    await recorded(world, without_a_plan.id, **today, findings=[whereabouts(others["Piseth"], "unknown")])
    supervisor = await world.person("supervisor@KPT")
    found = await world.owner_rows(
        "SELECT id FROM alerts WHERE kind = 'missing_child' ORDER BY opened_at DESC, id DESC"
    )
    newest_first = [str(one["id"]) for one in found]
    async with world.browser(supervisor) as browser:
        for asked in ("", "?level=escalated_manager", "?risk=high"):
            shown = (await browser.get(f"/silence{asked}")).text
            first, *after = shown.split("By days of silence")
            assert re.findall(r'href="/alerts/([^"]+)"', first) == newest_first, asked
            assert "Not followed by any plan" in seen(first)
            # Each once, and who is silent for longer after them.
            assert [shown.count(f'id="{one}"') for one in (people["Bopha"], others["Piseth"])] == [1, 1]
            assert bool(after) is (asked == "")
            assert not after or f'id="{people["Piseth"]}"' in after[0]
        for path in ("/", "/alerts"):
            shown = (await browser.get(path)).text
            assert re.findall(r'href="/alerts/([^"]+)"', shown) == newest_first, path
        whose = (await monitor(world)).id
        of_one = (await browser.get(f"/silence?monitor={whose}")).text
        assert f'id="{others["Piseth"]}"' not in of_one
    async with world.browser(await world.person("supervisor@KMP")) as browser:
        assert "Missing children" not in seen((await browser.get("/silence")).text)


async def test_who_answers_alerts_finds_missing_children_first_on_today(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    out = [education(people["Piseth"], "none"), whereabouts(people["Bopha"], "away_alone")]
    await recorded(world, household.id, findings=out)
    kinds = await world.owner_rows("SELECT kind, id FROM alerts")
    by_kind = {one["kind"]: f'href="/alerts/{one["id"]}"' for one in kinds}
    for who in ("supervisor@KPT", "caseworker@KPT", "focal_point@KPT"):
        shown = await today_of(world, who)
        heads = re.findall(r"<h2[^>]*>([^<]*)</h2>", shown.split("<main")[1])
        assert heads[0] == "Missing children", who
        first, rest = shown.split('<h2 id="alerts">')
        assert by_kind["missing_child"] in first
        assert by_kind["missing_child"] not in rest
        assert by_kind["out_of_school"] in rest
        # Those who are missing are counted and listed above.
        assert "Children to bring back 1 open alert" in seen(shown)
    for who in ("manager", "monitor@KPT"):
        shown = await today_of(world, who)
        assert "Missing children 1 child" in seen(shown), who
        assert by_kind["missing_child"] in shown.split('<h2 id="silence">')[0], who
        assert "to answer" not in seen(shown), "they look for the child, and answer no alert"
        assert by_kind["out_of_school"] not in shown, who
    assert "Missing children" not in await today_of(world, "supervisor@KMP")
