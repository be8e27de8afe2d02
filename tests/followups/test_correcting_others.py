"""Who puts right what a visit found: who recorded it, or a supervisor; and while a child is missing a supervisor alone."""

from typing import Any
from uuid import uuid4

import pytest

from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_corrections import WHY, alerts
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of
from tests.support.world import World

HOME = {"kind": "whereabouts", "state": "at_home"}
ALONE = {"kind": "whereabouts", "state": "away_alone"}


async def missing(world: World) -> tuple[dict[str, Any], dict[str, Any], dict[str, str]]:
    """A visit whose finding raised the alert, what it would say instead, and the children."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    alone = {"member_id": str(people["Bopha"]), "details": ALONE}
    made = await recorded(world, household.id, outcome="not_found", met="neighbour", findings=[alone])
    assert await alerts(world) == [("missing_child", None)]
    visit = made["visit"]
    body = {"id": str(uuid4()), "finding_id": visit["findings"][0]["id"], "details": HOME, "reason": WHY}
    return visit, body, {name: str(one) for name, one in people.items()}


@pytest.mark.parametrize("who", ["caseworker@KPT", "colleague"])
async def test_what_a_colleague_found_is_corrected_by_no_other_monitor(world: World, who: str) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    visit = (await recorded(world, household.id, findings=[education(people["Bopha"])]))["visit"]
    path, (finding,) = f"/visits/{visit['id']}", visit["findings"]
    body = {"finding_id": finding["id"], "details": {"kind": "education", "state": "none"}, "reason": WHY}
    other = await world.person("monitor@KPT", name=who) if who == "colleague" else await world.person(who)
    async with world.client(other) as client:
        refused = await client.post(f"{path}/corrections", json=body)
        assert refused.status_code == 403, refused.text
        assert "Monitor.Kpt" in refused.json()["detail"]
        # By the way around, too.
        record = {"happened_on": MONTH_1.isoformat(), "member_id": finding["member_id"], "reason": WHY}
        around = record | {"details": body["details"], "supersedes": finding["id"]}
        refused = await client.post(f"/households/{household.id}/observations", json=around)
        assert [fault["field"] for fault in refused.json()["errors"]] == ["supersedes"]
    async with world.browser(other) as browser:
        assert "/findings/" not in (await browser.get(path)).text
        page = await browser.get(f"{path}/findings/{finding['id']}")
        assert page.status_code == 403
        assert "by who recorded it (Monitor.Kpt)" in page.text
        assert f'href="{path}"' in page.text
    assert len(await world.owner_rows("SELECT FROM observations WHERE visit_id = $1", visit["id"])) == 1
    async with world.client(await world.person("supervisor@KPT")) as client:
        assert (await client.post(f"{path}/corrections", json=body)).status_code == 200


async def test_nobody_ends_the_search_for_a_child_by_a_correction_but_a_supervisor(world: World) -> None:
    visit, body, _people = await missing(world)
    path = f"/visits/{visit['id']}"
    colleague = await world.person("monitor@KPT", name="colleague")
    for who, code in ((colleague, "forbidden"), (await monitor(world), "child-is-looked-for")):
        async with world.client(who) as client:
            refused = await client.post(f"{path}/corrections", json=body)
            assert (refused.status_code, refused.json()["code"]) == (403, code)
        async with world.browser(who) as browser:
            assert "/findings/" not in (await browser.get(path)).text
            assert (await browser.get(f"{path}/findings/{body['finding_id']}")).status_code == 403
    assert await alerts(world) == [("missing_child", None)]
    supervisor = await world.person("supervisor@KPT")
    async with world.browser(supervisor) as browser:
        assert f"{path}/findings/{body['finding_id']}" in (await browser.get(path)).text
    async with world.client(supervisor) as client:
        assert (await client.post(f"{path}/corrections", json=body)).status_code == 200
    assert await alerts(world) == [("missing_child", "corrected")]


async def test_what_was_found_of_a_missing_child_on_another_day_is_no_way_around(world: World) -> None:
    """A telephone call of a later day that is turned into a sighting would end the search as well."""
    visit, _body, people = await missing(world)
    told = [education(people[name], learnt_from="caregiver") for name in ("Bopha", "Piseth")]
    later = (await recorded(world, visit["household_id"], findings=told))["visit"]
    async with world.client(await monitor(world)) as client:
        status: dict[str, int] = {}
        for finding in later["findings"]:
            details = {"kind": "education", "state": "formal", "learnt_from": "teacher"}
            body = {"finding_id": finding["id"], "details": details, "reason": WHY}
            made = await client.post(f"/visits/{later['id']}/corrections", json=body)
            status[finding["member_id"]] = made.status_code
    assert status == {people["Bopha"]: 403, people["Piseth"]: 200}


async def test_the_day_of_a_finding_is_corrected_with_it(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    visit = (await recorded(world, household.id, findings=[education(people["Bopha"])]))["visit"]
    before = MONTH_1.replace(day=MONTH_1.day - 1).isoformat()
    body = {
        "finding_id": visit["findings"][0]["id"],
        "happened_on": before,
        "details": visit["findings"][0]["details"],
        "reason": WHY,
    }
    async with world.client(await monitor(world)) as client:
        made = await client.post(f"/visits/{visit['id']}/corrections", json=body)
    (correction,) = made.json()["corrections"]
    assert (correction["before_on"], correction["after_on"]) == (MONTH_1.isoformat(), before)
