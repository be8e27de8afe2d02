"""The whole OpenAPI document, asked with anything: never a fault of ours."""

import asyncio

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from livelihood.app import create_app
from tests.browser.site import served
from tests.courses.trainees import enrolled, planned
from tests.support.families import consented, members_of, registered
from tests.support.world import World

EVERY_ROLE = tuple(
    f"{role}@KPT" for role in ("caseworker", "finance", "manager", "monitor", "supervisor", "trainer")
)
# Signing out would end the token that all the other requests use.
LEFT_OUT = {("DELETE", "/api/v1/sessions"), ("DELETE", "/api/v1/sessions/current")}


async def test_the_document_describes_every_path(world: World):
    async with world.client() as client:
        document = (await client.get("http://test/schema/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/sessions", "/api/v1/me", "/api/v1/households"} <= set(document["paths"])


async def test_no_request_makes_a_server_error(world: World):
    person = await world.person(*EVERY_ROLE, name="everyone")
    household = await registered(world, person)
    await consented(world, person, household)
    course = await planned(world, person)
    enrolment = await enrolled(world, person, course, (await members_of(world, household))["Dara"])
    headers = {"Authorization": f"Bearer {person.token}"}
    async with served(create_app(world.settings, database=world.database, clock=world.clock)) as address:
        asked = await asyncio.to_thread(
            ask_everything,
            f"{address}/schema/openapi.json",
            headers,
            {
                "household_id": str(household.id),
                "course_id": str(course.id),
                "enrolment_id": str(enrolment.id),
            },
        )
    assert ("POST", "/api/v1/households") in asked


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
