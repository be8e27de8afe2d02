"""Days away from school as they are recorded, kept and told on pages; what follows from them: test_attendance.py."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import msgspec
import pytest
from sqlalchemy import select

from livelihood.db import migrate
from livelihood.db.reader import Read
from livelihood.followups.reconcile import tick
from livelihood.observations.models import Observation
from livelihood.observations.queries import NOT_IN_EDUCATION
from livelihood.observations.rules import IN_EDUCATION, Education, in_education, presumed_gone
from tests.followups.stories import anchored, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_pages import rows_of
from tests.followups.test_roll_calls import line, pupils_of, roll, school_of
from tests.followups.test_visits import confirmed_on, education, recorded
from tests.support.families import member, members_of, registered
from tests.support.world import World


class Said(msgspec.Struct, frozen=True):
    details: Education


OUT_OF_SCHOOL = Read(select(Observation.details).where(NOT_IN_EDUCATION), Said)


@pytest.mark.parametrize(
    ("days", "at"),
    [
        ({"days_present": 18, "days_open": 20, "days_away": 15}, "days_away"),
        ({"days_open": 20}, "days_present"),
    ],
)
async def test_numbers_that_do_not_go_together_are_said_where_they_are_typed(
    world: World, days: dict[str, int], at: str
) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    told = education(bopha, learnt_from="teacher", **days)
    body = {"household_id": str(household.id), "happened_on": MONTH_1.isoformat(), "outcome": "met"}
    async with world.client(await monitor(world)) as client:
        refused = await client.post("/visits", json=body | {"findings": [told]})
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json()["errors"]] == [f"findings.0.details.{at}"]
        assert (await client.get("/alerts")).json()["items"] == []
    visit = (await recorded(world, household.id, findings=[education(bopha)]))["visit"]
    typed = {"learnt_from": "teacher"} | {name: str(number) for name, number in days.items()}
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        rows = rows_of(form)
        row = rows[str(bopha)]
        everybody = {f"people-{number}-member_id": whom for whom, number in rows.items()}
        of_her = everybody | {f"people-{row}-{name}": value for name, value in typed.items()}
        of_her[f"people-{row}-school"] = "in_school"
        refused = await browser.post("/visits/new", data=body | {"mode": "in_person"} | of_her)
        assert f'id="f-people-{row}-{at}-error"' in refused.text
        path = f"/visits/{visit['id']}/findings/{visit['findings'][0]['id']}"
        form = {"id": str(uuid4()), "school": "in_school", "reason": "The teacher said so"}
        refused = await browser.post(path, data=form | typed)
        assert refused.status_code == 422
        assert f'id="f-{at}-error"' in refused.text


async def test_a_record_keeps_what_policy_said_on_its_day(world: World) -> None:
    """Whatever was sent, and whatever policy says later; a correction is judged by the day it speaks of."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    later = MONTH_1 + timedelta(days=1)
    for day, value in ((later, 30), (later + timedelta(days=9), 12)):
        await world.owner_rows(
            "INSERT INTO policy_numbers (key, effective_from, value, source) VALUES "
            "('presumed_gone_days', $1, $2, 'The board')",
            day,
            value,
        )
    kept: list[Education] = []
    for today, day in ((MONTH_1, MONTH_1), (later, MONTH_1), (later, later)):
        world.clock = clock_on(today)
        told = education(people["Bopha"], learnt_from="teacher", days_away=22, gone_after=1)
        effect = await recorded(world, household.id, findings=[told], happened_on=day.isoformat())
        (finding,) = effect["visit"]["findings"]
        kept.append(msgspec.convert(finding["details"], Education))
    assert [(one.gone_after, presumed_gone(one)) for one in kept] == [(20, True), (20, True), (30, False)]
    plain = education(people["Piseth"], gone_after=1)
    await recorded(world, household.id, findings=[plain], happened_on=later.isoformat())
    (row,) = await world.owner_rows(
        "SELECT details FROM observations WHERE member_id = $1 AND visit_id IS NOT NULL", people["Piseth"]
    )
    assert "days_away" not in row["details"]
    assert "gone_after" not in row["details"]


async def test_a_presumed_drop_out_is_called_so_wherever_the_child_is_shown(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    bopha = people["Bopha"]
    world.clock = clock_on(MONTH_1)
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        row = rows_of(form)[str(bopha)]
        assert f'name="people-{row}-days_away"' in form
        made = await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "happened_on": MONTH_1.isoformat(),
                "outcome": "met",
                "mode": "in_person",
                f"people-{row}-member_id": str(bopha),
                f"people-{row}-school": "in_school",
                f"people-{row}-learnt_from": "teacher",
                f"people-{row}-days_away": "21",
                "nothing_learnt": f"{people['Piseth']} {household.id}",
            },
        )
        assert made.status_code == 303, made.text
        shown = (await browser.get(made.headers["Location"])).text
        assert "went to the caseworker: out of school." in shown
        for address in (made.headers["Location"], f"/visits/new?household={household.id}"):
            assert "Presumed drop-out" in (await browser.get(address)).text, address
        assert "21 school days away in a row without excuse" in shown
    # On the register still, and seen by nobody.
    assert await confirmed_on(world, bopha) is None
    caseworker = await world.person("caseworker@KPT")
    async with world.client(caseworker) as client:
        (alert,) = (await client.get("/alerts")).json()["items"]
        assert (alert["kind"], alert["reason"]) == ("out_of_school", "presumed_gone")
    async with world.browser(caseworker) as browser:
        page = (await browser.get(f"/alerts/{alert['id']}")).text
        assert page.count("Presumed drop-out") >= 2
        assert "No support plan yet" in page
        household_page = (await browser.get(f"/households/{household.id}")).text
        assert "Presumed drop-out: away without excuse" in household_page
    async with world.browser(await monitor(world)) as browser:
        (found,) = await world.owner_rows("SELECT id, visit_id FROM observations WHERE member_id = $1", bopha)
        form = (await browser.get(f"/visits/{found['visit_id']}/findings/{found['id']}")).text
        assert 'value="in_school" checked' in form
        assert 'value="21"' in form


@pytest.mark.parametrize(
    ("born_on", "hours", "alarms"),
    [("2009-06-01", "", True), ("2009-06-01", "20", False), ("2012-06-01", "20", True)],
)
async def test_the_visit_form_says_what_becomes_of_a_presumed_drop_out_and_so_it_does(
    world: World, born_on: str, hours: str, alarms: bool
) -> None:
    caseworker = await world.person("caseworker@KPT")
    dara = member("Dara", "1985-03-02", "head")
    household = await registered(world, caseworker, members=[dara, member("Bopha", born_on, "daughter")])
    await anchored(world, household.id)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/visits/new?household={household.id}")).text
        assert "was away for so long that a drop-out is presumed, becomes an alert" in form
        assert ("From 15 on, decent work or training counts like school" in form) is (born_on < "2010")
        row = rows_of(form)[str(bopha)]
        made = await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "happened_on": MONTH_1.isoformat(),
                "outcome": "met",
                "mode": "in_person",
                f"people-{row}-member_id": str(bopha),
                f"people-{row}-school": "in_school",
                f"people-{row}-learnt_from": "teacher",
                f"people-{row}-days_away": "21",
                f"people-{row}-economic_hours": hours,
                "nothing_learnt": str(household.id),
            },
        )
        assert made.status_code == 303, made.text
    found = await world.owner_rows("SELECT kind, reason FROM alerts")
    assert [tuple(one) for one in found] == ([("out_of_school", "presumed_gone")] if alarms else [])


async def test_a_roll_call_says_that_it_cannot_tell_what_youths_do_instead(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, 1)
    said = "From 15 on, not being on the register is no alert by itself"
    async with world.browser(await monitor(world)) as browser:
        assert said not in (await browser.get(f"/schools/{school}/roll-call?show=all")).text
        await world.owner_rows("UPDATE members SET born_on = '2009-06-01' WHERE id = $1", pupils["Piseth0"])
        assert said in (await browser.get(f"/schools/{school}/roll-call?show=all")).text
    async with world.client(await monitor(world)) as client:
        off = {"member_id": str(pupils["Piseth0"]), "register": "off"}
        made = await client.post("/roll-calls", json=roll(school, off))
        assert made.status_code == 201, made.text
        assert (await client.get("/alerts")).json()["items"] == []


async def test_a_line_of_a_roll_call_tells_of_days_in_a_row(world: World) -> None:
    school = await school_of(world)
    pupils = await pupils_of(world, school, 1)
    async with world.client(await monitor(world)) as client:
        made = await client.post(
            "/roll-calls",
            json=roll(
                school,
                line(pupils["Bopha0"], days_present=18, days_away=1),
                line(pupils["Piseth0"], days_away=3),
            ),
        )
        assert made.status_code == 201, made.text
        alerts = (await client.get("/alerts")).json()["items"]
        assert [(one["kind"], one["reason"], one["member_id"]) for one in alerts] == [
            ("at_risk", "days_in_a_row", str(pupils["Piseth0"]))
        ]
    async with world.browser(await monitor(world)) as browser:
        form = (await browser.get(f"/schools/{school}/roll-call?show=all")).text
        assert 'name="children-0-days_away"' in form


async def test_who_came_on_none_of_the_days_is_not_in_school_by_a_register(world: World) -> None:
    """On none of so many that a drop-out is presumed: an alert; on none of fewer: whoever was out of school still is."""
    school = await school_of(world)
    pupils = await pupils_of(world, school, 1)
    bopha, piseth = pupils["Bopha0"], pupils["Piseth0"]
    (family,) = await world.owner_rows("SELECT household_id AS id FROM members WHERE id = $1", piseth)
    await recorded(world, family["id"], findings=[education(piseth, "none")])
    lines = (line(bopha, days_present=0), line(piseth, days_present=0, days_away=0))
    for days_open in (19, 20):
        day = MONTH_1 + timedelta(days=days_open)
        world.clock = clock_on(day)
        body = roll(school, *lines, happened_on=day.isoformat(), days_open=days_open)
        async with world.client(await monitor(world)) as client:
            made = await client.post("/roll-calls", json=body)
            assert made.status_code == 201, made.text
            alerts = (await client.get("/alerts")).json()["items"]
            out = {one["member_id"]: one["reason"] for one in alerts if one["kind"] == "out_of_school"}
            gone = {str(bopha): "presumed_gone"} if days_open == 20 else {}
            assert out == {str(piseth): None} | gone
    (plans,) = await world.owner_rows("SELECT count(*) AS n FROM follow_ups WHERE anchor_kind = 'schooling'")
    assert plans["n"] == 0
    async with world.browser(await monitor(world)) as browser:
        page = (await browser.get(f"/visits/new?household={family['id']}")).text
    assert "Presumed drop-out" in page


async def test_whoever_came_on_none_of_the_days_stays_so_in_either_release(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    told = [
        education(people[name], learnt_from="teacher", days_present=0, days_open=days)
        for name, days in (("Bopha", 20), ("Piseth", 8))
    ]
    await recorded(world, household.id, findings=told)

    async def said() -> dict[str, dict[str, object]]:
        rows = await world.owner_rows(
            "SELECT member_id, details::text FROM observations WHERE visit_id IS NOT NULL"
        )
        found = {row["member_id"]: msgspec.json.decode(row["details"]) for row in rows}
        return {name: found[people[name]] for name in ("Bopha", "Piseth")}

    before = await said()
    assert before["Bopha"]["gone_after"] == 20
    url = world.server.url(database=world.name)
    await asyncio.to_thread(migrate.downgrade, url, "0036_longest")
    there = await said()
    assert (there["Bopha"]["days_away"], there["Bopha"]["gone_after"]) == (20, 20)
    assert not {"days_away", "gone_after"} & there["Piseth"].keys()
    # As the release before writes them.
    await world.owner_rows("UPDATE observations SET details = details - 'days_away' - 'gone_after'")
    await asyncio.to_thread(migrate.upgrade, url, "head")
    assert await said() == before
    await world.owner_rows("DELETE FROM alerts")
    assert await tick(world.worker, world.clock)
    alerts = await world.owner_rows("SELECT kind, member_id FROM alerts ORDER BY kind DESC")
    assert next(tuple(one) for one in alerts) == ("out_of_school", people["Bopha"])


async def test_whoever_is_looked_for_is_so_in_the_release_before_too(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    told = [
        education(people[name], learnt_from="teacher", days_away=days)
        for name, days in (("Bopha", 21), ("Piseth", 2))
    ]
    await recorded(world, household.id, findings=told)
    await world.owner_rows(
        "INSERT INTO policy_numbers (key, effective_from, value, source) VALUES "
        "('school_age_from', $1, 7, 'The board'), ('attendance_bar_percent', $1, 75, 'The board')",
        MONTH_1,
    )
    url = world.server.url(database=world.name)
    await asyncio.to_thread(migrate.downgrade, url, "0024_review_mends")
    rows = await world.owner_rows(
        "SELECT member_id, details::text FROM observations WHERE visit_id IS NOT NULL"
    )
    found = {row["member_id"]: msgspec.json.decode(row["details"]) for row in rows}
    assert [found[people[name]]["state"] for name in ("Bopha", "Piseth")] == ["none", "formal"]
    assert not any(name in said for said in found.values() for name in ("days_away", "gone_after"))
    numbers = {row["key"] for row in await world.owner_rows("SELECT key FROM policy_numbers")}
    assert "attendance_bar_percent" in numbers
    assert not numbers & {"school_age_from", "presumed_gone_days"}
    await asyncio.to_thread(migrate.upgrade, url, "head")
    await tick(world.worker, world.clock)
    (alert,) = await world.owner_rows("SELECT kind, member_id, closed_on FROM alerts")
    assert tuple(alert) == ("out_of_school", people["Bopha"], None)


async def test_the_database_finds_out_of_school_whom_the_rules_find_there(world: World) -> None:
    """A preview asks the database whom a plan of a return to school can touch, and the rules who is out of it."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    never: tuple[dict[str, int], ...] = tuple({"days_present": 0, "days_open": days} for days in (0, 19, 20))
    in_school = (
        {},
        *({"days_away": days} for days in (0, 19, 20, 21)),
        *never,
        {"days_present": 1, "days_open": 25},
        *(one | {"days_away": days} for one in never for days in (0, 20)),
    )
    told = [(state.value, said) for state in sorted(IN_EDUCATION) for said in in_school]
    for state, said in (*told, ("none", {}), ("unknown", {})):
        findings = [education(bopha, state, learnt_from="teacher", **said)]
        await recorded(world, household.id, mode="phone", met="caregiver", findings=findings)
    every = await world.owner_rows("SELECT details FROM observations")
    known = [msgspec.json.decode(row["details"], type=Education) for row in every]
    assert len(known) == len(told) + 2
    wanted = sorted(msgspec.json.encode(one) for one in known if in_education(one) is False)
    async with world.read(await monitor(world)) as reads:
        rows = await OUT_OF_SCHOOL.all(reads)
    assert sorted(msgspec.json.encode(row.details) for row in rows) == wanted


async def test_a_correction_that_says_the_same_days_changes_nothing_and_is_refused(world: World) -> None:
    """What policy said of them stands beside the record, and nobody who corrects it types it."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    told = education(bopha, learnt_from="teacher", days_away=4)
    visit = (await recorded(world, household.id, findings=[told]))["visit"]
    body = {"finding_id": visit["findings"][0]["id"], "reason": "The teacher said so"}
    async with world.client(await monitor(world)) as client:
        for days, status in ((4, 422), (5, 200)):
            said = body | {"details": told["details"] | {"days_away": days}}
            answer = await client.post(f"/visits/{visit['id']}/corrections", json=said)
            assert answer.status_code == status, answer.text
