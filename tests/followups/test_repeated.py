"""A creating request that is sent again with its id: one record, the first answer; another body is refused."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_corrections import WHY
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of
from tests.support.world import World

# Done once without an id: what they change is named by their address, and a school by its name and village.
KNOWN_OTHERWISE = {
    "/absences/{absence_id}/end",
    "/calendar/confirmations/{kind}/{entry}",
    "/enrolments/{enrolment_id}/completion",
    "/enrolments/{enrolment_id}/withdrawal",
    "/grants/{grant_id}/submit",
    "/households/assignments",
    "/households/imports/{import_id}/run",
    "/leavings/{leaving_id}/end",
    "/losses/{loss_id}/take-back",
    "/me/notices/email",
    "/me/notices/email/confirmation",
    "/schools",
    "/sheets/{sheet_id}/lines/{line}",
    "/spot-checks/{check_id}/verdict",
    "/support-plans/{plan_id}/outcome",
    "/visits/{visit_id}/withdrawal",
}
# Each makes one more, and is meant to.
MORE_EACH_TIME = {"/me/notices/tests", "/sessions"}


async def twice(client: httpx.AsyncClient, path: str, body: dict[str, Any], other: dict[str, Any]) -> Any:
    """Says what was answered, both times."""
    body = {"id": str(uuid4()), **body}
    first = await client.post(path, json=body)
    assert first.status_code in (200, 201), first.text
    again = await client.post(path, json=body)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    changed = await client.post(path, json=body | other)
    assert (changed.status_code, changed.json()["code"]) == (409, "conflict")
    assert (await client.post(path, json=body)).json() == first.json()
    return first.json()


async def test_visits_absences_and_draws_are_recorded_once(world: World) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    recorder = await monitor(world)
    visit = {"household_id": str(household.id), "happened_on": MONTH_1.isoformat(), "outcome": "met"}
    away = {
        "member_ids": [str(people["Bopha"])],
        "away_from": MONTH_1.isoformat(),
        "away_until": (MONTH_1 + timedelta(days=30)).isoformat(),
        "reason": "harvest",
    }
    async with world.client(recorder) as client:
        await twice(client, "/visits", visit, {"outcome": "moved"})
        await twice(client, f"/households/{household.id}/absences", away, {"reason": "brick_kiln"})
    draw = {"office_id": household.office_id, "monitor_id": str(recorder.id)}
    other = await world.person("monitor@KPT", name="other")
    for _ in range(8):
        await recorded(world, household.id)
    async with world.client(await world.person("supervisor@KPT")) as client:
        drawn = await twice(client, "/spot-checks", draw, {"monitor_id": str(other.id)})
        # More than one draw takes.
        assert len(drawn["items"]) == 5
    counted = {}
    for table in ("visits", "absences", "spot_checks"):
        (row,) = await world.owner_rows(f"SELECT count(*) AS n FROM {table}")
        counted[table] = row["n"]
    assert counted == {"visits": 9, "absences": 1, "spot_checks": 5}


@pytest.mark.parametrize("known", [True, False])
async def test_of_a_withdrawn_visit_only_a_correction_that_was_made_before_is_answered(
    world: World, *, known: bool
) -> None:
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(MONTH_1)
    visit = (await recorded(world, household.id, findings=[education(people["Bopha"], "none")]))["visit"]
    path = f"/visits/{visit['id']}/corrections"
    body = {
        "id": str(uuid4()),
        "finding_id": visit["findings"][0]["id"],
        "details": {"kind": "education", "state": "formal"},
        "reason": WHY,
    }
    async with world.client(await monitor(world)) as client:
        made = await client.post(path, json=body) if known else None
        taken_back = f"/visits/{visit['id']}/withdrawal"
        withdrawn = [await client.post(taken_back, json={"reason": WHY}) for _ in range(2)]
        assert [one.status_code for one in withdrawn] == [200, 200]
        assert withdrawn[0].json() == withdrawn[1].json()
        again = await client.post(path, json=body)
        if made is not None:
            assert again.status_code == 200, again.text
            assert again.json()["corrections"] == made.json()["corrections"]
            assert again.json()["visit"]["withdrawn"]["reason"] == WHY
            other = await client.post(path, json=body | {"reason": "Something else"})
            assert (other.status_code, other.json()["code"]) == (409, "conflict")
            fresh = await client.post(path, json=body | {"id": str(uuid4())})
        else:
            fresh = again
        assert [fault["field"] for fault in fresh.json()["errors"]] == ["finding_id"]
        assert "withdrawn" in fresh.json()["errors"][0]["message"]
    (row,) = await world.owner_rows("SELECT count(*) AS n FROM observations WHERE supersedes IS NOT NULL")
    assert row["n"] == known


async def test_whatever_creates_a_record_takes_an_id(world: World) -> None:
    async with world.client() as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
    without = set()
    for path, verbs in document["paths"].items():
        body = verbs.get("post", {}).get("requestBody", {}).get("content", {}).get("application/json")
        if path.startswith("/api/v1/") and body is not None:
            schema = document["components"]["schemas"][body["schema"]["$ref"].rsplit("/", 1)[1]]
            if "id" not in schema["properties"]:
                without.add(path.removeprefix("/api/v1"))
    assert without == KNOWN_OTHERWISE | MORE_EACH_TIME
