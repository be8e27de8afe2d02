"""Who looks for a missing child logs whom they asked and what was answered; a monitor for the families they work."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor
from tests.followups.test_missing_on_route import gone, with_nothing_due
from tests.support.world import Person, World

SOUGHT_ON = date(2026, 2, 12)
STEP = {
    "step": "village_chief",
    "happened_on": SOUGHT_ON.isoformat(),
    "note": "He has not seen her since Sunday",
}


async def sought(world: World) -> tuple[Household, UUID]:
    """A child of a family of the monitor is missing."""
    family = await with_nothing_due(world)
    world.clock = clock_on(SOUGHT_ON)
    _child, alert = await gone(world, family)
    return family, alert


async def logs(world: World, person: Person, alert: UUID, **said: Any) -> httpx.Response:
    body = {name: value for name, value in (STEP | said).items() if value is not None}
    async with world.client(person) as client:
        return await client.post(f"/alerts/{alert}/steps", json=body)


async def another_monitor(world: World) -> Person:
    return await world.person("monitor@KPT", name="another")


async def test_a_monitor_logs_whom_they_asked_for_a_child_of_their_families(world: World) -> None:
    _family, alert = await sought(world)
    person, other = await monitor(world), await another_monitor(world)
    made = await logs(world, person, alert)
    assert made.status_code == 201, made.text
    assert [(one["step"], one["by"]) for one in made.json()["steps"]] == [("village_chief", "Monitor.Kpt")]
    refused = await logs(world, other, alert)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-your-search")
    for stranger, status in (("manager", 403), ("trainer@KPT", 404), ("monitor@KMP", 404)):
        assert (await logs(world, await world.person(stranger), alert)).status_code == status, stranger
    for colleague in ("caseworker@KPT", "supervisor@KPT", "focal_point@KPT"):
        assert (await logs(world, await world.person(colleague), alert, step="school")).status_code == 201

    address = f"/alerts/{alert}"
    for who, may in ((person, True), (other, False)):
        async with world.browser(who) as browser:
            html = (await browser.get(address)).text
            assert (f'action="{address}/steps"' in html) is may
            assert "He has not seen her since Sunday" in html
            assert "I have read it" not in html, "a monitor answers no alert"
    async with world.browser(person) as browser:
        for path in ("/", "/follow-ups"):
            assert f'href="{address}"' in (await browser.get(path)).text, path
        form = {"id": str(uuid4())} | STEP | {"step": "police"}
        unsaid = await browser.post(f"{address}/steps", data=form | {"note": " "})
        assert unsaid.status_code == 422
        assert "Write in a few words what they answered" in seen(unsaid.text)
        assert (await browser.post(f"{address}/steps", data=form)).status_code == 303
    assert await steps(world) == 5


async def steps(world: World) -> int:
    return len(await world.owner_rows("SELECT FROM alert_steps"))


async def test_whoever_covers_for_the_monitor_logs_for_their_families_as_long(world: World) -> None:
    _family, alert = await sought(world)
    other = await another_monitor(world)
    cover = {
        "office_id": 1,
        "staff_id": str((await monitor(world)).id),
        "by_id": str(other.id),
        "from_on": SOUGHT_ON.isoformat(),
        "until_on": (SOUGHT_ON + timedelta(days=3)).isoformat(),
    }
    async with world.client(await world.person("supervisor@KPT")) as client:
        made = await client.post("/cover", json=cover)
        assert made.status_code == 201, made.text
    for days, status in ((0, 201), (3, 201), (4, 403)):
        world.clock = clock_on(SOUGHT_ON + timedelta(days=days))
        assert (await logs(world, other, alert)).status_code == status, days


@pytest.mark.parametrize("who", ["monitor@KPT", "supervisor@KPT"])
async def test_what_was_answered_is_asked_for_also_where_nobody_knew_anything(world: World, who: str) -> None:
    _family, alert = await sought(world)
    person = await world.person(who)
    refused = await logs(
        world, person, alert, note=None, happened_on=(SOUGHT_ON - timedelta(days=1)).isoformat()
    )
    assert refused.status_code == 422
    assert {one["field"] for one in refused.json()["errors"]} == {"note", "happened_on"}
    assert await steps(world) == 0


async def test_a_closed_alert_offers_no_step(world: World) -> None:
    family, alert = await sought(world)
    found_on = SOUGHT_ON + timedelta(days=1)
    world.clock = clock_on(found_on)
    (child,) = await world.owner_rows("SELECT member_id FROM alerts WHERE id = $1", alert)
    seen_there = {"household_id": str(family.id), "happened_on": found_on.isoformat(), "outcome": "met"}
    async with world.client(await monitor(world)) as client:
        made = await client.post("/visits", json=seen_there | {"present": [str(child["member_id"])]})
        assert made.status_code == 201, made.text
    for who in ("monitor@KPT", "supervisor@KPT"):
        async with world.browser(await world.person(who)) as browser:
            html = (await browser.get(f"/alerts/{alert}")).text
            assert "Alert closed" in seen(html)
            assert "Log a step" not in html
