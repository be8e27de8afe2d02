"""The whole OpenAPI document, asked with anything: never a fault of ours."""

import asyncio
import json
from base64 import urlsafe_b64encode
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from livelihood.app import create_app
from tests.browser.site import served
from tests.courses.trainees import enrolled, grown_ups, planned
from tests.desk.office import at_work
from tests.followups.policies import version
from tests.observations.test_imports import listed, sent
from tests.support.world import Person, World

# A manager of all offices, because policy is for nobody else.
EVERY_ROLE = (
    *(f"{role}@KPT" for role in ("caseworker", "finance", "monitor", "supervisor", "trainer")),
    "manager",
)
# Signing out would end the token that all the other requests use.
LEFT_OUT = {("DELETE", "/api/v1/sessions"), ("DELETE", "/api/v1/sessions/current")}


async def test_the_document_describes_every_path(world: World):
    async with world.client() as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/sessions", "/api/v1/me", "/api/v1/households"} <= set(document["paths"])


@pytest.mark.timeout(400)
async def test_no_request_makes_a_server_error(world: World):
    person = await world.person(*EVERY_ROLE, name="everyone")
    there = await records(world, person)
    headers = {"Authorization": f"Bearer {person.token}"}
    async with served(create_app(world.settings, database=world.database, clock=world.clock)) as address:
        document = f"{address}/schema/openapi.json"
        asked = await asyncio.to_thread(ask_everything, document, headers, there)
    assert ("POST", "/api/v1/households") in asked


async def records(world: World, person: Person) -> dict[str, str]:
    """The id of one record of every kind that a path may name."""
    office = await at_work(world)
    (alert,) = await world.owner_rows("SELECT id FROM alerts")
    course = await planned(world, person)
    enrolment = await enrolled(world, person, course, (await grown_ups(world, 1))[0])
    policy = version(world.clock.today().isoformat())
    async with world.client(person) as client:
        preview = await client.post("/protocols/school_retention/previews", json=policy)
        checked = await sent(client, listed(("Chan", "Rith")))
    return {
        "household_id": str(office.followed.id),
        "course_id": str(office.course),
        "enrolment_id": str(enrolment.id),
        "grant_id": str(office.waiting),
        "visit_id": str(office.visit),
        "alert_id": str(alert["id"]),
        "import_id": checked.json()["id"],
        "preview_id": preview.json()["id"],
        "key": "school_retention",
        "first": "2026",
    }


def as_cursor(*key: object) -> str:
    return urlsafe_b64encode(json.dumps(key).encode()).decode().rstrip("=")


NOBODY = str(UUID(int=0))
NONSENSE = (
    "\x00",
    "bananas",
    "ក",
    "=",
    "KPT-\x00",
    f"0001-01-01_{NOBODY}",
    f"0001-01-01T00:00:00+14:00_{NOBODY}",
    f"0001-01-01T00:00:00+14:00~{NOBODY}",
    as_cursor("0001-01-01T00:00:00+14:00", NOBODY),
    as_cursor("9999-12-31T23:59:59-12:00", NOBODY),
    as_cursor("2026-02-30", NOBODY),
    as_cursor("\x00"),
    as_cursor(),
)
EXTREME = (
    as_cursor("0001-01-01", NOBODY),
    as_cursor("9999-12-31", NOBODY),
    as_cursor("0001-01-01T00:00:00Z", NOBODY),
    as_cursor("9999-12-31T23:59:59.999999Z", NOBODY),
)


async def test_no_cursor_makes_a_server_error(world: World):
    person = await world.person(*EVERY_ROLE, name="everyone")
    async with world.client(person) as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
        lists = [
            path.removeprefix("/api/v1")
            for path, operations in document["paths"].items()
            for parameter in operations.get("get", {}).get("parameters", [])
            if parameter["name"] == "cursor"
        ]
        assert {"/households", "/follow-ups", "/visits", "/alerts", "/courses", "/grants"} <= set(lists)
        for path in lists:
            for cursor in NONSENSE:
                refused = await client.get(path, params={"cursor": cursor})
                assert refused.status_code in (400, 422), (path, cursor, refused.text)
                assert [error["field"] for error in refused.json()["errors"]] == ["cursor"], (path, cursor)
            for cursor in EXTREME:
                assert (await client.get(path, params={"cursor": cursor})).status_code < 500


@pytest.mark.parametrize(
    "address",
    [
        "/households?q=%00",
        "/households?q=Sok%00&cursor=",
        "/follow-ups?village=%00",
        "/places?q=%00",
        "/grants?q=%00",
        "/courses?%00=1",
    ],
)
async def test_a_nul_in_an_address_is_refused(world: World, address: str):
    person = await world.person(*EVERY_ROLE, name="everyone")
    async with world.client(person) as client:
        assert (await client.get(address)).status_code in (400, 422)
    async with world.browser(person) as browser:
        assert (await browser.get(address)).status_code in (400, 404, 422)


def ask_everything(document: str, headers: dict[str, str], there: dict[str, str]) -> set[tuple[str, str]]:
    """Asks every operation of the document, half of the time about records that are `there`."""
    schema = schemathesis.openapi.from_url(document)
    asked: set[tuple[str, str]] = set()
    for found in schema.get_all_operations():
        operation = found.ok()
        if (operation.method.upper(), operation.path) in LEFT_OUT:
            continue

        @given(case=operation.as_strategy(), real=st.booleans())
        @settings(
            max_examples=15,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: schemathesis.Case, real: bool) -> None:
            if real:
                case.path_parameters.update({k: v for k, v in there.items() if k in case.path_parameters})
            case.call_and_validate(headers=headers, checks=[not_a_server_error])

        ask()
        asked.add((operation.method.upper(), operation.path))
    return asked
