"""Who counts as seen, from the pages and the API to the search for a missing child."""

import asyncio
import re
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from livelihood.db import migrate
from livelihood.followups.reconcile import tick
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import PAID, anchored, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_corrections import WHY
from tests.followups.test_reviews import whereabouts
from tests.followups.test_roll_calls import school_of
from tests.followups.test_visits import confirmed_on, education, recorded
from tests.support.families import members_of, registered
from tests.support.world import World

WEEK = timedelta(days=7)


async def searched(world: World) -> tuple[Household, dict[str, UUID]]:
    """A family one of whose children is looked for since the first month's check."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[whereabouts(people["Bopha"], "away_alone")])
    return household, people


async def search(world: World) -> list[tuple[date, date | None]]:
    found = await world.owner_rows(
        "SELECT opened_on, closed_on FROM alerts WHERE kind = 'missing_child' ORDER BY opened_at"
    )
    return [(one["opened_on"], one["closed_on"]) for one in found]


async def sent(
    world: World,
    household: Household,
    people: dict[str, UUID],
    day: date,
    mode: str = "in_person",
    **said: str,
) -> Any:
    """The form of a visit, filled for one child; of the others nothing was learnt."""
    world.clock = clock_on(day)
    form = {
        "household_id": str(household.id),
        "happened_on": day.isoformat(),
        "outcome": "met",
        "mode": mode,
        "met": "caregiver",
        "people-0-member_id": str(people["Bopha"]),
        "nothing_learnt": f"{people['Piseth']} {household.id}",
    }
    async with world.browser(await monitor(world)) as browser:
        return await browser.post(
            "/visits/new", data=form | {f"people-0-{key}": it for key, it in said.items()}
        )


@pytest.mark.parametrize(
    ("said", "is_seen"),
    [
        ({"school": "out_of_school", "whereabouts": "with_relatives"}, False),
        ({"school": "in_school"}, False),
        ({"school": "in_school", "learnt_from": "caregiver"}, False),
        ({"school": "in_school", "learnt_from": "child"}, True),
        ({"school": "in_school", "learnt_from": "teacher"}, False),
        ({"school": "in_school", "learnt_from": "teacher", "days_present": "12", "days_away": "0"}, True),
        ({"school": "out_of_school", "present": "true"}, True),
    ],
)
async def test_a_word_of_nobody_knows_whom_ends_no_search(
    world: World, said: dict[str, str], is_seen: bool
) -> None:
    household, people = await searched(world)
    page = await sent(world, household, people, MONTH_1 + WEEK, **said)
    assert page.status_code == 303, page.text
    assert await search(world) == [(MONTH_1, MONTH_1 + WEEK if is_seen else None)]
    assert await confirmed_on(world, people["Bopha"]) == (MONTH_1 + WEEK if is_seen else None)
    # Its check is answered all the same.
    settled = await world.owner_rows(
        "SELECT FROM follow_ups WHERE settled_on = $1 AND member_id = $2", MONTH_1 + WEEK, people["Bopha"]
    )
    assert settled


async def test_a_child_is_not_confirmed_by_the_very_visit_that_says_they_are_gone(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    page = await sent(world, household, people, MONTH_1, school="out_of_school", whereabouts="away_alone")
    assert page.status_code == 303, page.text
    assert await confirmed_on(world, people["Bopha"]) is None
    assert await search(world) == [(MONTH_1, None)]


async def test_the_form_says_what_makes_a_child_count_as_seen(world: World) -> None:
    household, _ = await paid_family(world)
    async with world.browser(await monitor(world)) as browser:
        page = await browser.get(f"/visits/new?household={household.id}")
    assert "counts as seen where you tick that you saw them, by a register or a teacher" in page.text


async def test_who_was_there_is_seen_whatever_else_was_found(world: World) -> None:
    """It ends the search and the pages name the visit; withdrawn, it confirms nobody, and the search goes on."""
    household, people = await searched(world)
    bopha = people["Bopha"]
    later = MONTH_1 + WEEK
    world.clock = clock_on(later)
    made = await recorded(world, household.id, happened_on=later.isoformat(), present=[str(bopha)])
    visit = f"/visits/{made['visit']['id']}"
    assert [one["kind"] for one in made["alerts_closed"]] == ["missing_child"]
    assert await search(world) == [(MONTH_1, later)]
    assert await confirmed_on(world, bopha) == later
    (alert,) = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'missing_child'")
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        assert visit in (await browser.get(f"/alerts/{alert['id']}")).text
        told = (await browser.get(f"/households/{household.id}")).text.split('id="happened"', 1)[1]
        assert "Who was there សុខ បុប្ផា" in seen("<main>" + told)
        assert f'<a href="{visit}">Alert closed</a>' in told
    async with world.client(await world.person("supervisor@KPT")) as client:
        assert (await client.post(f"{visit}/withdrawal", json={"reason": "Next door"})).status_code < 300
    assert await search(world) == [(MONTH_1, None)]
    assert await confirmed_on(world, bopha) is None


async def test_that_a_child_was_there_answers_a_home_check_and_nothing_is_asked(world: World) -> None:
    """A school check is another thing: there it is asked what was learnt of school."""
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker, risk="high", risk_reason="Told at intake")
    people = await members_of(world, household)
    await tick(world.worker, world.clock)
    due = await world.owner_rows(
        "SELECT opens_on, due_on FROM follow_ups WHERE purpose = 'home' ORDER BY due_on"
    )
    day = due[0]["due_on"]
    there = {"present": "true"}
    for mode, said, status in (("in_person", {}, 422), ("phone", there, 422), ("in_person", there, 303)):
        page = await sent(world, household, people, day, mode, **said)
        assert page.status_code == status, page.text
    (settled,) = await world.owner_rows(
        "SELECT member_id, settled, settled_on FROM follow_ups WHERE settled_on = $1", day
    )
    assert (settled["member_id"], settled["settled"]) == (people["Bopha"], "done")
    async with world.browser(await monitor(world)) as browser:
        shown = seen((await browser.get(page.headers["location"])).text)
    assert "1 check done." in shown
    await anchored(world, household.id, on=day)
    await tick(world.worker, world.clock)
    school = await world.owner_rows("SELECT due_on FROM follow_ups WHERE purpose = 'school' ORDER BY due_on")
    page = await sent(world, household, people, school[0]["due_on"], present="true")
    assert page.status_code == 422
    assert "Nothing is said of" in page.text


COUNTED = {"days_present": 12, "days_away": 0}


@pytest.mark.parametrize(
    ("said", "days_later", "is_seen"),
    [
        ({}, 7, False),
        ({"days_present": 12}, 7, False),
        ({"days_away": 0}, 7, False),
        ({"days_present": 12, "days_away": 6}, 7, False),
        ({"days_present": 0, "days_away": 0}, 7, False),
        (COUNTED, 0, False),
        (COUNTED, 1, True),
        (COUNTED, 7, True),
    ],
)
async def test_a_register_ends_a_search_only_where_it_says_that_the_child_was_there(
    world: World, said: dict[str, int], days_later: int, is_seen: bool
) -> None:
    """A name in it, or the numbers of last month, end neither the search nor, meanwhile, the silence."""
    _, people = await searched(world)
    school = await school_of(world, "Lotus")
    day = MONTH_1 + timedelta(days=days_later)
    world.clock = clock_on(day)
    line = {"member_id": str(people["Bopha"]), "register": "on"} | said
    body = {"school_id": str(school), "happened_on": day.isoformat(), "children": [line], "days_open": 20}
    async with world.browser(await monitor(world)) as browser:
        page = (await browser.get(f"/schools/{school}/roll-call?show=all")).text
    assert ("does not end the search for this child" in page) is (str(people["Bopha"]) in page)
    async with world.client(await monitor(world)) as client:
        made = await client.post("/roll-calls", json=body)
    assert made.status_code == 201, made.text
    assert await search(world) == [(MONTH_1, day if is_seen else None)]
    counted = day if is_seen or (said == COUNTED and days_later == 0) else None
    assert await confirmed_on(world, people["Bopha"]) == counted


@pytest.mark.parametrize(("said", "is_there"), [({}, False), ({"days_present": 18}, False), (COUNTED, True)])
@pytest.mark.parametrize("register_first", [True, False])
async def test_a_register_of_last_month_neither_ends_a_time_away_nor_refuses_it(
    world: World, said: dict[str, int], *, is_there: bool, register_first: bool
) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    school = await school_of(world, "Lotus")
    left, read, back = date(2026, 3, 2), date(2026, 3, 5), date(2026, 6, 8)
    line = {"member_id": str(bopha), "register": "on"} | said
    roll = {"school_id": str(school), "happened_on": read.isoformat(), "children": [line], "days_open": 20}
    gone = {
        "member_ids": [str(bopha)],
        "reason": "brick_kiln",
        "away_from": left.isoformat(),
        "away_until": back.isoformat(),
    }
    world.clock = clock_on(read)
    async with world.client(await monitor(world)) as client:
        answers: list[int] = []
        for name in ("roll", "gone") if register_first else ("gone", "roll"):
            path = "/roll-calls" if name == "roll" else f"/households/{household.id}/absences"
            made = await client.post(path, json=roll if name == "roll" else gone)
            answers.append(made.status_code)
    assert answers == [201, 422 if is_there and register_first else 201]
    # For the silence a register finds them all the same.
    assert await confirmed_on(world, bopha) == read
    checks = await world.owner_rows(
        "SELECT due_on FROM follow_ups WHERE member_id = $1 AND slot IN ('month_2', 'month_3')", bopha
    )
    assert {one["due_on"] >= back for one in checks} == {not is_there}
    async with world.browser(await monitor(world)) as browser:
        page = seen((await browser.get(f"/visits/new?household={household.id}")).text)
    assert ("away until" in page.lower()) is not is_there


async def test_a_visit_finds_nothing_later_than_it_happened(world: World) -> None:
    """One stale finding moved to today would end the silence, and a search, with nobody seen."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    said = education(bopha, learnt_from="register")
    visit = (await recorded(world, household.id, findings=[said], present=[str(bopha)]))["visit"]
    world.clock = clock_on(MONTH_1 + timedelta(days=90))
    body = {"finding_id": visit["findings"][0]["id"], "details": said["details"], "reason": WHY}
    async with world.client(await world.person("supervisor@KPT")) as client:
        for later in (1, 90):
            day = MONTH_1 + timedelta(days=later)
            refused = await client.post(
                f"/visits/{visit['id']}/corrections", json=body | {"happened_on": day.isoformat()}
            )
            (fault,) = refused.json()["errors"]
            assert (refused.status_code, fault["field"]) == (422, "happened_on")
            assert "is after the visit, which was on 12 Feb 2026" in fault["message"]
        assert await confirmed_on(world, bopha) == MONTH_1
        # Of an earlier day that they were there says nothing, and the register found them then.
        before = {"happened_on": (MONTH_1 - timedelta(days=1)).isoformat()}
        done = await client.post(f"/visits/{visit['id']}/corrections", json=body | before)
        assert done.status_code == 200, done.text
    assert await confirmed_on(world, bopha) == MONTH_1
    seen_on = await world.owner_rows("SELECT happened_on FROM observations ORDER BY recorded_at DESC LIMIT 1")
    assert seen_on[0]["happened_on"] == MONTH_1 - timedelta(days=1)


async def test_of_a_finding_once_moved_past_its_visit_a_correction_counts_for_the_visits_day(
    world: World,
) -> None:
    """As was possible once; the page asks for no day."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    visit = (await recorded(world, household.id, findings=[education(bopha, learnt_from="register")]))[
        "visit"
    ]
    finding = visit["findings"][0]["id"]
    await world.owner_rows(
        "UPDATE observations SET happened_on = $2 WHERE id = $1 RETURNING 1",
        UUID(finding),
        MONTH_1 + timedelta(days=9),
    )
    world.clock = clock_on(MONTH_1 + timedelta(days=10))
    body = {"finding_id": finding, "details": education(bopha)["details"], "reason": WHY}
    async with world.client(await monitor(world)) as client:
        done = await client.post(f"/visits/{visit['id']}/corrections", json=body)
    assert done.status_code == 200, done.text
    assert [one["after_on"] for one in done.json()["corrections"]] == [MONTH_1.isoformat()]


async def test_an_upgrade_judges_anew_who_was_seen(world: World) -> None:
    """Of the families alone for whom it may make a difference."""
    families = [(await paid_family(world))[0] for _ in range(5)]
    world.clock = clock_on(MONTH_1)
    by_register = {"learnt_from": "register"}
    for household, said, there in zip(
        families,
        [{}, by_register, by_register, by_register | {"days_away": 2}, {"learnt_from": "caregiver"}],
        [False, True, False, False, False],
        strict=True,
    ):
        bopha = (await members_of(world, household))["Bopha"]
        present = [str(bopha)] if there else []
        await recorded(world, household.id, findings=[education(bopha, **said)], present=present)
    await tick(world.worker, world.clock)
    url = world.server.url(database=world.name)
    await asyncio.to_thread(migrate.downgrade, url, "0036_longest")
    for step in (
        partial(migrate.downgrade, url, "0029_enter"),
        partial(migrate.upgrade, url, "0036_longest"),
    ):
        await world.owner_rows("DELETE FROM dirty RETURNING 1")
        await asyncio.to_thread(step)
        marked = await world.owner_rows("SELECT household_id FROM dirty WHERE cause = 'upgrade'")
        expected = {families[0].id, families[1].id, families[3].id}
        assert sorted(one["household_id"] for one in marked) == sorted(expected)


async def test_what_was_told_of_a_child_whom_nobody_saw_says_so_beside_never_confirmed(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]

    async def shown() -> list[tuple[str, str]]:
        """The chip's look and words, on the page of the family, and on the form of a visit to it."""
        chips: list[tuple[str, str]] = []
        async with world.browser(await world.person("supervisor@KPT")) as browser:
            for address in (f"/households/{household.id}", f"/visits/new?household={household.id}"):
                main = (await browser.get(address)).text.split("<main")[1]
                main = main.split('<h2 id="happened"')[0]
                found = re.findall(r'<span class="chip (\w+)"><svg.*?</svg>(In school[^<]*)<', main)
                chips += dict.fromkeys(found)
        return chips

    for day, told in ((household.intake_on, "told at intake"), (PAID, "told without a visit")):
        world.clock = clock_on(PAID)
        body = education(bopha, grade=4) | {"happened_on": day.isoformat()}
        async with world.client(await world.person("caseworker@KPT")) as client:
            made = await client.post(f"/households/{household.id}/observations", json=body)
        assert made.status_code == 201, made.text
        assert await shown() == [("neutral", f"In school, grade 4, {told}")] * 2
    async with world.browser(await world.person("supervisor@KPT")) as browser:
        page = (await browser.get(f"/households/{household.id}")).text
    happened = page.split('<h2 id="happened"')[1]
    assert re.findall(r'<span class="chip (\w+)"><svg.*?</svg>In school', happened) == ["neutral"] * 2
    for day, present in ((MONTH_1, []), (MONTH_1 + WEEK, [str(bopha)])):
        world.clock = clock_on(day)
        findings = [education(bopha, grade=4, learnt_from="caregiver")]
        await recorded(world, household.id, happened_on=day.isoformat(), findings=findings, present=present)
        known = (
            ("done", "In school, grade 4")
            if present
            else ("neutral", "In school, grade 4, told, child not seen")
        )
        assert await shown() == [known] * 2


async def test_a_trip_counts_the_children_who_were_there_and_no_grown_ups(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    there = [str(people[name]) for name in ("Dara", "Bopha")]
    await recorded(world, household.id, present=there, findings=[education(people["Piseth"])])
    async with world.client(await monitor(world)) as client:
        (listed,) = (await client.get("/trips")).json()["items"]
        trip = (await client.get(f"/trips/{MONTH_1}/{listed['place']}")).json()
    assert (trip["confirmed"], trip["visits"][0]["confirmed"]) == (1, [str(people["Bopha"])])


@pytest.mark.parametrize(
    ("more", "learnt_from", "is_seen"),
    [
        ({}, None, False),
        ({"mode": "phone"}, "caregiver", False),
        ({}, "child", True),
        ({"present": True}, None, True),
    ],
)
async def test_the_visit_says_whom_nobody_saw_and_the_strip_that_it_was_told(
    world: World, more: dict[str, Any], learnt_from: str | None, is_seen: bool
) -> None:
    """The check is done; as long as nobody saw the child, the silence goes on, and nothing is green."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    if more.pop("present", None):
        more["present"] = [str(bopha)]
    found = education(bopha, learnt_from=learnt_from)
    made = await recorded(world, household.id, findings=[found], **more)
    assert [one["slot"] for one in made["settled"]] == ["month_1"]
    assert made["unseen"] == ([] if is_seen else [str(bopha)])
    async with world.browser(await monitor(world)) as browser:
        page = seen((await browser.get(f"/visits/{made['visit']['id']}")).text)
        home = (await browser.get(f"/households/{household.id}")).text
    assert (
        "Nobody saw សុខ បុប្ផា (Sok Bopha). The check is done, and the silence goes on" in page
    ) is not is_seen
    assert ("seen in school at 1; in school as told, the child not seen, at –" in home) is is_seen
    assert ("seen in school at –; in school as told, the child not seen, at 1" in home) is not is_seen
    assert (home.count('<rect class="told"'), home.count('<rect class="in_school"')) == (
        (1, 2) if is_seen else (2, 1)
    ), "once in the legend"
    # Seen the next week: it is said no more.
    if not is_seen:
        later = MONTH_1 + WEEK
        world.clock = clock_on(later)
        await recorded(world, household.id, happened_on=later.isoformat(), present=[str(bopha)])
        async with world.client(await monitor(world)) as client:
            assert (await client.get(f"/visits/{made['visit']['id']}")).json()["unseen"] == []
