"""Sheets that come back from the field, entered line by line."""

import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from livelihood.followups import service
from livelihood.followups.models import Sheet, SheetLine
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import AnchorKind
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_visits import recorded
from tests.support.families import members_of
from tests.support.world import World

NUMBER = "KPT-2026-0042"


async def sheet_of(world: World, families: list[Household], day: date = MONTH_1) -> UUID:
    """A sheet with a line for each family, both of its children to be checked."""
    caseworker = await world.person("caseworker@KPT")
    sheet = Sheet(
        id=uuid4(), office_id=1, number=NUMBER, day=day, made_by=caseworker.id, made_at=clock_on(day).now()
    )
    async with world.work(caseworker) as uow:
        uow.session.add(sheet)
        await uow.session.flush()
        for number, family in enumerate(families, start=1):
            people = await members_of(world, family)
            uow.session.add(
                SheetLine(
                    sheet_id=sheet.id,
                    line=number,
                    household_id=family.id,
                    office_id=1,
                    member_ids=[people["Bopha"], people["Piseth"]],
                )
            )
    return sheet.id


async def two_families(world: World) -> tuple[UUID, list[Household], dict[str, UUID]]:
    families = [(await paid_family(world))[0] for _ in range(2)]
    sheet_id = await sheet_of(world, families)
    world.clock = clock_on(MONTH_1)
    return sheet_id, families, await members_of(world, families[0])


def told(family: dict[str, UUID], **changes: object) -> dict[str, object]:
    return {
        "happened_on": MONTH_1.isoformat(),
        "outcome": "met",
        "people": [
            {
                "member_id": str(family["Bopha"]),
                "school": "in_school",
                "grade": 5,
                "days_present": 18,
                "days_open": 20,
            },
            {"member_id": str(family["Piseth"]), "school": "not_seen", "days_open": 20},
        ],
    } | changes


def filled(family: dict[str, UUID], **changes: str) -> dict[str, str]:
    return {
        "happened_on": MONTH_1.isoformat(),
        "outcome": "met",
        "people-0-member_id": str(family["Bopha"]),
        "people-0-school": "in_school",
        "people-0-grade": "5",
        "people-1-member_id": str(family["Piseth"]),
        "people-1-school": "out_of_school",
        "people-1-days_open": "20",
    } | changes


def faults(answer: httpx.Response) -> set[str]:
    return {one["field"] for one in answer.json()["errors"]}


async def test_a_line_becomes_a_visit_and_entering_it_twice_changes_nothing(world: World) -> None:
    sheet_id, _, people = await two_families(world)
    async with world.client(await monitor(world)) as api:
        path = f"/sheets/{sheet_id}/lines/1"
        made = await api.post(path, json=told(people))
        assert made.status_code == 201, made.text
        visit = made.json()["visit"]
        assert [one["details"]["days_present"] for one in visit["findings"]] == [18]
        assert [one["slot"] for one in made.json()["settled"]] == ["month_1"]
        again = await api.post(path, json=told(people))
        assert again.json()["visit"]["id"] == visit["id"]
        other = await api.post(path, json=told(people, outcome="refused", people=[]))
        assert other.status_code == 409
        assert "Line 1 was entered already" in other.json()["detail"]
    rows = await world.owner_rows("SELECT visit_id FROM sheet_lines ORDER BY line")
    assert [row["visit_id"] and str(row["visit_id"]) for row in rows] == [visit["id"], None]
    (row,) = await world.owner_rows("SELECT count(*) FROM visits")
    assert row[0] == 1


async def test_a_line_says_that_the_family_was_recorded_on_its_day_already(world: World) -> None:
    """As the full form of the same line does; of another day only once the line is of that day."""
    sheet_id, (ours, _), people = await two_families(world)
    before = MONTH_1 - timedelta(days=2)
    for day, outcome in ((MONTH_1, "not_found"), (before, "refused")):
        await recorded(world, ours.id, happened_on=day.isoformat(), outcome=outcome)
    async with world.browser(await monitor(world)) as browser:
        first, second = (await browser.get(f"/sheets/{sheet_id}/entry")).text.split('id="line-2"')[:2]
        assert "This family was recorded on" not in second
        told_of = dict(re.findall(r'data-recorded-on="([-0-9]+)"( hidden)?>', first))
        assert told_of == {before.isoformat(): " hidden", MONTH_1.isoformat(): ""}
        assert re.search(r"The record of Monitor.Kpt: Nobody was there", seen(first))
        # Refused on a day of their choice, it warns of that one.
        wrong = filled(people, happened_on=before.isoformat(), **{"people-0-grade": "99"})
        refused = await browser.post(f"/sheets/{sheet_id}/lines/1", data=wrong)
        assert refused.status_code == 422
        told_of = dict(re.findall(r'data-recorded-on="([-0-9]+)"( hidden)?>', refused.text))
        assert told_of == {before.isoformat(): "", MONTH_1.isoformat(): " hidden"}
        assert (await browser.post(f"/sheets/{sheet_id}/lines/1", data=filled(people))).status_code == 303
        entered = (await browser.get(f"/sheets/{sheet_id}/entry")).text
        assert "data-recorded-on" not in entered


async def test_a_line_whose_visit_was_withdrawn_says_so_and_is_recorded_again(world: World) -> None:
    sheet_id, _, people = await two_families(world)
    async with world.client(await monitor(world)) as api:
        made = await api.post(f"/sheets/{sheet_id}/lines/1", json=told(people))
        await api.post(f"/visits/{made.json()['visit']['id']}/withdrawal", json={"reason": "Another family"})
        lines = (await api.get(f"/sheets/{sheet_id}")).json()["lines"]
        assert [one["withdrawn"] for one in lines] == [True, False]
        assert [one["entered"] for one in (await api.get("/sheets")).json()["items"]] == [0]
        again = await api.post(f"/sheets/{sheet_id}/lines/1", json=told(people))
        assert (again.status_code, again.json()["code"]) == (409, "line-withdrawn")
        assert "Record it again" in again.json()["detail"]
    async with world.browser(await monitor(world)) as browser:
        for page in (f"/sheets/{sheet_id}", f"/sheets/{sheet_id}/entry"):
            shown = (await browser.get(page)).text
            assert "withdrawn" in shown
            assert f"replaces={made.json()['visit']['id']}" in shown
            assert "0 of 2" in shown
            (href,) = re.findall(r'href="(/visits/new[^"]*replaces=[^"]*)"', shown)
        form = (await browser.get(unescape(href))).text
        assert f"This is line 1 of the sheet {NUMBER}." in seen(form)
        assert f'href="/sheets/{sheet_id}/entry#line-1"' in form
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)"[^>]* value="([^"]*)"', form))
        sent = filled(people) | {
            name: hidden[name] for name in ("id", "household_id", "replaces", "sheet", "line")
        }
        sent["nothing_learnt"] = hidden["household_id"]  # of the business
        for _ in range(2):
            done = await browser.post("/visits/new", data=sent)
            assert done.headers.get("location") == f"/sheets/{sheet_id}/entry#line-2", done.text
        assert "1 of 2 lines entered" in seen((await browser.get(f"/sheets/{sheet_id}/entry")).text)
    (row,) = await world.owner_rows("SELECT visit_id FROM sheet_lines WHERE line = 1")
    (visit,) = await world.owner_rows("SELECT id, replaces FROM visits WHERE replaces IS NOT NULL")
    assert (row["visit_id"], str(visit["replaces"])) == (visit["id"], made.json()["visit"]["id"])


async def test_whoever_was_seen_is_noted_as_present_and_stays_so(world: World) -> None:
    sheet_id, families, people = await two_families(world)
    body: Any = told(people)
    body["people"][0]["present"] = True
    async with world.client(await monitor(world)) as api:
        made = (await api.post(f"/sheets/{sheet_id}/lines/1", json=body)).json()["visit"]
        assert made["present"] == [str(people["Bopha"])]
        lines = (await api.get(f"/sheets/{sheet_id}")).json()["lines"]
        assert [one["present"] for one in lines] == [[str(people["Bopha"])], []]
    others = await members_of(world, families[1])
    sent = filled(others, **{"people-0-present": "true", "people-1-present": "true"})
    async with world.browser(await monitor(world)) as browser:
        path = f"/sheets/{sheet_id}"
        assert "seen: Bopha" in (await browser.get(f"{path}/entry")).text
        gone = sent | {"people-1-school": "not_seen", "people-1-whereabouts": "away_alone"}
        refused = await browser.post(f"{path}/lines/2", data=gone)
        assert refused.status_code == 422
        assert 'id="line-2-people-1-whereabouts-error"' in refused.text
        kept = re.findall(r'<select id="line-2-people-\d-present".*?</select>', refused.text, re.DOTALL)
        assert [" selected" in one for one in kept] == [True, True]
        # What only the full form asks is said there, and what the line says stands in it.
        at = f"/visits/on-line?household={families[1].id}&sheet={sheet_id}&line=2"
        full = (await browser.post(at, data=gone)).text
        boxes = re.findall(r'<input[^>]*name="people-\d-present"[^>]*>', full)
        assert [" checked" in one for one in boxes] == [True, True]
        back = await browser.get(at)
        assert back.headers["Location"] == f"/visits/new?household={families[1].id}&sheet={sheet_id}&line=2"
        assert (await browser.post(f"{path}/lines/2", data=sent)).status_code == 303
        await browser.post(f"/visits/{made['id']}/withdrawal", data={"reason": "Another day"})
        again = f"/visits/new?household={families[0].id}&replaces={made['id']}&sheet={sheet_id}&line=1"
        boxes = re.findall(r'<input[^>]*name="people-\d-present"[^>]*>', (await browser.get(again)).text)
        assert sorted(" checked" in one for one in boxes) == [False, True]
    found = await world.owner_rows(
        "SELECT household_id, count(*) FROM visit_people GROUP BY household_id ORDER BY 2"
    )
    assert [tuple(row.values()) for row in found] == [(families[0].id, 1), (families[1].id, 2)]
    async with world.browser(await world.person("monitor@BTB")) as stranger:
        assert (await stranger.post(at, data=gone)).status_code == 404


async def test_a_graduate_is_asked_about_work_and_not_about_school(world: World) -> None:
    """Dara, who is grown up, completed a course; what the paper says of the work may stay open."""
    sheet_id, (first, second), people = await two_families(world)
    others = await members_of(world, second)
    for family, dara in ((first, people["Dara"]), (second, others["Dara"])):
        async with world.work(await world.person("caseworker@KPT")) as uow:
            await service.set_anchor(
                uow, kind=AnchorKind.COURSE, source_id=uuid4(), household_id=family.id,
                office_id=family.office_id, member_id=dara, on=PAID, clock=clock_on(PAID),
            )  # fmt: skip
    await tick(world.worker, world.clock)
    await world.owner_rows(
        "UPDATE sheet_lines SET member_ids = member_ids || $1::uuid WHERE line = 1", people["Dara"]
    )
    await world.owner_rows(
        "UPDATE sheet_lines SET member_ids = member_ids || $1::uuid WHERE line = 2", others["Dara"]
    )
    path = f"/sheets/{sheet_id}/lines/1"
    async with world.client(await monitor(world)) as api:
        forgotten = await api.post(path, json=told(people))
        (fault,) = forgotten.json()["errors"]
        assert "Say what work they have" in fault["message"]
        assert "child" not in fault["message"]
        body: Any = told(people)
        body["people"].append({"member_id": str(people["Dara"])})
        assert (await api.post(path, json=body)).status_code == 201
        body["people"][-1]["placement"] = "working_other"
        assert (await api.post(path, json=body)).status_code == 409, "nothing was said of the work"
    async with world.browser(await monitor(world)) as browser:
        page = (await browser.get(f"/sheets/{sheet_id}/entry")).text
        fields = set(re.findall(r'name="people-(\d)-(\w+)"', page.split('id="line-2"')[1]))
        (row,) = [row for row, name in fields if name == "placement"]
        assert {name for of, name in fields if of == row} == {"member_id", "present", "placement"}
        assert f'name="people-{row}-member_id" value="{others["Dara"]}"' in page
        sent = filled(others) | {"people-2-member_id": str(others["Dara"]), "people-2-placement": "studying"}
        at = f"/visits/on-line?household={second.id}&sheet={sheet_id}&line=2"
        form = (await browser.post(at, data=sent)).text
        assert "people-2-school" not in form
        assert 'value="studying" selected' in form
        assert (await browser.post(f"/sheets/{sheet_id}/lines/2", data=sent)).status_code == 303
    found = await world.owner_rows(
        "SELECT kind, details->>'state' AS state FROM observations WHERE member_id = any($1)",
        [people["Dara"], others["Dara"]],
    )
    assert [(row["kind"], row["state"]) for row in found] == [("placement", "studying")]


async def test_the_full_form_of_a_line_that_is_not_there_says_so_before_anything_is_typed(
    world: World,
) -> None:
    sheet_id, (first, second), people = await two_families(world)
    none = "There is no such line. Look at the number on the paper."
    of_another = "Line 2 of the sheet is of another household. Look at the number on the paper."
    of_first = f"household={first.id}"
    asked = [
        (f"{of_first}&sheet={sheet_id}&line=3", 404, none),
        (f"{of_first}&sheet={uuid4()}&line=1", 404, none),
        (f"{of_first}&sheet={sheet_id}&line=2", 422, of_another),
    ]
    async with world.browser(await monitor(world)) as browser:
        for address, status, sentence in asked:
            shown = await browser.get(f"/visits/new?{address}")
            assert (shown.status_code, sentence in seen(shown.text)) == (status, True), address
            sent = await browser.post(f"/visits/on-line?{address}", data=filled(people))
            assert (sent.status_code, sentence in seen(sent.text)) == (status, True), address
            assert "<form method" not in sent.text.split("<main")[1]
        for part in (f"sheet={sheet_id}", "line=1"):
            assert none in seen((await browser.get(f"/visits/new?{of_first}&{part}")).text), part
        # What was typed stays, and says what sending it again does.
        body = filled(people) | {
            "household_id": str(first.id), "sheet": str(sheet_id), "line": "3", "mode": "in_person",
            "nothing_learnt": str(first.id),
        }  # fmt: skip
        refused = await browser.post("/visits/new", data=body)
        assert (refused.status_code, none in seen(refused.text)) == (404, True)
        assert "no line of a sheet is entered" in seen(refused.text)
        assert await world.owner_rows("SELECT FROM visits") == []
    async with world.browser(await world.person("monitor@BTB")) as stranger:
        assert none not in (await stranger.get(f"/visits/new?household={second.id}&line=1")).text


async def test_a_day_before_the_sheet_was_printed_is_refused_with_the_way_out(world: World) -> None:
    sheet_id, families, people = await two_families(world)
    path = f"/sheets/{sheet_id}/lines/1"
    world.clock = clock_on(MONTH_1 + timedelta(days=3))
    day_before = {"happened_on": (MONTH_1 - timedelta(days=1)).isoformat()}
    in_full = {"household_id": str(families[0].id), "outcome": "refused"}
    async with world.client(await monitor(world)) as api:
        for refused in (
            await api.post(path, json=told(people, **day_before)),
            await api.post(f"{path}/visit", json=in_full | day_before),
        ):
            assert (refused.status_code, faults(refused)) == (422, {"happened_on"})
    async with world.browser(await monitor(world)) as browser:
        shown = await browser.post(path, data=filled(people, **day_before))
        assert shown.status_code == 422
        assert 'id="line-1-happened_on-error"' in shown.text
        assert "The sheet was printed on" in seen(shown.text)
        # On the day itself it is written, and what the family's own page tells of is no matter of paper.
        own = in_full | day_before | {"mode": "in_person"}
        assert (await browser.post("/visits/new", data=own)).status_code == 303
        assert (await browser.post(path, data=filled(people))).status_code == 303
    (row,) = await world.owner_rows("SELECT count(*) FROM visits")
    assert row[0] == 2


async def test_a_child_on_the_line_of_whom_nothing_is_said_is_asked_for(world: World) -> None:
    sheet_id, _, people = await two_families(world)
    path = f"/sheets/{sheet_id}/lines/1"
    body: Any = told(people)
    async with world.client(await monitor(world)) as api:
        for said, silent in (([], 2), (body["people"][:1], 1)):
            refused = await api.post(path, json=body | {"people": said})
            assert (refused.status_code, faults(refused)) == (422, {"people"})
            assert len(refused.json()["errors"]) == silent
        assert "Nothing is said of Sok Piseth" in refused.text
        assert (await api.post(path, json=body)).status_code == 201
        # Of a family that was not met nothing has to be said.
        other = {"happened_on": MONTH_1.isoformat(), "outcome": "not_found"}
        assert (await api.post(f"/sheets/{sheet_id}/lines/2", json=other)).status_code == 201


async def test_a_line_may_name_a_school_that_nobody_named_yet(world: World) -> None:
    sheet_id, _, people = await two_families(world)
    body: Any = told(people)
    path = f"/sheets/{sheet_id}/lines/1"
    async with world.client(await monitor(world)) as api:
        for row, village in ((0, "99999999"), (0, None)):
            body["people"][row] |= {"school_name": "Toul Primary", "school_village": village}
            answer = await api.post(path, json=body)
            if village:
                assert faults(answer) == {"people.0.school_village"}
        assert answer.status_code == 201, answer.text
        named = answer.json()["visit"]["findings"][0]["details"]["school_id"]
        assert (await api.post(path, json=body)).json()["visit"]["id"] == answer.json()["visit"]["id"]
    (school,) = await world.owner_rows("SELECT id, name_km FROM schools")
    assert (str(school["id"]), school["name_km"]) == (named, "Toul Primary")


async def test_a_refused_line_says_why_at_its_fields_and_leaves_the_others_saved(world: World) -> None:
    sheet_id, families, people = await two_families(world)
    async with world.browser(await monitor(world)) as browser:
        others = await members_of(world, families[1])
        saved = await browser.post(f"/sheets/{sheet_id}/lines/1", data=filled(people))
        assert saved.headers["Location"] == f"/sheets/{sheet_id}/entry#line-2"
        tomorrow = (MONTH_1 + timedelta(days=1)).isoformat()
        for part in ({}, {"X-Line-Only": "true"}):
            refused = await browser.post(
                f"/sheets/{sheet_id}/lines/2",
                data=filled(
                    others, happened_on=tomorrow, **{"people-0-grade": "9", "people-0-days_present": "7"}
                ),
                headers=part,
            )
            assert refused.status_code == 422
            assert 'id="line-2-happened_on-error"' in refused.text
            assert 'id="line-2-people-0-grade" name="people-0-grade" value="9"' in refused.text
            assert f'value="{tomorrow}"' in refused.text
            # The whole sheet without JavaScript, the one line with it.
            assert ("<html" in refused.text) == (not part)
            assert "1 of 2 lines entered" in refused.text
        refused = await browser.post(
            f"/sheets/{sheet_id}/lines/2",
            data=filled(others, **{"people-0-grade": "13", "people-1-school": ""}),
        )
        assert "13 is not between 1 and 12. Write a number in that range." in refused.text
        refused = await browser.post(
            f"/sheets/{sheet_id}/lines/2", data=filled(others, **{"people-1-school": ""})
        )
        assert 'id="line-2-people-1-school-error"' in refused.text
        (visits,) = await world.owner_rows("SELECT count(*) FROM visits")
        assert visits[0] == 1
        # Digits are typed as they are on the keyboard.
        done = await browser.post(
            f"/sheets/{sheet_id}/lines/2", data=filled(others, **{"people-0-grade": "៥"})
        )
        assert done.headers["Location"] == f"/sheets/{sheet_id}/entry"
        shown = (await browser.get(f"/sheets/{sheet_id}/entry")).text
        assert "2 of 2 lines entered" in shown
        assert "<form method" not in shown.partition("entry-lines")[2]


async def test_days_open_without_days_present_are_not_lost_in_silence(world: World) -> None:
    sheet_id, _, people = await two_families(world)
    async with world.client(await monitor(world)) as api:
        body: Any = told(people)
        del body["people"][0]["days_present"]
        refused = await api.post(f"/sheets/{sheet_id}/lines/1", json=body)
        assert (refused.status_code, faults(refused)) == (422, {"people.0.days_present"})
    async with world.browser(await monitor(world)) as browser:
        typed = filled(people, **{"people-0-days_open": "20"})
        refused = await browser.post(f"/sheets/{sheet_id}/lines/1", data=typed)
        assert refused.status_code == 422
        assert 'id="line-1-people-0-days_present-error"' in refused.text
        assert "The school was open on 20 days: write on how many of them the child was there" in seen(
            refused.text
        )


async def test_a_month_has_no_more_school_days_on_paper_either(world: World) -> None:
    sheet_id, _, people = await two_families(world)
    async with world.client(await monitor(world)) as api:
        body: Any = told(people)
        body["people"][0] |= {"days_present": 300, "days_open": 300}
        refused = await api.post(f"/sheets/{sheet_id}/lines/1", json=body)
    assert (refused.status_code, faults(refused)) == (422, {"people.0.days_open"})


async def test_somebody_of_another_family_is_not_entered_on_a_line(world: World) -> None:
    sheet_id, families, _ = await two_families(world)
    others = await members_of(world, families[1])
    async with world.client(await monitor(world)) as api:
        refused = await api.post(f"/sheets/{sheet_id}/lines/1", json=told(others))
        assert faults(refused) == {"people.0.member_id", "people.1.member_id"}
        assert (await api.post(f"/sheets/{sheet_id}/lines/3", json=told(others))).status_code == 404


async def test_a_sheet_is_found_by_its_number_and_by_nobody_of_another_office(world: World) -> None:
    sheet_id, _, people = await two_families(world)
    async with world.browser(await monitor(world)) as browser:
        for number in (NUMBER, "kpt-2026-0042", " KPT-២០២៦-០០៤២ "):
            found = await browser.get("/sheets/enter", params={"number": number})
            assert found.headers["Location"] == f"/sheets/{sheet_id}/entry"
        missing = await browser.get("/sheets/enter", params={"number": "KPT-2026-9999"})
        assert missing.status_code == 422
        assert 'value="KPT-2026-9999"' in missing.text
        assert 'href="/sheets/enter"' in (await browser.get("/follow-ups")).text
    async with world.browser(await world.person("monitor@BTB")) as browser:
        assert (await browser.get("/sheets/enter", params={"number": NUMBER})).status_code == 422
        assert (await browser.get(f"/sheets/{sheet_id}/entry")).status_code == 404
        posted = await browser.post(f"/sheets/{sheet_id}/lines/1", data=filled(people))
        assert posted.status_code == 404
    async with world.browser(await world.person("trainer@KPT")) as browser:
        assert (await browser.get(f"/sheets/{sheet_id}/entry")).status_code == 403
        posted = await browser.post(f"/sheets/{sheet_id}/lines/1", data=filled(people))
        assert posted.status_code == 403


async def test_all_that_the_paper_asks_arrives(world: World) -> None:
    sheet_id, families, people = await two_families(world)
    more = {
        "people-1-whereabouts": "unknown",
        "business": "paused",
        "note": "The uncle has not heard either.",
    }
    async with world.browser(await monitor(world)) as browser:
        shown = (await browser.get(f"/sheets/{sheet_id}/entry")).text
        assert all(f'name="{name}"' in shown for name in more)
        saved = await browser.post(f"/sheets/{sheet_id}/lines/1", data=filled(people) | more)
        assert saved.status_code == 303, saved.text
    found = await world.owner_rows(
        "SELECT details->>'state' AS state, note FROM visits JOIN observations ON visit_id = visits.id "
        "WHERE visits.household_id = $1 AND details->>'kind' IN ('business', 'whereabouts')",
        families[0].id,
    )
    assert sorted((row["state"], row["note"]) for row in found) == [
        ("paused", more["note"]),
        ("unknown", more["note"]),
    ]


@pytest.mark.parametrize("outcome", ["not_found", "moved", "refused", "no_access"])
async def test_what_a_neighbour_says_of_a_child_arrives_though_the_family_was_not_met(
    world: World, outcome: str
) -> None:
    sheet_id, _families, people = await two_families(world)
    sent = filled(people) | {"outcome": outcome, "people-0-whereabouts": "away_alone"}
    async with world.browser(await monitor(world)) as browser:
        saved = await browser.post(f"/sheets/{sheet_id}/lines/1", data=sent)
        assert saved.status_code == 303, saved.text
    (found,) = await world.owner_rows("SELECT member_id, details->>'state' AS state FROM observations")
    assert (found["member_id"], found["state"]) == (people["Bopha"], "away_alone"), "and nothing of school"
    alerts = await world.owner_rows("SELECT id, member_id, kind FROM alerts WHERE closed_on IS NULL")
    assert [tuple(one)[1:] for one in alerts] == [(people["Bopha"], "missing_child")]
    async with world.browser(await monitor(world)) as browser:
        shown = (await browser.get(f"/sheets/{sheet_id}/entry")).text
    # The saved line says so.
    _, of_first, of_second = re.split(r'id="line-[12]"', shown)
    assert f'href="/alerts/{alerts[0]["id"]}"' in of_first
    assert "went to the caseworker: missing child." in of_first
    assert "/alerts/" not in of_second.partition("</form>")[0]
