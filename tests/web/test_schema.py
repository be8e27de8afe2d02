"""The whole OpenAPI document, asked with anything: never a fault of ours."""

import asyncio
import json
from base64 import urlsafe_b64encode
from typing import Any
from uuid import UUID

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from livelihood.app import create_app
from livelihood.web.errors import PROBLEM
from tests.browser.site import served
from tests.courses.trainees import enrolled, grown_ups, planned
from tests.desk.office import at_work
from tests.followups.policies import version
from tests.observations.test_imports import listed, sent
from tests.support.world import Person, World
from tests.web.test_refusals import Standing

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


async def test_a_token_is_asked_for_where_the_document_says_so_and_nowhere_else(world: World):
    async with world.client() as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
        assert "security" not in document
        operations = operations_of(document)
        without = {(method, path) for method, path, one in operations if one["security"] == []}
        assert without == {("post", "/api/v1/sessions")}
        assert all(
            one["security"] == [{"token": []}]
            for method, path, one in operations
            if (method, path) not in without
        )
        # Whoever is not signed in gets there, to be told that the password is wrong.
        asked = await client.post("/sessions", json={"username": "nobody", "password": "wrong"})
        assert (asked.status_code, asked.json()["code"]) == (401, "sign-in-refused")
        assert (await client.get("/me")).json()["code"] != "sign-in-refused"


def refusals_of(operation: dict[str, Any]) -> set[int]:
    return {int(status) for status in operation["responses"] if status >= "400"}


def operations_of(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, operations in document["paths"].items()
        if path.startswith("/api/v1/")
        for method, operation in operations.items()
    ]


async def test_every_refusal_that_is_listed_is_a_problem_and_follows_from_what_is_taken(world: World):
    async with world.client() as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
    problem = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for method, path, operation in operations_of(document):
        listed, at = refusals_of(operation), (method, path)
        assert {400, 401, 503} <= listed, at
        assert all(operation["responses"][str(status)]["content"] == problem for status in listed), at
        assert (413 in listed) == ("requestBody" in operation), at
        assert 404 in listed or "{" not in path, at
        assert 409 not in listed or method != "get", at
        if method == "get" and not operation.get("parameters"):
            assert listed <= {400, 401, 403, 503}, at


async def test_whoever_asks_is_refused_as_the_document_says(world: World):
    """Everybody asks for everything: what they are refused with is listed, and of what is read, a 403 that is listed is
    one that somebody gets.
    """
    everyone = await world.person(*EVERY_ROLE, name="everyone")
    there = Standing(await records(world, everyone))
    roles = (*EVERY_ROLE, "analyst", "auditor", "admin", "focal_point")
    people = [None, await world.person(name="stranger"), *[await world.person(role) for role in roles]]
    async with world.client() as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
    forbidden: set[str] = set()
    for person in people:
        async with world.client(person) as client:
            for method, path, operation in operations_of(document):
                if (method.upper(), path) in LEFT_OUT:
                    continue
                body = {"json": {}} if "requestBody" in operation else {}
                for query in (elsewhere(operation), {"nonsense": 1}):
                    asked = f"http://test{path.format_map(there)}"
                    answer = await client.request(method, asked, params=query, **body)
                    if answer.status_code >= 400:
                        assert answer.status_code in refusals_of(operation), (method, path, answer.text)
                        assert answer.headers["content-type"] == PROBLEM, (method, path)
                    if method == "get" and answer.status_code == 403:
                        forbidden.add(path)
    listed = {
        path for method, path, one in operations_of(document) if method == "get" and 403 in refusals_of(one)
    }
    assert forbidden == listed
    assert len(forbidden) > 20


def elsewhere(operation: dict[str, Any]) -> dict[str, int]:
    """What is needed after the question mark: an office, another than theirs."""
    return {
        one["name"]: 2
        for one in operation.get("parameters", [])
        if one["in"] == "query" and one.get("required")
    }


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
            case.call_and_validate(
                headers=headers,
                checks=[not_a_server_error, status_code_conformance, content_type_conformance],
            )

        ask()
        asked.add((operation.method.upper(), operation.path))
    return asked
