"""The main job over JSON, with real workers: a family's grant and a trainee's course lead to follow-ups."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from livelihood.embedded import Valkey
from tests.support.families import family, member
from tests.support.world import Person, World, clock_at
from tests.workers.test_followups import until, workers

PASSWORD = "a long enough password"
PAID_ON = "2026-01-12"


class Office:
    """The staff of Kampong Thom, each signed in as a program would be: by name and password."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def sign_in(self, role: str, name: str) -> httpx.AsyncClient:
        person: Person = await self.world.person(role, name=name)
        await self.world.password(person, PASSWORD)
        async with self.world.client() as anybody:
            answer = await anybody.post("/sessions", json={"username": name, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return self.world.client(replace(person, token=answer.json()["token"]))


async def post(client: httpx.AsyncClient, path: str, body: dict[str, Any], status: int = 201) -> Any:
    answer = await client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def get(client: httpx.AsyncClient, path: str, **query: object) -> Any:
    answer = await client.get(path, params={name: str(value) for name, value in query.items()})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.timeout(180)
async def test_a_grant_leads_to_a_visit_an_alert_and_an_extra_check(world: World, valkey: Valkey):
    world.settings = replace(world.settings, redis_url=valkey.url)
    world.clock = clock_at(PAID_ON)
    office = Office(world)
    sokha = await office.sign_in("caseworker@KPT", "sokha")
    vanna = await office.sign_in("caseworker@KPT", "vanna")
    finance = await office.sign_in("finance@KPT", "rith")
    monitor = await office.sign_in("monitor@KPT", "mony")

    # A family is registered and agrees.
    household = await post(sokha, "/households", family())
    people = {person["given_name_latin"]: person["id"] for person in household["members"]}
    home = f"/households/{household['id']}"
    agreed = {
        "member_id": people["Dara"],
        "purposes": ["services"],
        "method": "signature",
        "given_on": PAID_ON,
    }
    await post(sokha, f"{home}/consents", agreed)

    # Finance opens a fund; Sokha asks for a grant, and may not approve it herself.
    fund = await post(
        finance,
        "/funds",
        {
            "name": "Families 2026", "donor": "A donor", "currency": "USD", "budget_minor": 100_000,
            "starts_on": "2026-01-01", "ends_on": "2026-12-31", "office_ids": [1],
        },
    )  # fmt: skip
    grant = await post(
        sokha,
        "/grants",
        {
            "household_id": household["id"], "fund_id": fund["id"], "currency": "USD", "business": "Noodle stall",
            "items": [{"description": "Cart", "amount_minor": 12_000}, {"description": "Pots", "amount_minor": 3_000}],
            "monthly_income_minor": 9_000,
        },
    )  # fmt: skip
    assert [tranche["amount_minor"] for tranche in grant["tranches"]] == [9_000, 6_000]
    path = f"/grants/{grant['id']}"
    await post(sokha, f"{path}/submit", {"version": grant["version"]}, 200)
    await post(sokha, f"{path}/decisions", {"decision": "approve"}, 403)
    approved = await post(vanna, f"{path}/decisions", {"decision": "approve"})
    assert approved["status"] == "approved"
    assert (await get(finance, "/funds"))["items"][0]["available_minor"] == 85_000

    # Finance pays; the workers work out every child's follow-ups.
    payment = {
        "amount_minor": 9_000, "currency": "USD", "method": "cash", "recipient_member_id": people["Dara"],
        "acknowledgement": "signature", "receipt_number": "R-001", "paid_on": PAID_ON,
    }  # fmt: skip
    with workers(world, valkey.url, world.clock) as start:
        start()
        paid = await post(finance, f"{path}/tranches/1/disbursements", payment)
        assert paid["status"] == "active"
        await post(finance, f"{path}/tranches/1/disbursements", payment, 409)

        async def planned() -> list[Any]:
            return (await get(monitor, f"{home}/follow-ups"))["items"]

        follow_ups = await until(planned, 20)
    assert (await get(finance, "/funds"))["items"][0]["spent_minor"] == 9_000
    school = [one for one in follow_ups if one["protocol"] == "school_retention"]
    assert {one["member_id"] for one in school} == {people["Bopha"], people["Piseth"]}
    business = sorted(one["due_on"] for one in follow_ups if one["purpose"] == "business")
    assert business[0] == "2026-01-26", "the assets are looked at on day 14"

    # A month on, Mony finds Bopha out of school.
    world.clock = clock_at("2026-02-12")
    mony = await office.sign_in("monitor@KPT", "mony")
    due = await get(mony, "/follow-ups", state="due")
    assert people["Bopha"] in {one["member_id"] for one in due["items"]}
    seen = await post(mony, "/visits", visit(household, people, "2026-02-12", bopha="none", piseth="formal"))
    (alert,) = seen["alerts_opened"]
    assert (alert["member_id"], alert["kind"]) == (people["Bopha"], "out_of_school")
    assert {one["member_id"] for one in seen["settled"]} == {people["Bopha"], people["Piseth"]}
    after = (await get(mony, f"{home}/follow-ups"))["items"]
    (extra,) = [one for one in after if one["protocol"] == "extra_check"]
    assert [one["id"] for one in seen["extra_checks"]] == [extra["id"]]
    assert extra["due_on"] == "2026-02-26"

    # Sokha is alerted, says what she will do, and the grant shows it.
    sokha = await office.sign_in("caseworker@KPT", "sokha")
    (waiting,) = (await get(sokha, "/alerts"))["items"]
    await post(sokha, f"/alerts/{waiting['id']}/acknowledgements", {"note": "I visit on Monday."})
    assert [one["id"] for one in (await get(sokha, path))["open_alerts"]] == [waiting["id"]]

    # Back in school: the alert closes and says why.
    world.clock = clock_at("2026-02-26")
    mony = await office.sign_in("monitor@KPT", "mony")
    found = await post(
        mony, "/visits", visit(household, people, "2026-02-26", bopha="formal", piseth="formal")
    )
    (closed,) = found["alerts_closed"]
    assert (closed["id"], closed["closed_on"]) == (alert["id"], "2026-02-26")
    assert closed["closed_because"]
    assert extra["id"] in {one["id"] for one in found["settled"]}
    sokha = await office.sign_in("caseworker@KPT", "sokha")
    assert (await get(sokha, path))["open_alerts"] == []


def visit(household: Any, people: dict[str, str], on: str, *, bopha: str, piseth: str) -> dict[str, Any]:
    return {
        "household_id": household["id"],
        "happened_on": on,
        "outcome": "met",
        "findings": [
            {"member_id": people["Bopha"], "details": {"kind": "education", "state": bopha}},
            {"member_id": people["Piseth"], "details": {"kind": "education", "state": piseth, "grade": 7}},
        ],
    }


@pytest.mark.timeout(120)
async def test_a_completed_course_leads_to_placement_follow_ups(world: World, valkey: Valkey):
    world.settings = replace(world.settings, redis_url=valkey.url)
    world.clock = clock_at("2026-03-02")
    office = Office(world)
    sokha = await office.sign_in("caseworker@KPT", "sokha")
    trainer = await office.sign_in("trainer@KPT", "bory")
    household = await post(
        sokha,
        "/households",
        family(
            members=[
                member("Dara", "1985-03-02", "head"),
                member("Kunthea", "2007-04-01", "daughter"),
                member("Bopha", "2015-06-10", "daughter"),
            ]
        ),
    )
    people = {person["given_name_latin"]: person["id"] for person in household["members"]}
    agreed = {
        "member_id": people["Dara"],
        "purposes": ["services"],
        "method": "signature",
        "given_on": "2026-03-02",
    }
    await post(sokha, f"/households/{household['id']}/consents", agreed)
    me = await get(trainer, "/me")
    course = await post(
        trainer,
        "/courses",
        {
            "office_id": 1, "trade": "sewing", "trainer_id": me["id"], "place": "The office",
            "starts_on": "2026-03-09", "ends_on": "2026-06-30", "seats": 1,
        },
    )  # fmt: skip
    refused = await post(
        trainer, f"/courses/{course['course']['id']}/enrolments", {"member_id": people["Bopha"]}, 422
    )
    assert "15" in str(refused)
    enrolment = await post(
        trainer, f"/courses/{course['course']['id']}/enrolments", {"member_id": people["Kunthea"]}
    )
    assert enrolment["state"] == "enrolled"
    waiting = await post(
        trainer, f"/courses/{course['course']['id']}/enrolments", {"member_id": people["Dara"]}
    )
    assert waiting["state"] == "waitlisted"

    world.clock = clock_at("2026-07-01")
    trainer = await office.sign_in("trainer@KPT", "bory")
    with workers(world, valkey.url, world.clock) as start:
        start()
        done = {"completed_on": "2026-06-30"}
        await post(trainer, f"/enrolments/{enrolment['id']}/completion", done, 200)

        async def planned() -> list[Any]:
            return (await get(trainer, f"/households/{household['id']}/follow-ups"))["items"]

        follow_ups = await until(planned, 20)
    assert {UUID(one["member_id"]) for one in follow_ups} == {UUID(people["Kunthea"])}
    days = sorted(date.fromisoformat(one["due_on"]) for one in follow_ups)
    assert len(days) == 4
    assert days[0] == date(2026, 7, 30)
    assert days[-1] - days[0] > timedelta(days=300)
