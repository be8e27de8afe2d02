"""What becomes of the lines of a printed sheet when the family goes elsewhere meanwhile, and of what needs more room."""

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest

from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_closing import closes
from tests.followups.test_correction_pages import hidden
from tests.followups.test_entry import NUMBER, filled, told, two_families
from tests.followups.test_handover import moves, staffed, supervisor
from tests.support.places import SVR
from tests.support.world import World


async def elsewhere(world: World, role: str, sheet_id: UUID) -> list[tuple[int, str, str, bool]]:
    async with world.client(await world.person(role)) as client:
        answer = await client.get(f"/sheets/{sheet_id}")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return []
    return [
        (one["line"], one["household_code"], one["office_en"], one["entered"])
        for one in answer.json()["elsewhere"]
    ]


@pytest.mark.parametrize("before", ["printed", "entered", "withdrawn"])
async def test_a_line_of_a_family_that_went_to_another_office_stays_and_names_the_office(
    world: World, before: str
) -> None:
    entered = before == "entered"
    await staffed(world)
    sheet_id, (first, second), people = await two_families(world)
    line = f"/sheets/{sheet_id}/lines/1"
    if before != "printed":
        async with world.client(await monitor(world)) as client:
            made = await client.post(line, json=told(people))
            assert made.status_code == 201
            if before == "withdrawn":
                visit_id = made.json()["visit"]["id"]
                gone = await client.post(f"/visits/{visit_id}/withdrawal", json={"reason": "Next door"})
                assert gone.status_code == 200, gone.text
    assert (await moves(world, await supervisor(world), first.id)).status_code == 201
    expected = [(1, first.code, "Kampot", entered)]
    for role in ("monitor@KPT", "supervisor@KPT", "caseworker@KPT"):
        assert await elsewhere(world, role, sheet_id) == expected
    assert await elsewhere(world, "manager", sheet_id) == [], "who is of both offices sees the line itself"
    for role in ("monitor@KMP", "supervisor@SVR"):
        async with world.read(await world.person(role)) as reads:
            rows = await reads.conn.fetch("SELECT * FROM app.lines_elsewhere(ARRAY[$1::uuid])", sheet_id)
            assert rows == [], "it answers for sheets of one's own office alone"
    async with world.browser(await monitor(world)) as browser:
        for path in (f"/sheets/{sheet_id}", f"/sheets/{sheet_id}/entry"):
            shown = seen((await browser.get(path)).text)
            assert f"{first.code}" in shown, path
            assert "With the office Kampot since Thu 12 Feb." in shown, path
            assert second.code in shown, path
            assert ("Tell that office what is written" in shown) is not entered
            assert "Sok" not in shown.split(second.code)[0].split(first.code)[1], "the code alone"
        listed = seen((await browser.get("/sheets")).text)
        assert ("1 is with another office now" in listed) is not entered
        # It was open on the screen while the family went.
        refused = await browser.post(line, data=filled(people), headers={"X-Line-Only": "true"})
        assert refused.status_code == 404
        assert 'id="line-1"' in refused.text
        assert "With the office Kampot" in refused.text
        # Home again, and on to a third office: each time it is where the office itself gave it.
    assert (
        await moves(world, await world.person("manager"), first.id, first.village_code)
    ).status_code == 201
    assert await elsewhere(world, "monitor@KPT", sheet_id) == []
    await world.person("caseworker@SVR")
    await world.person("monitor@SVR")
    assert (await moves(world, await supervisor(world), first.id, SVR)).status_code == 201
    assert await elsewhere(world, "monitor@KPT", sheet_id) == [(1, first.code, "Svay Rieng", entered)]


async def test_a_line_of_a_family_that_was_closed_stays_and_can_be_entered(world: World) -> None:
    sheet_id, (first, _second), people = await two_families(world)
    world.clock = clock_on(MONTH_1 + timedelta(days=60))
    assert (await closes(world, await supervisor(world), first, closed_on="2026-04-13")).status_code == 201
    async with world.browser(await monitor(world)) as browser:
        for path in (f"/sheets/{sheet_id}", f"/sheets/{sheet_id}/entry"):
            shown = seen((await browser.get(path)).text)
            assert first.code in shown
            assert "The household was closed on Mon 13 Apr." in shown, path
        done = await browser.post(f"/sheets/{sheet_id}/lines/1", data=filled(people))
        assert done.status_code == 303, done.text


async def test_the_full_form_enters_the_line_and_goes_on_with_the_next(world: World) -> None:
    sheet_id, (first, second), people = await two_families(world)
    entry = f"/sheets/{sheet_id}/entry"
    async with world.browser(await monitor(world)) as browser:
        assert f'href="{entry}"' in (await browser.get("/sheets/enter")).text, "what waits needs no number"
        page = (await browser.get(entry)).text
        action = f"/visits/on-line?household={first.id}&amp;sheet={sheet_id}&amp;line=1"
        assert f'formaction="{action}"' in page
        form = (await browser.post(action.replace("&amp;", "&"), data=filled(people))).text
        assert f"This is line 1 of the sheet {NUMBER}." in seen(form)
        assert f'href="{entry}#line-1"' in form
        body = filled(people) | {
            "household_id": str(first.id), "sheet": str(sheet_id), "line": "1", "mode": "in_person",
            "people-0-economic_hours": "3", "nothing_learnt": str(first.id),
        }  # fmt: skip
        refused = await browser.post("/visits/new", data=body | {"people-0-economic_hours": "999"})
        assert refused.status_code == 422
        assert f"This is line 1 of the sheet {NUMBER}." in seen(refused.text)
        wrong = await browser.post("/visits/new", data=body | {"line": "2"})
        assert "is of another household" in seen(wrong.text)
        assert await world.owner_rows("SELECT FROM visits") == []
        for _ in range(2):
            done = await browser.post("/visits/new", data=body)
            assert (done.status_code, done.headers.get("location")) == (303, f"{entry}#line-2"), done.text
        other = await browser.post("/visits/new", data=body | {"note": "Something else"})
        assert "Line 1 was entered already" in seen(other.text)
        assert "1 of 2 lines entered" in seen((await browser.get(entry)).text)
        again = await browser.post(f"/sheets/{sheet_id}/lines/1", data=filled(people))
        assert "Line 1 was entered already" in seen(again.text)
    (row,) = await world.owner_rows(
        "SELECT count(*) AS visits, (SELECT visit_id FROM sheet_lines WHERE line = 1) AS line, min(id::text) AS id "
        "FROM visits"
    )
    assert (row["visits"], str(row["line"])) == (1, row["id"])
    async with world.client(await monitor(world)) as client:
        sent = await client.post(
            f"/sheets/{sheet_id}/lines/2/visit",
            json={"household_id": str(second.id), "happened_on": MONTH_1.isoformat(), "outcome": "refused"},
        )
        assert sent.status_code == 201, sent.text
        lines = (await client.get(f"/sheets/{sheet_id}")).json()["lines"]
    assert [one["outcome"] for one in lines] == ["met", "refused"]
    async with world.browser(await monitor(world)) as browser:
        assert f'href="{entry}"' not in (await browser.get("/sheets/enter")).text


async def test_a_line_whose_visit_was_meant_for_another_family_is_entered_for_its_own(world: World) -> None:
    """A neighbour's answers were typed into the line, and their own form took them over."""
    sheet_id, (first, _second), people = await two_families(world)
    other, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    entry = f"/sheets/{sheet_id}/entry"
    gone = [{"member_id": str(people["Bopha"]), "school": "not_seen", "whereabouts": "away_alone"},
            {"member_id": str(people["Piseth"]), "school": "not_seen"}]  # fmt: skip
    async with world.client(await monitor(world)) as client:
        wrong = (await client.post(f"/sheets/{sheet_id}/lines/1", json=told(people, people=gone))).json()[
            "visit"
        ]["id"]
        (alert,) = (await client.get("/alerts")).json()["items"]
    async with world.client(await supervisor(world)) as client:
        taken = await client.post(f"/visits/{wrong}/withdrawal", json={"reason": "Next door"})
        assert taken.status_code == 200, taken.text
    async with world.browser(await monitor(world)) as browser:
        stale = re.findall(r'href="(/visits/new[^"]*replaces[^"]*)"', (await browser.get(entry)).text)
        of_page = re.findall(r'href="(/visits/new[^"]*)"', (await browser.get(f"/visits/{wrong}")).text)
        assert (len(stale), len(of_page)) == (1, 1)
        neighbours = (await browser.get(f"/visits/{wrong}/replace?code={other.code}")).headers["location"]
        form = (await browser.get(neighbours)).text
        there = {name: hidden(form, name) for name in ("id", "household_id", "replaces")}
        told_there = await browser.post(
            "/visits/new", data=there | {"happened_on": MONTH_1.isoformat(), "outcome": "refused"}
        )
        assert told_there.status_code == 303, told_there.text

        assert (await browser.get(unescape(stale[0]))).headers["location"] == f"{entry}#line-1"
        assert (await browser.get(unescape(of_page[0]))).headers["location"] == f"/visits/{wrong}"
        for page in (f"/sheets/{sheet_id}", entry):
            links = re.findall(
                r'href="(/visits/new[^"]*)"[^>]*>Record it again', (await browser.get(page)).text
            )
            assert [unescape(one) for one in links] == [
                f"/visits/new?household={first.id}&sheet={sheet_id}&line=1"
            ]
        form = (await browser.get(unescape(links[0]))).text
        assert hidden(form, "household_id") == str(first.id)
        assert f"This is line 1 of the sheet {NUMBER}." in seen(form)
        body = filled(people) | {name: hidden(form, name) for name in ("id", "household_id", "sheet", "line")}
        body["business-state"] = "operating"
        for _ in range(2):
            done = await browser.post("/visits/new", data=body)
            assert done.headers.get("location") == f"{entry}#line-2", done.text
        for page in (f"/sheets/{sheet_id}", entry):
            shown = seen((await browser.get(page)).text)
            assert "1 of 2" in shown
            assert "Record it again" not in shown
        about = seen((await browser.get(f"/alerts/{alert['id']}")).text)
        assert "The record that raised it was corrected or withdrawn." in about
        assert "Seen on" not in about
        assert f"/visits/{wrong}" in (await browser.get(f"/alerts/{alert['id']}")).text, (
            "what raised it stays to be read"
        )
        assert "Sok Bopha" not in seen((await browser.get("/alerts")).text), "she was found in school"
    (row,) = await world.owner_rows(
        "SELECT v.household_id, v.replaces FROM sheet_lines l JOIN visits v ON v.id = l.visit_id WHERE line = 1"
    )
    assert (row["household_id"], row["replaces"]) == (first.id, None)
