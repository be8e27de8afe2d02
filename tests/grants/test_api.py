"""Funds and grants over JSON: the flow, replays, refusals in words."""

from typing import Any
from uuid import UUID, uuid4

import httpx
from uuid_utils.compat import uuid7

from tests.grants.stories import (
    application_body,
    approved,
    balances,
    drafted,
    family_that_agrees,
    fund_body,
    head_of,
    opened_fund,
    payment_body,
    submitted,
)
from tests.support.world import World


def faults(response: httpx.Response) -> dict[str, str]:
    assert response.status_code == 422, response.text
    return {error["field"]: error["message"] for error in response.json()["errors"]}


async def test_from_a_fund_to_the_first_tranche(world: World) -> None:
    preparer = await world.person("caseworker@KPT", name="preparer")
    colleague = await world.person("caseworker@KPT", name="colleague")
    household = await family_that_agrees(world, preparer)
    async with world.client(await world.person("manager")) as client:
        made = await client.post("/funds", json=fund_body(world))
        assert made.status_code == 201, made.text
        fund_id = made.json()["id"]
        assert [fund["available_minor"] for fund in (await client.get("/funds")).json()["items"]] == [100_000]
    async with world.client(preparer) as client:
        made = await client.post("/grants", json=application_body(household, fund_id))
        assert made.status_code == 201, made.text
        path = made.headers["Location"].removeprefix("/api/v1")
        assert (await client.get(path)).json() == made.json()
        handed = (await client.post(f"{path}/submit", json={"version": made.json()["version"]})).json()
        assert handed["status"] == "submitted"
        assert [[person["name"] for person in step["can_complete"]] for step in handed["steps"]] == [
            ["Colleague"]
        ]
        own = await client.post(f"{path}/decisions", json={"decision": "approve"})
        assert (own.status_code, own.json()["code"]) == (403, "preparer-may-not-approve")
    async with world.client(colleague) as client:
        decided = await client.post(f"{path}/decisions", json={"decision": "approve", "round": 1})
        assert decided.status_code == 201, decided.text
        assert decided.json()["status"] == "approved"
    async with world.client(await world.person("finance@KPT")) as client:
        body = payment_body(world, await head_of(world, UUID(made.json()["id"])))
        paid = await client.post(f"{path}/tranches/1/disbursements", json=body)
        assert paid.status_code == 201, paid.text
        assert (paid.json()["status"], paid.json()["paid_minor"]) == ("active", 9_000)
        again = await client.post(f"{path}/tranches/1/disbursements", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "grant-already-disbursed")
        second = await client.post(f"{path}/tranches/2/disbursements", json={**body, "amount_minor": 6_000})
        assert second.status_code == 409
        assert second.json()["detail"] == "Tranche 2 waits for its checks; it cannot be paid yet."
    assert await balances(world, UUID(fund_id)) == (85_000, 6_000, 9_000)


async def test_a_creating_request_sent_again_is_answered_alike(world: World) -> None:
    preparer = await world.person("caseworker@KPT")
    household = await family_that_agrees(world, preparer)
    fund = fund_body(world, id=str(uuid7()))
    async with world.client(await world.person("manager")) as client:
        first, second = [await client.post("/funds", json=fund) for _ in range(2)]
        assert (first.status_code, first.json()) == (second.status_code, second.json())
        assert (await client.post("/funds", json={**fund, "budget_minor": 5})).status_code == 409
    body = application_body(household, UUID(fund["id"]), id=str(uuid7()))
    async with world.client(preparer) as client:
        first, second = [await client.post("/grants", json=body) for _ in range(2)]
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        assert (await client.post("/grants", json={**body, "business": "Ducks"})).status_code == 409
        assert len((await client.get("/grants")).json()["items"]) == 1


async def test_an_old_version_is_refused_with_the_record_as_it_is(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await drafted(world, fund_id)
    async with world.client(await world.person("caseworker@KPT", name="preparer")) as client:
        change = {
            "fund_id": str(fund_id),
            "currency": "USD",
            "business": "Ducks",
            "items": [{"description": "Ducks", "amount_minor": 20_000}],
            "monthly_income_minor": 0,
            "version": 1,
        }
        assert (await client.put(f"/grants/{grant_id}", json=change)).json()["version"] == 2
        stale = await client.put(f"/grants/{grant_id}", json=change)
        assert stale.status_code == 412
        assert stale.json()["current"]["version"] == 2


async def test_another_offices_grant_is_as_if_absent(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id)
    payment = payment_body(world, await head_of(world, grant_id))
    async with world.client(
        await world.person("caseworker@KMP", "finance@KMP", "supervisor@KMP", name="stranger")
    ) as client:
        for key in (grant_id, uuid4()):
            answers = [
                await client.get(f"/grants/{key}"),
                await client.post(f"/grants/{key}/submit", json={"version": 1}),
                await client.post(f"/grants/{key}/decisions", json={"decision": "approve"}),
                await client.post(f"/grants/{key}/tranches/1/disbursements", json=payment),
            ]
            assert [answer.status_code for answer in answers] == [404] * 4
            assert len({answer.json()["detail"] for answer in answers}) == 1
        assert (await client.get("/grants", params={"office_id": 1})).json()["items"] == []
        assert (await client.get("/funds")).json()["items"] == []


async def test_roles_without_money_are_refused(world: World) -> None:
    grant_id = await approved(world, await opened_fund(world))
    for role in ("monitor@KPT", "trainer@KPT"):
        async with world.client(await world.person(role)) as client:
            assert (await client.get("/grants")).status_code == 403
            assert (await client.get("/funds")).status_code == 403
            assert (await client.get(f"/grants/{grant_id}")).status_code == 404


IMPOSSIBLE: list[tuple[dict[str, Any], str, str]] = [
    ({"items": []}, "items", "At least 1"),
    ({"items": [{"description": "Pig", "amount_minor": -5}]}, "items.0.amount_minor", "-5"),
    ({"items": [{"description": "Pig", "amount_minor": 0}]}, "items.0.amount_minor", "0 is"),
    (
        {"items": [{"description": "Pig", "amount_minor": 10.5}]},
        "items.0.amount_minor",
        "10.5 is not a whole",
    ),
    ({"items": [{"description": "Pig", "amount_minor": "10"}]}, "items.0.amount_minor", "not a whole number"),
    ({"items": [{"description": "Pig", "amount_minor": 10**20}]}, "items.0.amount_minor", ""),
    ({"items": [{"description": "  ", "amount_minor": 5}]}, "items.0.description", "needed"),
    ({"monthly_income_minor": -1}, "monthly_income_minor", "-1"),
    ({"amount_minor": 14_999}, "amount_minor", "USD 149.99"),
    ({"currency": "EUR"}, "currency", "KHR, USD"),
    ({"currency": "KHR"}, "currency", "This fund holds USD"),
    ({"tranches": [{"amount_minor": 1}]}, "tranches", "USD 0.01"),
    ({"business": ""}, "business", "needed"),
    ({"surprise": 1}, "surprise", "no field surprise"),
    ({"fund_id": "x"}, "fund_id", "x is not an id"),
    ({"fund_id": str(uuid4())}, "fund_id", "no fund"),
    ({"household_id": str(uuid4())}, "household_id", "no household"),
]


async def test_what_cannot_be_applied_for_is_said_at_its_field(world: World) -> None:
    fund_id = await opened_fund(world)
    preparer = await world.person("caseworker@KPT")
    household = await family_that_agrees(world, preparer)
    async with world.client(preparer) as client:
        for changes, field, words in IMPOSSIBLE:
            refused = await client.post("/grants", json=application_body(household, fund_id, **changes))
            assert list(faults(refused)) == [field], changes
            assert words in faults(refused)[field], changes
        assert (await client.get("/grants")).json()["items"] == []


async def test_every_fault_of_a_payment_is_said_at_once(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await approved(world, fund_id)
    path = f"/grants/{grant_id}/tranches/1/disbursements"
    body = payment_body(world, await head_of(world, grant_id))
    async with world.client(await world.person("finance@KPT")) as client:
        malformed = {"method": "cheque", "paid_on": "31/12/2026", "receipt_number": " ", "amount_minor": -1}
        assert set(faults(await client.post(path, json={**body, **malformed}))) == set(malformed)
        impossible = {"amount_minor": 8_999, "paid_on": "2999-01-01", "acknowledgement": "thumbprint"}
        said = faults(await client.post(path, json={**body, **impossible}))
        assert set(said) == {"amount_minor", "paid_on", "witness"}
        assert said["amount_minor"] == "USD 89.99 is not this tranche, which is USD 90.00."
        assert (
            await client.post(f"/grants/{grant_id}/tranches/9/disbursements", json=body)
        ).status_code == 404
    assert await balances(world, fund_id) == (85_000, 15_000, 0)


async def test_a_fund_with_too_little_says_what_is_left(world: World) -> None:
    grant_id = await submitted(world, await opened_fund(world, budget_minor=14_999))
    async with world.client(await world.person("caseworker@KPT", name="colleague")) as client:
        refused = await client.post(f"/grants/{grant_id}/decisions", json={"decision": "approve"})
    assert (refused.status_code, refused.json()["code"]) == (409, "fund-too-small")
    assert "USD 149.99 left" in refused.json()["detail"]


async def test_a_name_that_is_taken_is_said(world: World) -> None:
    await opened_fund(world)
    async with world.client(await world.person("manager")) as client:
        refused = await client.post("/funds", json=fund_body(world))
    assert refused.status_code == 409
    assert refused.json()["detail"] == "There is a fund of this name. Choose another name."


async def test_pages_of_the_list_hold_every_grant_once(world: World) -> None:
    fund_id = await opened_fund(world)
    preparer = await world.person("caseworker@KPT", name="preparer")
    household = await family_that_agrees(world, preparer)
    made = [await drafted(world, fund_id, household=household) for _ in range(5)]
    seen: list[str] = []
    cursor: str | None = ""
    async with world.client(preparer) as client:
        while cursor is not None:
            answer = (await client.get("/grants", params={"cursor": cursor, "limit": 2})).json()
            seen += [row["id"] for row in answer["items"]]
            cursor = answer["next_cursor"]
        assert seen == [str(key) for key in reversed(made)]
        assert (await client.get("/grants", params={"status": "active"})).json()["items"] == []
        assert (await client.get("/grants", params={"status": "gone"})).status_code == 400
        assert (await client.get("/grants", params={"cursor": "x~y"})).status_code == 422


async def test_what_was_rewritten_meanwhile_is_not_handed_in(world: World) -> None:
    fund_id = await opened_fund(world)
    preparer = await world.person("caseworker@KPT", name="preparer")
    colleague = await world.person("caseworker@KPT", name="colleague")
    household = await family_that_agrees(world, preparer)
    async with world.client(preparer) as mine, world.client(colleague) as theirs:
        made = (await mine.post("/grants", json=application_body(household, fund_id))).json()
        body = {
            name: value
            for name, value in application_body(household, fund_id).items()
            if name not in {"household_id", "id"}
        }
        changed = await theirs.put(
            f"/grants/{made['id']}", json={**body, "version": made["version"], "business": "Ducks"}
        )
        assert changed.status_code == 200, changed.text
        stale = await mine.post(f"/grants/{made['id']}/submit", json={"version": made["version"]})
        assert (stale.status_code, stale.json()["current"]["business"]) == (412, "Ducks")
        sent = await mine.post(f"/grants/{made['id']}/submit", json={"version": changed.json()["version"]})
        assert sent.status_code == 200


async def test_a_colleagues_request_sent_again_is_not_ones_own_decision(world: World) -> None:
    grant_id = await submitted(world, await opened_fund(world))
    body = {"id": str(uuid4()), "decision": "approve"}
    async with world.client(await world.person("caseworker@KPT", name="colleague")) as client:
        assert (await client.post(f"/grants/{grant_id}/decisions", json=body)).status_code == 201
        assert (await client.post(f"/grants/{grant_id}/decisions", json=body)).status_code == 201
    async with world.client(await world.person("supervisor@KPT")) as client:
        assert (await client.post(f"/grants/{grant_id}/decisions", json=body)).status_code == 409
