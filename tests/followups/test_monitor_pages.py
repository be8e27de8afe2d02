"""The supervisor's pages of monitors and of second looks, as a browser without JavaScript uses them."""

import re
from datetime import timedelta
from uuid import UUID

from livelihood.followups import service
from livelihood.followups.schemas_care import DrawIn
from tests.desk.office import Office, at_work
from tests.followups.stories import clock_on
from tests.followups.test_api import MONTH_1
from tests.followups.test_roll_calls import line, pupils_of, roll, school_of
from tests.followups.test_visits import recorded
from tests.support.world import World


async def a_visit_of_late(world: World, office: Office) -> None:
    """One that can be drawn for a second look."""
    await world.owner_rows(
        "INSERT INTO visits SELECT (jsonb_populate_record(v, jsonb_build_object('id', $2::uuid, 'happened_on', "
        "$3::date))).* FROM visits v WHERE id = $1",
        office.visit,
        UUID(int=7),
        world.clock.today() - timedelta(days=5),
    )


async def test_a_supervisor_covers_leave_hands_over_and_looks_again(world: World):
    office = await at_work(world)
    await a_visit_of_late(world, office)
    supervisor, monitor = await world.person("supervisor@KPT"), await world.person("monitor@KPT")
    other = await world.person("monitor@KPT", name="other")
    async with world.browser(supervisor) as browser:
        assert 'href="/monitors"' in (await browser.get("/")).text
        listed = (await browser.get("/monitors")).text
        assert f"/monitors/{monitor.id}?office=1#leave" in listed
        assert "1 visit this month" in listed
        assert ">Records to look at</a>" in listed
        assert "0 days" not in listed
        cover = f"/monitors/{monitor.id}/cover?office=1"
        leave = {"by_id": str(other.id), "from_on": "2026-04-10", "until_on": "2026-04-09"}
        wrong = await browser.post(cover, data=leave)
        assert wrong.status_code == 422
        assert "before the first day" in wrong.text
        assert 'value="2026-04-10"' in wrong.text
        made = await browser.post(cover, data=leave | {"until_on": "2026-04-20"}, follow_redirects=True)
        assert "Cover is set" in made.text
        assert "covered by" in made.text
        (row,) = await world.owner_rows("SELECT id FROM cover")
        ended = await browser.post(f"/monitors/covers/{row['id']}/end?office=1", follow_redirects=True)
        assert "The cover has ended" in ended.text
        assert "covered by" not in ended.text

        draw = {"office_id": "1", "monitor_id": str(monitor.id)}
        form = (await browser.get(f"/spot-checks?monitor={monitor.id}")).text
        (sent,) = re.findall(r'name="id" value="([^"]+)"', form)
        for _ in range(2):
            drawn = await browser.post("/spot-checks", data=draw | {"id": sent}, follow_redirects=True)
            assert "Visits are drawn" in drawn.text
        assert "1 visit still waits to be checked again" in drawn.text
        assert re.search(r"Sok Dara.*Mohar · Met", drawn.text, re.DOTALL)
        again = await browser.post("/spot-checks", data=draw)
        assert again.status_code == 409
        assert "has recorded no visit in person since" in again.text
        (check,) = await world.owner_rows("SELECT id FROM spot_checks")
        verdict = f"/spot-checks/{check['id']}/verdict?monitor={monitor.id}&office=1"
        silent = await browser.post(verdict, data={"verdict": "differs"})
        assert "Say what differs" in silent.text
        found = await browser.post(verdict, data={"verdict": "agrees"}, follow_redirects=True)
        assert "100% of the visits" in found.text
        assert "Correct or withdraw the visit" not in found.text

        hand = f"/monitors/{monitor.id}/households?office=1"
        assert (await browser.post(hand, data={"monitor_id": str(other.id)})).status_code == 422
        given = {"monitor_id": str(other.id), "household_ids": [str(office.followed.id)]}
        handed = await browser.post(hand, data=given, follow_redirects=True)
        assert "1 household changed hands" in handed.text
        (kept,) = await world.owner_rows(
            "SELECT monitor_id FROM households WHERE id = $1", office.followed.id
        )
        assert kept["monitor_id"] == other.id


async def test_a_re_check_that_differs_leads_to_where_the_visit_is_put_right(world: World):
    """Until it is withdrawn, and for whoever may."""
    await a_visit_of_late(world, await at_work(world))
    monitor, supervisor = await world.person("monitor@KPT"), await world.person("supervisor@KPT")
    page = f"/spot-checks?monitor={monitor.id}&office=1"
    async with world.browser(supervisor) as browser:
        drawn = await browser.post("/spot-checks", data={"office_id": "1", "monitor_id": str(monitor.id)})
        assert drawn.status_code == 303, drawn.text
        (check,) = await world.owner_rows("SELECT id, visit_id FROM spot_checks")
        said = {"verdict": "differs", "note": "The child was not there"}
        found = await browser.post(
            f"/spot-checks/{check['id']}/verdict?monitor={monitor.id}&office=1",
            data=said,
            follow_redirects=True,
        )
        link = f'<a href="/visits/{check["visit_id"]}">Correct or withdraw the visit'
        assert link in found.text
        visit = await browser.get(f"/visits/{check['visit_id']}")
        assert f"/visits/{check['visit_id']}/withdraw" in visit.text
        async with world.browser(await world.person("manager")) as reader:
            assert link not in (await reader.get(page)).text
        gone = await browser.post(
            f"/visits/{check['visit_id']}/withdraw", data={"reason": "Nobody was there"}
        )
        assert gone.status_code == 303, gone.text
        after = (await browser.get(page)).text
        assert link not in after
        assert "The visit was withdrawn." in after


async def test_where_nobody_could_take_households_over_the_page_says_why(world: World):
    await at_work(world)
    monitor = await world.person("monitor@KPT")
    await world.owner_rows("DELETE FROM staff_roles WHERE role = 'monitor' AND staff_id <> $1", monitor.id)
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        alone = (await browser.get(f"/monitors/{monitor.id}")).text
        assert "There is no other monitor in this office" in alone
        assert "For leave, set cover above" in alone
        assert "Hand over the ticked households" not in alone
        await world.person("monitor@KPT", name="other")
        together = (await browser.get(f"/monitors/{monitor.id}")).text
        assert "There is no other monitor in this office" not in together
        assert "Hand over the ticked households" in together


async def test_without_a_monitor_named_the_page_says_what_waits_and_whose_visits_can_be_drawn(world: World):
    office = await at_work(world)
    monitor = await world.person("monitor@KPT")
    theirs = f'href="/spot-checks?monitor={monitor.id}&amp;office=1"'
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        assert 'href="/spot-checks?office=1"' in (await browser.get("/monitors")).text
        html = (await browser.get("/spot-checks")).text
        assert "No re-check waits" in html
        assert html.count(theirs) == 1
    for verdict, waiting in ((None, 1), ("agrees", 0)):
        await world.owner_rows("DELETE FROM spot_checks")
        await world.owner_rows(
            "INSERT INTO spot_checks (id, household_id, office_id, visit_id, monitor_id, drawn_by, drawn_on,"
            " verdict, checked_on, checked_by) SELECT uuidv7(), household_id, office_id, id, $2, $3, $4, $5::text,"
            " CASE WHEN $5::text IS NULL THEN NULL ELSE $4::date END,"
            " CASE WHEN $5::text IS NULL THEN NULL ELSE $3::uuid END FROM visits WHERE id = $1",
            office.visit,
            monitor.id,
            (await world.person("supervisor@KPT")).id,
            world.clock.today(),
            verdict,
        )
        async with world.browser(await world.person("supervisor@KPT")) as browser:
            html = (await browser.get("/spot-checks")).text
            assert html.count(theirs) == 1 + waiting
            assert (office.followed.code in html) is bool(waiting)
        async with world.client(await world.person("manager")) as client:
            items = (await client.get("/spot-checks?office=1")).json()["items"]
            assert [one["visit_id"] for one in items] == [str(office.visit)] * waiting
            assert (await client.get("/spot-checks?office=2")).json()["items"] == []
    async with world.client(await world.person("supervisor@KMP")) as client:
        assert (await client.get("/spot-checks?office=1")).status_code == 403
    async with world.browser(await world.person("monitor@KPT")) as browser:
        assert (await browser.get("/spot-checks")).status_code == 403


async def test_only_those_who_answer_for_monitors_open_the_pages(world: World):
    monitor = await world.person("monitor@KPT")
    for person, status in ((monitor, 403), (await world.person("manager"), 200)):
        async with world.browser(person) as browser:
            assert (await browser.get("/monitors")).status_code == status
            assert (await browser.get(f"/monitors/{monitor.id}")).status_code == status
            assert (await browser.get(f"/spot-checks?monitor={monitor.id}")).status_code == status
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        assert (await browser.get("/monitors?office=2")).status_code == 403
    assert not await world.owner_rows("SELECT 1 FROM cover")


async def test_what_was_escalated_to_somebody_stands_on_their_today(world: World):
    office = await at_work(world)
    await world.owner_rows(
        "UPDATE followed_children SET unconfirmed_since = '2026-03-01', level = 'escalated_supervisor' "
        "WHERE household_id = $1",
        office.followed.id,
    )
    for role, shown in (("supervisor@KPT", True), ("manager", False), ("monitor@KPT", False)):
        async with world.browser(await world.person(role)) as browser:
            html = (await browser.get("/")).text
            assert ("Escalated to me" in html) is shown
            assert ("/silence?level=escalated_supervisor&amp;office=1" in html) is shown


async def test_only_who_was_met_counts_as_visited_and_is_looked_at_again(world: World):
    """Of one day: a roll call of two families, two closed doors, one call, and one visit that met the family."""
    school = await school_of(world)
    children = await pupils_of(world, school)
    rows = await world.owner_rows("SELECT id FROM households ORDER BY id")
    first, second = (row["id"] for row in rows)
    monitor, supervisor = await world.person("monitor@KPT"), await world.person("supervisor@KPT")
    async with world.client(monitor) as client:
        told = await client.post("/roll-calls", json=roll(school, *(line(one) for one in children.values())))
        assert told.status_code == 201, told.text
    for household in (first, second):
        await recorded(world, household, outcome="not_found", findings=[])
    world.clock = clock_on(MONTH_1, 11)
    await recorded(world, first, mode="phone", findings=[])
    met = await recorded(world, second, findings=[])
    async with world.client(supervisor) as client:
        (load,) = [
            one
            for one in (await client.get("/monitors", params={"office": 1})).json()["items"]
            if one["monitor_id"] == str(monitor.id)
        ]
    assert (load["visits"], load["roll_calls"], load["attempts"]) == (2, 1, 2)
    said = "2 visits this month · 1 roll call · 2 attempts that met nobody"
    async with world.browser(supervisor) as browser:
        for path in ("/monitors", "/spot-checks"):
            assert said in " ".join((await browser.get(path)).text.split()), path
    async with world.work(supervisor) as uow:
        await service.draw(uow, DrawIn(office_id=1, monitor_id=monitor.id), clock=world.clock)
    drawn = await world.owner_rows("SELECT visit_id FROM spot_checks")
    assert [str(row["visit_id"]) for row in drawn] == [met["visit"]["id"]]


async def test_a_roll_call_is_called_what_it_is(world: World):
    school = await school_of(world)
    children = await pupils_of(world, school, families=1)
    monitor, supervisor = await world.person("monitor@KPT"), await world.person("supervisor@KPT")
    async with world.client(monitor) as client:
        await client.post("/roll-calls", json=roll(school, *(line(one) for one in children.values())))
    (visit,) = await world.owner_rows("SELECT * FROM visits")
    # Drawn before only visits that met somebody were.
    await world.owner_rows(
        "INSERT INTO spot_checks (id, household_id, office_id, visit_id, monitor_id, drawn_by, drawn_on)"
        " VALUES (uuidv7(), $1, 1, $2, $3, $4, $5)",
        visit["household_id"], visit["id"], monitor.id, supervisor.id, visit["happened_on"],
    )  # fmt: skip
    async with world.browser(supervisor) as browser:
        for path in (
            f"/spot-checks?monitor={monitor.id}&office=1",
            f"/visits/{visit['id']}",
            f"/visits/{visit['id']}/withdraw",
            f"/reviews/{visit['household_id']}/{visit['happened_on']}",
        ):
            html = (await browser.get(path)).text
            assert "Read in the register" in html, path
            assert "Met the family" not in html, path
