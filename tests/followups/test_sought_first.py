"""Whom somebody is to look for leaves no list by one caseworker's word: that such a child went is for a supervisor."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.desk.test_today import seen
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_absences_late import BOARD, silent
from tests.followups.test_closing import closes
from tests.followups.test_leaving import NOTE, cancelled, leaves
from tests.followups.test_reviews import whereabouts
from tests.followups.test_visits import MONTH_1, education, recorded
from tests.support.families import members_of
from tests.support.world import World


@pytest.mark.parametrize("because", ["moved", "other"])
async def test_that_a_silent_child_moved_is_for_a_supervisor_to_say(world: World, because: str) -> None:
    household, bopha = await silent(world)
    before = await world.owner_rows(BOARD, bopha)
    assert before[0]["unconfirmed_since"]
    caseworker = await world.person("caseworker@KPT")
    supervisor = await world.person("supervisor@KPT")
    refused = await leaves(world, caseworker, household, bopha, because=because, left_on="2026-01-13")
    assert (refused.status_code, refused.json()["code"]) == (403, "child-is-looked-for")
    assert "A supervisor says that such a child left" in refused.text
    assert await world.owner_rows(BOARD, bopha) == before
    assert await cancelled(world) == set()
    address = f"/households/{household.id}/members/{bopha}/leave"
    for who, may in ((caseworker, False), (supervisor, True)):
        async with world.browser(who) as browser:
            html = (await browser.get(address)).text
            assert ("A supervisor says that such a child left" in seen(html)) is not may
            assert ('value="moved"' in html) is may
            assert ('value="died"' in html) is may
            assert "Others will look for" not in seen(html)
            sent = await browser.post(
                address, data={"because": "moved", "left_on": "2026-01-13", "note": NOTE}
            )
            assert sent.status_code == (303 if may else 403)
    assert await cancelled(world) == {(bopha, "moved")}


async def test_so_it_is_while_any_alert_is_open_and_no_longer(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, findings=[education(bopha, "none")])
    caseworker = await world.person("caseworker@KPT")
    gone = {"left_on": MONTH_1.isoformat()}
    assert (await leaves(world, caseworker, household, bopha, **gone)).status_code == 403
    later = MONTH_1 + timedelta(days=1)
    world.clock = clock_on(later)
    await recorded(world, household.id, happened_on=later.isoformat(), findings=[education(bopha)])
    gone = {"left_on": later.isoformat()}
    assert (await leaves(world, caseworker, household, bopha, **gone)).status_code == 201


async def sought(world: World, why: str) -> tuple[Any, UUID, UUID | None]:
    """A family, a child of it who is looked for, and the alert."""
    if why == "silent":
        return *await silent(world), None
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    said = education(bopha, "none") if why == "out_of_school" else whereabouts(bopha, "away_alone")
    await recorded(world, household.id, findings=[said])
    (alert,) = await world.owner_rows("SELECT id FROM alerts WHERE closed_on IS NULL")
    return household, bopha, alert["id"]


TOLD = "SELECT s.username, o.path, o.counts::text FROM outbox o JOIN staff s ON s.id = o.staff_id ORDER BY 1"


@pytest.mark.parametrize("why", ["silent", "missing_child", "out_of_school"])
async def test_that_a_child_who_is_sought_died_is_for_a_supervisor_to_say_with_how_it_is_known(
    world: World, why: str
) -> None:
    household, bopha, alert = await sought(world, why)
    caseworker, supervisor = await world.person("caseworker@KPT"), await world.person("supervisor@KPT")
    for other in ("focal_point@KPT", "focal_point", "focal_point@KMP", "manager"):
        await world.person(other)
    await world.owner_rows("DELETE FROM outbox")
    died = {
        "because": "died",
        "left_on": world.clock.today().isoformat(),
        "note": "The commune chief wrote it down",
    }
    for may_not in (died, died | {"note": None}):
        refused = await leaves(world, caseworker, household, bopha, **may_not)
        assert (refused.status_code, refused.json()["code"]) == (403, "child-is-looked-for")
    unsaid = await leaves(world, supervisor, household, bopha, **died | {"note": None})
    assert (unsaid.status_code, [one["field"] for one in unsaid.json()["errors"]]) == (422, ["note"])
    assert await cancelled(world) == set()
    assert await world.owner_rows(TOLD) == []

    address = f"/households/{household.id}/members/{bopha}/leave"
    async with world.browser(caseworker) as browser:
        html = (await browser.get(address)).text
        assert "A supervisor says that such a child left or died" in seen(html)
        assert "<textarea" not in html
    async with world.browser(supervisor) as browser:
        assert "are told at once" in seen((await browser.get(address)).text)
        assert (await browser.post(address, data=died)).status_code == 303

    leads_to = f"/alerts/{alert}" if why == "missing_child" else f"/households/{household.id}"
    assert [tuple(one) for one in await world.owner_rows(TOLD)] == [
        (name, leads_to, "{}")
        for name in ("caseworker.kpt", "focal_point", "focal_point.kpt", "supervisor.kpt")
    ]
    if alert is None:
        return
    for who in ("focal_point@KPT", "supervisor@KPT", "caseworker@KPT"):
        async with world.browser(await world.person(who)) as browser:
            html = (await browser.get(f"/alerts/{alert}")).text
            assert "The child died. Recorded by Supervisor.Kpt on" in seen(html)
            assert seen(html).count("The commune chief wrote it down") == 2, (
                "at the head, and in what happened"
            )
            assert "Log a step" not in html
    async with world.client(supervisor) as client:
        ended = (await client.get(f"/alerts/{alert}/care")).json()["ended"]
    assert (ended["by"], ended["note"]) == ("Supervisor.Kpt", "The commune chief wrote it down")


async def test_of_who_is_not_sought_and_died_anybody_says_it_and_nobody_is_called(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(MONTH_1)
    await world.person("focal_point@KPT")
    caseworker = await world.person("caseworker@KPT")
    today = world.clock.today().isoformat()
    died = await leaves(world, caseworker, household, bopha, because="died", left_on=today, note=None)
    assert died.status_code == 201, died.text
    assert await world.owner_rows(TOLD) == []


async def test_an_alert_says_who_recorded_what_ended_it(world: World) -> None:
    household, bopha, alert = await sought(world, "out_of_school")
    supervisor = await world.person("supervisor@KPT")
    address = f"/alerts/{alert}"
    async with world.client(supervisor) as client:
        assert (await client.get(f"{address}/care")).json()["ended"] is None
        first = (await client.get(address)).json()["visit_id"]
        # The record that raised it was of another child; then it is raised anew, and a visit finds her in school.
        taken = await client.post(f"/visits/{first}/withdrawal", json={"reason": "It was her cousin"})
        assert taken.status_code == 200, taken.text
        ended = (await client.get(f"{address}/care")).json()["ended"]
        assert (ended["by"], ended["note"]) == ("Supervisor.Kpt", "It was her cousin")
    await recorded(world, household.id, findings=[education(bopha, "none")])
    (again,) = await world.owner_rows("SELECT id FROM alerts WHERE closed_on IS NULL")
    world.clock = clock_on(MONTH_1 + timedelta(days=1))
    later = {"happened_on": world.clock.today().isoformat()}
    await recorded(world, household.id, **later, findings=[education(bopha)], present=[str(bopha)])
    async with world.client(supervisor) as client:
        ended = (await client.get(f"/alerts/{again['id']}/care")).json()["ended"]
        assert (ended["by"], ended["note"]) == ("Monitor.Kpt", None)
    async with world.browser(supervisor) as browser:
        shown = seen((await browser.get(f"/alerts/{again['id']}")).text)
        assert "A later visit found the child in school. Recorded by Monitor.Kpt on" in shown


async def test_the_note_of_a_child_is_not_called_optional(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        for who, is_optional in (("Bopha", False), ("Dara", True)):
            address = f"/households/{household.id}/members/{people[who]}/leave"
            assert ("optional" in seen((await browser.get(address)).text)) is is_optional


async def test_that_a_family_of_a_silent_child_is_done_with_is_for_a_supervisor_to_say(world: World) -> None:
    household, bopha = await silent(world)
    before = await world.owner_rows(BOARD, bopha)
    caseworker = await world.person("caseworker@KPT")
    closing = {"because": "finished", "closed_on": world.clock.today().isoformat()}
    async with world.client(caseworker) as client:
        refused = await client.post(f"/households/{household.id}/close", json=closing)
        assert (refused.status_code, refused.json()["code"]) == (403, "child-is-looked-for")
    assert await world.owner_rows(BOARD, bopha) == before
    address = f"/households/{household.id}/close"
    for who, may in ((caseworker, False), (await world.person("supervisor@KPT"), True)):
        async with world.browser(who) as browser:
            html = seen((await browser.get(address)).text)
            assert ("A supervisor closes such a household" in html) is not may
            assert (await browser.post(address, data=closing)).status_code == (303 if may else 403)
    assert await world.owner_rows(BOARD, bopha) == []


@pytest.mark.parametrize("days", [0, 1])
async def test_it_goes_by_the_day_and_not_by_the_last_tick(world: World, days: int) -> None:
    """On the last day of the window anybody says it; on the next nobody but a supervisor, before any worker ran."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    caseworker, supervisor = await world.person("caseworker@KPT"), await world.person("supervisor@KPT")
    (row,) = await world.owner_rows(
        "SELECT min(closes_on) AS last FROM follow_ups WHERE member_id = $1 AND reminds", bopha
    )
    world.clock = clock_on(row["last"] + timedelta(days=days))
    address = f"/households/{household.id}/members/{bopha}/leave"
    closing = f"/households/{household.id}/close"
    for page, word in (
        (address, "A supervisor says that such a child left"),
        (closing, "A supervisor closes"),
    ):
        async with world.browser(caseworker) as browser:
            assert (word in seen((await browser.get(page)).text)) is bool(days)
    day = world.clock.today().isoformat()
    if days:
        assert (await closes(world, caseworker, household, closed_on=day)).status_code == 403
        refused = await leaves(world, caseworker, household, bopha, left_on=day)
        assert (refused.status_code, refused.json()["code"]) == (403, "child-is-looked-for")
        assert (await leaves(world, supervisor, household, bopha, left_on=day)).status_code == 201
    else:
        assert (await leaves(world, caseworker, household, bopha, left_on=day)).status_code == 201
