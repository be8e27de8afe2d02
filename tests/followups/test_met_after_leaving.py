"""Somebody who had left by the records, or whose family's case is closed, is met after all: what was seen counts, and a
supervisor says what becomes of it.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from livelihood.followups.rules.alerts import AlertClosed
from livelihood.followups.rules.facts import Because, Leaving
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.families import OUT, at, child, family, grant, plan, visit
from tests.followups.stories import PAID, clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_corrections import WHY
from tests.followups.test_visits import education
from tests.support.families import members_of
from tests.support.world import World

LEFT, MET = MONTH_1, MONTH_1 + timedelta(days=28)
DAY = MET.isoformat()


async def gone(world: World, because: str) -> tuple[Household, UUID]:
    """A child who left, or with the whole family: `closed`."""
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    world.clock = clock_on(LEFT)
    body = {"because": because, "left_on": LEFT.isoformat(), "note": "With the aunt in Kampot"}
    path = f"/households/{household.id}/members/{piseth}/leave"
    if because == "closed":
        body = {"because": "other", "closed_on": LEFT.isoformat(), "note": "They want no help"}
        path = f"/households/{household.id}/close"
    async with world.client(await world.person("supervisor@KPT")) as client:
        said = await client.post(path, json=body)
        assert said.status_code == 201, said.text
    world.clock = clock_on(MET)
    return household, piseth


async def met(world: World, household: Household, child_id: UUID) -> Any:
    """At home, by a monitor, who sees that he does not learn."""
    body = {
        "household_id": str(household.id),
        "happened_on": DAY,
        "outcome": "met",
        "mode": "in_person",
        "present": [str(child_id)],
        "findings": [education(child_id, "none", learnt_from="child")],
    }
    async with world.client(await monitor(world)) as client:
        made = await client.post("/visits", json=body)
        assert made.status_code == 201, made.text
        return made.json()


async def alerts(world: World) -> list[tuple[str, str | None]]:
    rows = await world.owner_rows("SELECT kind, closed_because FROM alerts")
    return [(one["kind"], one["closed_because"]) for one in rows]


async def settled(world: World, child_id: UUID) -> set[str]:
    rows = await world.owner_rows(
        "SELECT settled FROM follow_ups WHERE member_id = $1 AND settled_on = $2", child_id, MET
    )
    return {one["settled"] for one in rows}


async def waiting(world: World) -> list[int]:
    async with world.client(await world.person("supervisor@KPT")) as client:
        return [one["departed"] for one in (await client.get("/reviews")).json()["items"]]


@pytest.mark.parametrize(
    ("because", "says"),
    [
        ("moved", "Sok Piseth left on"),
        ("died", "check the name"),
        ("closed", "the case of this family was closed on"),
    ],
)
async def test_what_was_seen_of_somebody_who_had_left_counts_and_waits_for_a_supervisor(
    world: World, because: str, says: str
) -> None:
    household, piseth = await gone(world, because)
    made = await met(world, household, piseth)
    assert made["review"]["departed"] == 1
    assert await alerts(world) == [("out_of_school", None)]
    assert await settled(world, piseth) == set()
    assert await waiting(world) == [1]
    supervisor = await world.person("supervisor@KPT")
    review = f"/reviews/{household.id}/{DAY}"
    async with world.browser(await monitor(world)) as browser:
        told = seen((await browser.get(f"/visits/{made['visit']['id']}")).text)
        assert says in told
        assert "went to review" in told
    async with world.browser(supervisor) as browser:
        assert 'href="/reviews"' in (await browser.get("/")).text
        assert "met after they left" in (await browser.get("/reviews")).text
        assert "Somebody was met who had left" in seen(
            (await browser.get(f"/households/{household.id}")).text
        )
        page = (await browser.get(review)).text
    assert says in seen(page)
    (leaving,) = await world.owner_rows("SELECT id FROM leavings")
    assert f'href="/leavings/{leaving["id"]}/end"' in page
    assert ('value="kept_both"' in page) is (because != "died")
    # They never left: now the visit answers what was due that day.
    async with world.client(supervisor) as client:
        back = await client.post(
            f"/leavings/{leaving['id']}/end", json={"because": "mistake", "note": "Another child"}
        )
        assert back.status_code in {200, 201}, back.text
    assert await waiting(world) == []
    assert await settled(world, piseth) == {"done"}
    assert await alerts(world) == [("out_of_school", None)]


@pytest.mark.parametrize("because", ["moved", "died", "closed"])
async def test_a_supervisor_keeps_or_withdraws_such_a_record(world: World, because: str) -> None:
    household, piseth = await gone(world, because)
    made = await met(world, household, piseth)
    body = {"household_id": str(household.id), "happened_on": DAY, "note": WHY}
    async with world.client(await world.person("supervisor@KPT")) as client:
        refused = await client.post("/reviews", json=body | {"decision": "corrected"})
        assert [one["field"] for one in refused.json()["errors"]] == ["decision"]
        # Who lives elsewhere may be met here; who died may not.
        kept = await client.post("/reviews", json=body | {"decision": "kept_both"})
        assert kept.status_code == (422 if because == "died" else 201), kept.text
        assert await waiting(world) == ([1] if because == "died" else [])
        assert await alerts(world) == [("out_of_school", None)]
        assert await settled(world, piseth) == set()
        path = f"/visits/{made['visit']['id']}/withdrawal"
        assert (await client.post(path, json={"reason": "Next door"})).status_code < 300
    assert await waiting(world) == []
    assert await alerts(world) == [("out_of_school", "corrected")]


@pytest.mark.parametrize("because", ["moved", "died", "closed"])
async def test_the_form_has_a_place_for_whoever_left(world: World, because: str) -> None:
    household, piseth = await gone(world, because)
    async with world.browser(await monitor(world)) as browser:
        path = f"/visits/new?household={household.id}"
        page = (await browser.get(path)).text
        if because == "closed":
            assert "Somebody of the family was met after all" in page
            path += "&met=after_all"
            assert path.replace("&", "&amp;") in page
            page = (await browser.get(path)).text
        else:
            folded = page.split("Somebody who left was met after all", 1)[1]
            assert f'value="{piseth}"' in folded
            assert ("died on" in folded) is (because == "died")
        sent = await browser.post(
            "/visits/new",
            data={
                "household_id": str(household.id),
                "happened_on": DAY,
                "outcome": "met",
                "mode": "in_person",
                "people-7-member_id": str(piseth),
                "people-7-school": "out_of_school",
                "people-7-present": "true",
                "nothing_learnt": f"{(await members_of(world, household))['Bopha']} {household.id}",
            },
        )
        assert sent.status_code == 303, sent.text
    assert await alerts(world) == [("out_of_school", None)]
    assert await waiting(world) == [1]


@pytest.mark.parametrize(
    ("left_on", "said_on", "found_on", "closed"),
    [
        (LEFT, LEFT, MET, None),
        (MET, MET, MET, AlertClosed.MOVED),
        # Who said it knew what had been found.
        (LEFT, MET + timedelta(days=1), MET, AlertClosed.MOVED),
        (MET + timedelta(days=9), MET + timedelta(days=9), MET, AlertClosed.MOVED),
    ],
)
def test_a_leaving_closes_what_was_found_before_it_or_before_it_was_known(
    left_on: date, said_on: date, found_on: date, closed: AlertClosed | None
) -> None:
    leaving = Leaving(left_on, Because.MOVED, at(said_on, 12))
    of_child = child(left=leaving)
    of_family = child()
    for household in (
        family(of_child, anchors=(grant(PAID),), visits=(visit(found_on, (of_child, OUT)),)),
        family(of_family, anchors=(grant(PAID),), visits=(visit(found_on, (of_family, OUT)),), left=leaving),
    ):
        planned = plan(household, MET + timedelta(days=20))
        (alert,) = planned.alerts
        assert alert.closed_because is closed
        answered = {one.settled_on for one in planned.follow_ups if one.settled_by and one.member_id}
        assert answered == (set() if closed is None else {MET})
