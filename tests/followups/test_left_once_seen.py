"""Nobody leaves, and no case is closed, before a day on which they were seen."""

from datetime import timedelta

import pytest

from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_leaving import GOING, caseworker, follow_ups, leaves
from tests.support.families import members_of
from tests.support.world import World


@pytest.mark.parametrize("what", ["leave", "close"])
@pytest.mark.parametrize("how", ["withdrawn", "corrected"])
async def test_nobody_left_before_they_were_seen(world: World, what: str, how: str):
    """A month too early in the field, and the checks of a child who is in school would be over without a word."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    # Of a child whom nobody has seen when it was due a supervisor says either.
    person = await world.person("supervisor@KPT")
    world.clock = clock_on(GOING)
    finding = {"kind": "education", "state": "formal", "learnt_from": "register"}
    body = {
        "household_id": str(household.id),
        "happened_on": GOING.isoformat(),
        "outcome": "met",
        "findings": [{"member_id": str(bopha), "details": finding}],
    }
    async with world.client(await monitor(world)) as client:
        visit = (await client.post("/visits", json=body)).json()["visit"]
    day = "left_on" if what == "leave" else "closed_on"
    address = f"/households/{household.id}" + (f"/members/{bopha}/leave" if what == "leave" else "/close")
    early = (GOING - timedelta(days=1)).isoformat()
    said = {day: early, "because": "died" if what == "leave" else "finished", "note": "Her aunt says so"}
    before = await follow_ups(world)
    async with world.client(person) as client:
        refused = await client.post(address, json=said)
    assert refused.status_code == 422, refused.text
    (fault,) = refused.json()["errors"]
    assert fault["field"] == day
    assert "Bopha" in fault["message"]
    assert "was seen on 23 Feb 2026. Write that day or a later one" in fault["message"]
    async with world.browser(person) as browser:
        shown = seen((await browser.post(address, data=said)).text)
    assert "was seen on" in shown
    assert await follow_ups(world) == before
    async with world.client(await world.person("supervisor@KPT")) as client:
        if how == "withdrawn":
            mended = await client.post(f"/visits/{visit['id']}/withdrawal", json={"reason": "Next door"})
        else:
            unknown = {"kind": "education", "state": "unknown"}
            mended = await client.post(
                f"/visits/{visit['id']}/corrections",
                json={"finding_id": visit["findings"][0]["id"], "details": unknown, "reason": "Next door"},
            )
    assert mended.status_code < 300, mended.text
    async with world.client(person) as client:
        accepted = await client.post(address, json=said)
    assert accepted.status_code == 201, accepted.text


@pytest.mark.parametrize("because", ["died", "moved", "finished"])
async def test_who_was_there_had_not_gone_though_nothing_was_found_of_them(world: World, because: str):
    """Of the day itself it may be said, and of any day once the visit is withdrawn."""
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    person = await (caseworker(world) if because != "finished" else world.person("supervisor@KPT"))
    world.clock = clock_on(GOING)
    body = {
        "household_id": str(household.id),
        "happened_on": GOING.isoformat(),
        "outcome": "met",
        "present": [str(bopha)],
    }
    async with world.client(await monitor(world)) as client:
        visit = (await client.post("/visits", json=body)).json()["visit"]
    closes = because == "finished"
    day, way = ("closed_on", "/close") if closes else ("left_on", f"/members/{bopha}/leave")
    address, early = f"/households/{household.id}{way}", (GOING - timedelta(days=1)).isoformat()
    said = {day: early, "because": because, "note": "With an aunt, behind the pagoda"}
    before = await follow_ups(world)
    async with world.client(person) as client:
        refused = await client.post(address, json=said)
    assert refused.status_code == 422, refused.text
    ((field, message),) = [(one["field"], one["message"]) for one in refused.json()["errors"]]
    assert field == day
    assert "Bopha) was seen on 23 Feb 2026. Write that day or a later one" in message
    assert await follow_ups(world) == before
    if because == "moved":
        async with world.client(await world.person("supervisor@KPT")) as client:
            mended = await client.post(f"/visits/{visit['id']}/withdrawal", json={"reason": "Next door"})
            assert mended.status_code < 300, mended.text
        # Of whom nobody knows now it is a supervisor's word.
        person = await world.person("supervisor@KPT")
    else:
        said |= {day: GOING.isoformat()}
    async with world.client(person) as client:
        accepted = await client.post(address, json=said)
    assert accepted.status_code == 201, accepted.text


async def test_of_the_day_itself_a_leaving_is_accepted(world: World):
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    world.clock = clock_on(GOING)
    body = {
        "household_id": str(household.id),
        "happened_on": GOING.isoformat(),
        "outcome": "met",
        "present": [str(bopha)],
        "findings": [{"member_id": str(bopha), "details": {"kind": "education", "state": "formal"}}],
    }
    async with world.client(await monitor(world)) as client:
        assert (await client.post("/visits", json=body)).status_code == 201
    answer = await leaves(world, await caseworker(world), household, bopha)
    assert answer.status_code == 201, answer.text


async def test_it_is_the_last_day_on_which_any_of_them_was_seen_that_counts(world: World):
    """However late each of the days was entered; of who leaves alone, nobody else's."""
    household, _ = await paid_family(world)
    people, person = await members_of(world, household), await caseworker(world)
    seen_on = {"Bopha": (GOING - timedelta(days=4), GOING - timedelta(days=9)), "Piseth": (GOING,)}
    world.clock = clock_on(GOING)
    for name, days in seen_on.items():
        for day in days:
            body = {"household_id": str(household.id), "happened_on": day.isoformat(), "outcome": "met"}
            at_school = {"kind": "education", "state": "formal", "learnt_from": "register"}
            findings = [{"member_id": str(people[name]), "details": at_school}]
            async with world.client(await monitor(world)) as client:
                made = await client.post("/visits", json=body | {"findings": findings})
                assert made.status_code == 201, made.text
    last, day_before = max(seen_on["Bopha"]), timedelta(days=1)
    left = f"/households/{household.id}/members/{people['Bopha']}/leave"
    for address, field, because, day in (
        (left, "left_on", "died", last),
        (f"/households/{household.id}/close", "closed_on", "finished", GOING),
    ):
        for said, status in ((day - day_before, 422), (day, 201)):
            async with world.client(person) as client:
                answer = await client.post(address, json={field: said.isoformat(), "because": because})
            assert answer.status_code == status, answer.text
