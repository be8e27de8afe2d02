"""Whom somebody is to look for leaves no list by one caseworker's word: that such a child went is for a supervisor."""

from datetime import timedelta

import pytest

from tests.desk.test_today import seen
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_absences_late import BOARD, silent
from tests.followups.test_leaving import NOTE, cancelled, leaves
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
            assert 'value="died"' in html
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


async def test_of_who_died_anybody_says_it(world: World) -> None:
    household, bopha = await silent(world)
    died = await leaves(world, await world.person("caseworker@KPT"), household, bopha, because="died")
    assert died.status_code == 201, died.text


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
