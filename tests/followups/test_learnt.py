"""What visits tell of a child after an alert stands where the alert is worked on, and the visit says so."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_reviews import whereabouts
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of
from tests.support.world import World

WORKS: dict[str, Any] = {"kind": "work", "economic_hours": 40, "chore_hours": 2, "hazards": []}


async def alert_of(world: World, member: UUID) -> UUID:
    (row,) = await world.owner_rows(
        "SELECT id FROM alerts WHERE member_id = $1 AND closed_on IS NULL", member
    )
    return row["id"]


async def visited(world: World, household: UUID, days_after: int, **said: Any) -> str:
    day = MONTH_1 + timedelta(days=days_after)
    if day > world.clock.today():
        world.clock = clock_on(day)
    return (await recorded(world, household, happened_on=day.isoformat(), **said))["visit"]["id"]


async def test_what_is_learnt_later_of_a_missing_child_stands_on_the_page_of_the_search_newest_first(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    bopha, piseth = people["Bopha"], people["Piseth"]
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[whereabouts(bopha, "away_alone")])
    alert = await alert_of(world, bopha)
    aunt = whereabouts(bopha, "with_relatives")
    same_day = await visited(
        world, household.id, 0, mode="phone", findings=[aunt], note="In Kampot, at her aunt"
    )
    shut = await visited(
        world, household.id, 2, outcome="not_found", met="neighbour", note="The neighbour heard of Thailand"
    )
    of_another = await visited(world, household.id, 3, mode="phone", findings=[education(piseth)])
    last = await visited(world, household.id, 90, mode="phone", findings=[aunt], note="Still in Kampot")
    # What was entered late of a day before it was not known when the alert was raised.
    late = await visited(world, household.id, -3, mode="phone", note="She wanted to go to town")
    withdrawn = await visited(world, household.id, 91, mode="phone", findings=[aunt], note="Next door")
    supervisor = await world.person("supervisor@KPT")
    async with world.client(supervisor) as client:
        taken = await client.post(f"/visits/{withdrawn}/withdrawal", json={"reason": "Next door"})
        assert taken.status_code == 200, taken.text
        listed = (await client.get(f"/alerts/{alert}/learnt")).json()["items"]
    assert [one["id"] for one in listed] == [last, shut, same_day, late]
    for who in ("supervisor@KPT", "caseworker@KPT", "focal_point@KPT", "monitor@KPT"):
        async with world.browser(await world.person(who)) as browser:
            html = (await browser.get(f"/alerts/{alert}")).text
        happened = html.split('id="happened"')[1]
        found = re.findall(r'href="/visits/([^"]+)"', happened)
        raised = next(one for one in found if one not in {last, shut, same_day, late})
        assert found == [last, shut, same_day, raised, late], who
        for word in (
            "Still in Kampot",
            "In Kampot, at her aunt",
            "heard of Thailand",
            "wanted to go to town",
        ):
            assert happened.count(word) == 1, (who, word)
        assert seen(html).count("With relatives") == 2
    for stranger in ("trainer@KPT", "supervisor@KMP"):
        async with world.client(await world.person(stranger)) as client:
            assert (await client.get(f"/alerts/{alert}/learnt")).status_code in {403, 404}

    async with world.browser(await monitor(world)) as browser:
        for visit in (last, shut, same_day, late):
            told = seen((await browser.get(f"/visits/{visit}?done=recorded")).text)
            assert "is being looked for. What was written here stands on the page of the search." in told
        for visit in (of_another, withdrawn, raised):
            assert "being looked for" not in seen((await browser.get(f"/visits/{visit}")).text)
        board = seen((await browser.get("/silence")).text)
        assert re.search(r"Last said to be: With relatives \w+ 13 May", board), board

    await visited(world, household.id, 95, findings=[education(bopha)], present=[str(bopha)])
    later = await visited(world, household.id, 96, mode="phone", findings=[education(bopha)])
    async with world.browser(supervisor) as browser:
        assert later not in (await browser.get(f"/alerts/{alert}")).text, "after it closed"
        assert "being looked for" not in seen((await browser.get(f"/visits/{later}")).text)
        assert "Last said to be" not in seen((await browser.get("/silence")).text)


async def test_the_hours_of_a_child_out_of_school_stand_at_the_alert(world: World) -> None:
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[education(piseth, "none")])
    alert = await alert_of(world, piseth)
    works = {"member_id": str(piseth), "details": WORKS}
    visit = await visited(
        world, household.id, 40, findings=[education(piseth, "none"), works], present=[str(piseth)]
    )
    async with world.browser(await monitor(world)) as browser:
        happened = seen((await browser.get(f"/alerts/{alert}")).text).split("What happened")[1]
        assert "40 hours of work" in happened
        assert happened.index("40 hours of work") < happened.index("out of school")
        told = seen((await browser.get(f"/visits/{visit}")).text)
    assert "(out of school) is open. What was written here stands on its page too." in told


async def test_records_that_contradict_each_other_are_named_where_the_alert_is_worked_on(
    world: World,
) -> None:
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[education(piseth, "none")])
    await recorded(world, household.id, who="supervisor@KPT", findings=[education(piseth)])
    alert = await alert_of(world, piseth)
    review = f"/reviews/{household.id}/{MONTH_1}"
    pages = (f"/alerts/{alert}", f"/households/{household.id}")
    for who, may in (("supervisor@KPT", True), ("caseworker@KPT", False), ("monitor@KPT", False)):
        async with world.browser(await world.person(who)) as browser:
            for path in pages:
                html = (await browser.get(path)).text
                assert "The records of this day contradict each other" in seen(html), (who, path)
                assert "A supervisor is to decide about them." in seen(html)
                assert (f'href="{review}"' in html) is may, (who, path)
    async with world.client(await world.person("supervisor@KPT")) as client:
        decision = {"decision": "kept_both", "note": "He went for the first hour"}
        of_day = {"household_id": str(household.id), "happened_on": MONTH_1.isoformat()}
        done = await client.post("/reviews", json=decision | of_day)
        assert done.status_code < 300, done.text
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        shown = seen((await browser.get(pages[0])).text)
        assert "A supervisor looked at them, and they stand." in shown
        assert "is to decide" not in shown
        assert "is to decide" not in seen((await browser.get(pages[1])).text)
