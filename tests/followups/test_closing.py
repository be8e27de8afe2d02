"""A household is closed and reopened without losing anything, and never over a missing child or over money."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import IntegrityError

from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError
from livelihood.followups import service
from livelihood.followups.schemas_leaving import CloseIn
from livelihood.grants import service as grants
from livelihood.households.models import Household
from livelihood.households.rules import CaseClosed
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, paid_family
from tests.followups.test_leaving import caseworker, ended, follow_ups, missing
from tests.grants.stories import approved, decided, drafted, opened_fund
from tests.support.families import members_of, registered
from tests.support.locks import somebody_waits
from tests.support.world import Person, World

# Before the first check closes: then a supervisor alone does it.
CLOSING = date(2026, 2, 23)
TABLES = ("follow_ups", "alerts", "consequences", "followed_children", "members", "visits", "anchors")


async def closes(world: World, person: Person, household: Household, **changes: object) -> httpx.Response:
    body = {"closed_on": CLOSING.isoformat(), "because": "finished", **changes}
    async with world.client(person) as client:
        return await client.post(f"/households/{household.id}/close", json=body)


async def closing_of(world: World, household: Household) -> str:
    (row,) = await world.owner_rows(
        "SELECT id FROM leavings WHERE household_id = $1 AND member_id IS NULL AND ended_on IS NULL",
        household.id,
    )
    return str(row["id"])


async def everything(world: World) -> dict[str, list[dict[str, Any]]]:
    return {
        table: [dict(row) for row in await world.owner_rows(f"SELECT * FROM {table} t ORDER BY t::text")]
        for table in TABLES
    }


async def consents_to_sharing(world: World, household: Household) -> None:
    people = await members_of(world, household)
    body = {
        "member_id": str(people["Dara"]),
        "purposes": ["sharing"],
        "method": "signature",
        "given_on": household.intake_on.isoformat(),
    }
    async with world.client(await caseworker(world)) as client:
        assert (await client.post(f"/households/{household.id}/consents", json=body)).status_code == 201


@pytest.mark.parametrize("because", [one for one in CaseClosed if one is not CaseClosed.MOVED])
async def test_what_remains_is_cancelled_with_the_reason_and_nothing_else_changes(
    world: World, because: CaseClosed
):
    household, _ = await paid_family(world)
    before = {row["id"]: row for row in await follow_ups(world)}
    world.clock = clock_on(CLOSING)
    answer = await closes(world, await caseworker(world), household, because=because.value, note="As agreed")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["status"], told["closed_on"], told["closed_because"]) == (
        "closed",
        "2026-02-23",
        because.value,
    )
    after = {row["id"]: row for row in await follow_ups(world)}
    assert after.keys() == before.keys()
    for key, row in after.items():
        lapsed = before[key]["lapses_on"] <= CLOSING
        assert (row["settled"], row["because"]) == ((None, None) if lapsed else ("cancelled", "closed"))
        assert (row["due_on"], row["closes_on"]) == (before[key]["due_on"], before[key]["closes_on"])


@pytest.mark.parametrize("how", ["mistake", "came_back"])
async def test_closed_and_reopened_everything_is_as_before(world: World, how: str):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(CLOSING)
    found = {"member_id": str(people["Piseth"]), "details": {"kind": "education", "state": "none"}}
    visit = {
        "household_id": str(household.id),
        "happened_on": CLOSING.isoformat(),
        "outcome": "met",
        "met": "caregiver",
        "findings": [found],
    }
    async with world.client(await world.person("monitor@KPT")) as client:
        assert (await client.post("/visits", json=visit)).status_code == 201
    before = await everything(world)
    assert before["alerts"]
    # An alert is open, so it is for a supervisor.
    assert (await closes(world, await world.person("supervisor@KPT"), household)).status_code == 201
    assert await everything(world) != before
    end = {"because": how, "note": "Another family", "ended_on": CLOSING.isoformat()}
    answer = await ended(world, await caseworker(world), await closing_of(world, household), **end)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["closed_on"]) == ("active", None)
    after = await everything(world)
    # That the alert is open again is told; all else is as it was.
    assert all(alert.pop("reopened_at") for alert in after["alerts"])
    assert not any(alert.pop("reopened_at") for alert in before["alerts"])
    assert after == before


async def test_a_mistake_found_weeks_later_still_leaves_no_trace(world: World):
    household, _ = await paid_family(world)
    other, _ = await paid_family(world)
    for one in (household, other):
        world.clock = clock_on(CLOSING)
        if one is household:
            await closes(world, await caseworker(world), one)
            world.clock = clock_on(CLOSING + timedelta(days=40))
            end = {"because": "mistake", "note": "The other family"}
            await ended(world, await caseworker(world), await closing_of(world, one), **end)

    async def days(one: Household) -> list[tuple[object, ...]]:
        rows = await world.owner_rows(
            "SELECT slot, given_name_latin AS who, opens_on, due_on, closes_on, lapses_on, settled FROM follow_ups f "
            "LEFT JOIN members m ON m.id = f.member_id WHERE f.household_id = $1 ORDER BY 1, 2",
            one.id,
        )
        return [tuple(row) for row in rows]

    assert await days(household) == await days(other)


async def test_a_family_that_is_back_is_asked_on_its_return_for_what_was_due_meanwhile(world: World):
    household, _ = await paid_family(world)
    before = {row["id"]: row["due_on"] for row in await follow_ups(world)}
    world.clock = clock_on(CLOSING)
    await closes(world, await caseworker(world), household)
    back = CLOSING + timedelta(days=200)
    world.clock = clock_on(back)
    end = {"because": "came_back", "ended_on": back.isoformat()}
    assert (
        await ended(world, await caseworker(world), await closing_of(world, household), **end)
    ).status_code == 200
    for row in await follow_ups(world):
        waited = row["member_id"] is not None and CLOSING <= before[row["id"]] < back
        assert row["due_on"] >= back if waited else row["due_on"] == before[row["id"]]


async def test_nobody_stops_looking_for_a_missing_child(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(CLOSING)
    await missing(world, household, people["Bopha"], CLOSING)
    before = await everything(world)
    answer = await closes(world, await caseworker(world), household)
    assert (answer.status_code, answer.json()["code"]) == (409, "child-is-missing")
    assert await everything(world) == before
    (alert,) = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'missing_child'")
    async with world.browser(await caseworker(world)) as browser:
        form = (await browser.get(f"/households/{household.id}/close")).text
    assert f'href="/alerts/{alert["id"]}"' in form
    assert 'name="because"' not in form


async def test_money_that_is_asked_for_or_set_aside_comes_first(world: World):
    fund = await opened_fund(world)
    draft = await drafted(world, fund)
    (household,) = await world.owner_rows("SELECT id FROM households")
    person = await caseworker(world)
    today = world.clock.today().isoformat()

    async def close() -> httpx.Response:
        async with world.client(person) as client:
            body = {"closed_on": today, "because": "finished"}
            return await client.post(f"/households/{household['id']}/close", json=body)

    preparer = await world.person("caseworker@KPT", name="preparer")
    async with world.work(preparer) as uow:
        await grants.submit(uow, draft, clock=world.clock)
    waiting = await close()
    assert (waiting.status_code, waiting.json()["code"]) == (409, "grant-under-way")
    assert "waits for a decision" in waiting.json()["detail"]
    async with world.browser(person) as browser:
        form = seen((await browser.get(f"/households/{household['id']}/close")).text)
    assert "waits for a decision" in form
    decider = await world.person("caseworker@KPT", name="decider")
    await decided(world, decider, draft, "return", "Ask again")
    assert (await close()).status_code == 201
    with pytest.raises(DomainError, match="was closed on"):
        async with world.work(preparer) as uow:
            await grants.submit(uow, draft, clock=world.clock)
    await approved(world, fund)
    (other,) = await world.owner_rows("SELECT household_id FROM grants WHERE status = 'approved'")
    async with world.client(person) as client:
        body = {"closed_on": today, "because": "finished"}
        answer = await client.post(f"/households/{other['household_id']}/close", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "grant-under-way")
    assert "set aside" in answer.json()["detail"]


@pytest.mark.parametrize("first", ["closing", "submitting"])
async def test_a_closing_and_a_submission_at_once_are_never_both(world: World, first: str):
    draft = await drafted(world, await opened_fund(world))
    (row,) = await world.owner_rows("SELECT id FROM households")
    body = CloseIn(closed_on=world.clock.today(), because=CaseClosed.FINISHED)
    preparer = await world.person("caseworker@KPT", name="preparer")
    verbs: dict[str, tuple[Person, Callable[[UnitOfWork], Awaitable[object]]]] = {
        "closing": (
            await caseworker(world),
            lambda uow: service.close(uow, row["id"], body, clock=world.clock),
        ),
        "submitting": (preparer, lambda uow: grants.submit(uow, draft, clock=world.clock)),
    }
    (second,) = verbs.keys() - {first}

    async def attempt(name: str) -> None:
        person, verb = verbs[name]
        async with world.work(person) as uow:
            await verb(uow)
            await uow.session.flush()

    person, verb = verbs[first]
    async with world.work(person) as uow:
        await verb(uow)
        await uow.session.flush()
        other = asyncio.create_task(attempt(second))
        await somebody_waits(world)
    with pytest.raises((DomainError, IntegrityError)):
        await other
    (found,) = await world.owner_rows(
        "SELECT h.closed_on IS NOT NULL AS closed, g.status FROM households h JOIN grants g ON g.household_id = h.id"
    )
    assert (found["closed"], found["status"]) == (
        (True, "draft") if first == "closing" else (False, "submitted")
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"closed_on": "2026-02-24"}, "closed_on"),
        ({"closed_on": "2026-01-04"}, "closed_on"),
        ({"because": "bored"}, "because"),
        ({"because": "other"}, "note"),
        ({"because": "moved"}, "partner"),
        ({"because": "moved", "partner": "A partner"}, "partner"),
        ({"because": "withdrew", "partner": "A partner"}, "partner"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(world: World, changes: dict[str, Any], field: str):
    household, _ = await paid_family(world)
    world.clock = clock_on(CLOSING)
    before = await everything(world)
    answer = await closes(world, await caseworker(world), household, **changes)
    assert answer.status_code == 422, answer.text
    assert {error["field"] for error in answer.json()["errors"]} == {field}
    assert await everything(world) == before


async def test_a_partner_takes_over_where_the_family_agreed_to_sharing(world: World):
    household, _ = await paid_family(world)
    world.clock = clock_on(CLOSING)
    moved = {"because": "moved", "partner": "Friends of Children, Poipet"}
    assert (await closes(world, await caseworker(world), household, **moved)).status_code == 422
    await consents_to_sharing(world, household)
    assert (await closes(world, await caseworker(world), household, **moved)).status_code == 201
    assert {row["because"] for row in await follow_ups(world) if row["settled"]} == {"moved"}
    async with world.browser(await world.person("monitor@KPT")) as browser:
        assert "Handed over to Friends of Children, Poipet" in seen(
            (await browser.get(f"/households/{household.id}")).text
        )


async def test_who_may_close_and_once_is_enough(world: World):
    household, _ = await paid_family(world)
    world.clock = clock_on(CLOSING)
    sent = {"id": "0196a2c0-0000-7000-8000-000000000001"}
    expected = {
        "trainer@KPT": 403,
        "monitor@KPT": 403,
        "manager": 403,
        "caseworker@KMP": 404,
        "supervisor@KPT": 201,
    }
    for role, status in expected.items():
        answer = await closes(world, await world.person(role), household, **sent)
        assert answer.status_code == status, role
    assert (await closes(world, await world.person("supervisor@KPT"), household, **sent)).status_code == 201
    again = await closes(world, await world.person("supervisor@KPT"), household)
    assert (again.status_code, again.json()["code"]) == (409, "closed-already")
    closing = await closing_of(world, household)
    end = {"because": "mistake", "note": "Another"}
    for role, status in {"monitor@KPT": 403, "caseworker@KMP": 404, "caseworker@KPT": 200}.items():
        assert (await ended(world, await world.person(role), closing, **end)).status_code == status, role


async def test_the_pages_say_so_beforehand_afterwards_and_in_lists(world: World):
    household, _ = await paid_family(world)
    await registered(world, await caseworker(world), phone="012 999 999")
    world.clock = clock_on(CLOSING)
    address = f"/households/{household.id}/close"
    async with world.browser(await caseworker(world)) as browser:
        assert f'href="{address}"' in (await browser.get(f"/households/{household.id}")).text
        form = seen((await browser.get(address)).text)
        people = await members_of(world, household)
        for name in ("Bopha", "Piseth"):
            count = sum(
                row["reminds"] and row["member_id"] == people[name] and row["lapses_on"] > CLOSING
                for row in await follow_ups(world)
            )
            assert f"Sok {name} : {count} checks" in form
        refused = await browser.post(address, data={"closed_on": "2026-02-23"})
        assert refused.status_code == 422
        closed = await browser.post(address, data={"closed_on": "2026-02-23", "because": "withdrew"})
        assert closed.status_code == 303, closed.text
        html = (await browser.get(closed.headers["location"])).text
        told = seen(html)
        assert "This household is closed." in told
        assert "Nothing is planned while the household is closed." in told
        assert "Household closed" in told
        for gone in ("/close", "/leave", "/away", "/risk", "/members/new", "/grants/new"):
            assert f"{gone}" not in html.split("</nav>")[-1], gone
        listed = seen((await browser.get("/households")).text)
        assert listed.count("withdrew") == 1
        assert "withdrew · Mon 23 Feb" in listed
        back = f"/leavings/{await closing_of(world, household)}/end"
        assert f'href="{back}"' in html
        assert "Sok Bopha :" in seen((await browser.get(back)).text)
        opened = await browser.post(back, data={"because": "mistake", "note": "Another family"})
        assert opened.status_code == 303, opened.text
        told = seen((await browser.get(opened.headers["location"])).text)
        assert "Household closed (by mistake)" in told
        assert "Household reopened" in told
        assert "This household is closed." not in told
    entries = await world.owner_rows(
        "SELECT changed FROM audit.entries WHERE table_name = 'households' AND action = 'update' AND (changed -> 'closed_on') IS NOT NULL ORDER BY id"
    )
    assert len(entries) == 2


async def test_nobody_joins_a_closed_household(world: World):
    household, _ = await paid_family(world)
    world.clock = clock_on(CLOSING)
    await closes(world, await caseworker(world), household)
    body = {
        "given_name_latin": "Rith", "family_name_latin": "Sok", "sex": "male", "born_on": "2014-01-01",
        "relationship": "son",
    }  # fmt: skip
    async with world.client(await caseworker(world)) as client:
        answer = await client.post(f"/households/{household.id}/members", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "household-is-closed")
