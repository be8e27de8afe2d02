"""Who leaves a family is followed no longer, who comes back is again, and nothing is lost between the two."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.support.families import member, members_of
from tests.support.world import Person, World

# Before the first check closes: then a supervisor alone says it.
GOING = date(2026, 2, 23)
BACK = date(2026, 5, 4)
NOTE = "With her aunt in Stoung"


async def caseworker(world: World) -> Person:
    return await world.person("caseworker@KPT")


async def follow_ups(world: World) -> list[dict[str, Any]]:
    return [dict(row) for row in await world.owner_rows("SELECT * FROM follow_ups ORDER BY id")]


async def cancelled(world: World) -> set[tuple[UUID, str]]:
    return {
        (row["member_id"], row["because"]) for row in await follow_ups(world) if row["settled"] == "cancelled"
    }


async def leaves(
    world: World, person: Person, household: Household, who: UUID, **changes: object
) -> httpx.Response:
    body = {"left_on": GOING.isoformat(), "because": "moved", "note": NOTE, **changes}
    async with world.client(person) as client:
        return await client.post(
            f"/households/{household.id}/members/{who}/leave",
            json={name: value for name, value in body.items() if value is not None},
        )


async def leaving_of(world: World, person: Person, household: Household, who: UUID) -> dict[str, Any]:
    async with world.client(person) as client:
        listed = (await client.get(f"/households/{household.id}/leavings")).json()["items"]
    return next(one for one in reversed(listed) if one["member_id"] == str(who))


async def ended(world: World, person: Person, leaving_id: str, **body: object) -> httpx.Response:
    async with world.client(person) as client:
        return await client.post(f"/leavings/{leaving_id}/end", json=body)


async def relationships(world: World, household: Household) -> dict[str, str]:
    rows = await world.owner_rows(
        "SELECT given_name_latin, relationship FROM members WHERE household_id = $1 AND left_on IS NULL",
        household.id,
    )
    return {row["given_name_latin"]: row["relationship"] for row in rows}


async def missing(world: World, household: Household, who: UUID, on: date) -> None:
    """The family is visited and does not know where the child is."""
    body = {
        "household_id": str(household.id),
        "happened_on": on.isoformat(),
        "outcome": "met",
        "met": "caregiver",
        "findings": [{"member_id": str(who), "details": {"kind": "whereabouts", "state": "away_alone"}}],
    }
    async with world.client(await monitor(world)) as client:
        answer = await client.post("/visits", json=body)
    assert answer.status_code == 201, answer.text


async def shut_out(world: World, household: Household, last: date) -> None:
    """Three visits on three days, and nobody is met."""
    async with world.client(await monitor(world)) as client:
        for back in (4, 2, 0):
            day = (last - timedelta(days=back)).isoformat()
            body = {"household_id": str(household.id), "happened_on": day, "outcome": "not_found"}
            answer = await client.post("/visits", json=body)
            assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("because", ["moved", "died", "other"])
async def test_what_remains_is_cancelled(world: World, because: str):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    before = await follow_ups(world)
    world.clock = clock_on(GOING)
    answer = await leaves(world, await caseworker(world), household, people["Bopha"], because=because)
    assert answer.status_code == 201, answer.text
    reason = "died" if because == "died" else "moved"
    assert await cancelled(world) == {(people["Bopha"], reason)}
    others = [row for row in await follow_ups(world) if row["member_id"] == people["Piseth"]]
    assert others == [row for row in before if row["member_id"] == people["Piseth"]]
    (row,) = await world.owner_rows(
        "SELECT left_on, left_because FROM members WHERE id = $1", people["Bopha"]
    )
    assert tuple(row) == (GOING, because)


@pytest.mark.parametrize("how", ["a word", "closed doors"])
async def test_who_is_missing_has_not_moved(world: World, how: str):
    """Not even before anybody was missed: a leaving of an earlier day ends no search."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    bopha, person = people["Bopha"], await caseworker(world)
    world.clock = clock_on(GOING)
    if how == "a word":
        await missing(world, household, bopha, GOING)
    else:
        await shut_out(world, household, GOING)
    before = await follow_ups(world)
    (alert,) = await world.owner_rows(
        "SELECT id FROM alerts WHERE kind = 'missing_child' AND member_id = $1", bopha
    )
    earlier = (GOING - timedelta(days=30)).isoformat()
    for because in ("moved", "other"):
        refused = await leaves(world, person, household, bopha, because=because, left_on=earlier)
        assert (refused.status_code, refused.json()["code"]) == (409, "child-is-missing")
    assert await follow_ups(world) == before
    address = f"/households/{household.id}/members/{bopha}/leave"
    supervisor = await world.person("supervisor@KPT")
    for who, may in ((person, False), (supervisor, True)):
        async with world.browser(who) as browser:
            sent = {"because": "moved", "left_on": earlier, "note": NOTE}
            for html in (
                (await browser.get(address)).text,
                (await browser.post(address, data=sent)).text,
            ):
                assert f'href="/alerts/{alert["id"]}"' in html
                assert 'value="moved"' not in html
                assert ('value="died"' in html) is may
    other = await leaves(world, person, household, people["Dara"], new_head_id=str(people["Piseth"]))
    assert other.status_code == 201, other.text
    died = {"because": "died", "left_on": earlier}
    assert (await leaves(world, person, household, bopha, **died)).status_code == 403
    assert (await leaves(world, supervisor, household, bopha, **died)).status_code == 201
    (row,) = await world.owner_rows("SELECT closed_because FROM alerts WHERE id = $1", alert["id"])
    assert row["closed_because"] == "died"


async def test_a_leaving_that_was_known_raises_no_alert_at_a_closed_door(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    before = GOING - timedelta(days=30)
    answer = await leaves(
        world, await caseworker(world), household, people["Bopha"], left_on=before.isoformat()
    )
    assert answer.status_code == 201, answer.text
    world.clock = clock_on(GOING, hour=10)
    await shut_out(world, household, GOING)
    (alert,) = await world.owner_rows("SELECT member_id FROM alerts WHERE kind = 'missing_child'")
    assert alert["member_id"] == people["Piseth"]


async def test_a_leaving_that_was_a_mistake_leaves_no_trace_in_what_is_due(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    before = await follow_ups(world)
    await leaves(world, await caseworker(world), household, people["Bopha"], left_on="2026-02-02")
    assert await cancelled(world)
    leaving = await leaving_of(world, await caseworker(world), household, people["Bopha"])
    answer = await ended(
        world, await caseworker(world), leaving["id"], because="mistake", note="Her cousin left"
    )
    assert answer.status_code == 200, answer.text
    assert await follow_ups(world) == before


async def test_who_came_back_is_followed_again_and_what_was_due_meanwhile_waits_for_the_return(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    before = {row["id"]: row for row in await follow_ups(world)}
    await leaves(world, await caseworker(world), household, people["Bopha"])
    leaving = await leaving_of(world, await caseworker(world), household, people["Bopha"])
    world.clock = clock_on(BACK)
    for _ in range(2):
        answer = await ended(
            world, await caseworker(world), leaving["id"], because="came_back", ended_on=BACK.isoformat()
        )
        assert answer.status_code == 200, answer.text
    assert await cancelled(world) == set()
    assert {row["id"] for row in await follow_ups(world)} == set(before)
    for row in await follow_ups(world):
        was = before[row["id"]]["due_on"]
        waited = row["member_id"] == people["Bopha"] and GOING <= was < BACK
        assert row["due_on"] == (BACK if waited else was)
    told = await leaving_of(world, await caseworker(world), household, people["Bopha"])
    assert (told["ended_on"], told["ended_because"]) == (BACK.isoformat(), "came_back")
    other = await ended(world, await caseworker(world), leaving["id"], because="mistake", note="No")
    assert (other.status_code, other.json()["code"]) == (409, "leaving-is-over")


@pytest.mark.parametrize("order", [("Dara", "Srey"), ("Srey", "Dara")])
async def test_a_head_leaves_an_heir_and_is_the_head_again_on_return(world: World, order: tuple[str, str]):
    household, _ = await paid_family(world)
    person = await caseworker(world)
    async with world.client(person) as client:
        await client.post(f"/households/{household.id}/members", json=member("Srey", "1987-01-01", "spouse"))
    people = await members_of(world, household)
    before = await relationships(world, household)
    world.clock = clock_on(GOING)
    for wrong in (None, str(people["Dara"]), "0196a2c0-0000-7000-8000-000000000001"):
        refused = await leaves(world, person, household, people["Dara"], new_head_id=wrong)
        assert [error["field"] for error in refused.json()["errors"]] == ["new_head_id"]
    answer = await leaves(world, person, household, people["Dara"], new_head_id=str(people["Srey"]))
    assert answer.status_code == 201, answer.text
    assert (await relationships(world, household))["Srey"] == "head"
    async with world.browser(person) as browser:
        page = seen((await browser.get(f"/households/{household.id}")).text)
        assert "Sok Srey" in page.split("People")[0]
        (leaving,) = await world.owner_rows("SELECT id FROM leavings")
        back = seen((await browser.get(f"/leavings/{leaving['id']}/end")).text)
        assert "becomes the head of the household again" in back
    await leaves(world, person, household, people["Srey"], new_head_id=str(people["Piseth"]))
    assert (await relationships(world, household))["Piseth"] == "head"
    gone = await world.owner_rows(
        "SELECT given_name_latin, relationship FROM members WHERE left_on IS NOT NULL"
    )
    assert {tuple(row) for row in gone} == {("Dara", "spouse"), ("Srey", "parent")}
    for name in order:
        leaving = await leaving_of(world, person, household, people[name])
        answer = await ended(world, person, leaving["id"], because="came_back", ended_on=GOING.isoformat())
        assert answer.status_code == 200, answer.text
    assert await relationships(world, household) == before


@pytest.mark.parametrize("second_on", [GOING - timedelta(days=3), GOING])
async def test_the_page_of_a_return_and_the_return_agree_who_is_the_head(world: World, second_on: date):
    """Whatever the days: what counts is in which order people were said to be the head."""
    household, _ = await paid_family(world)
    person = await caseworker(world)
    async with world.client(person) as client:
        await client.post(f"/households/{household.id}/members", json=member("Srey", "1987-01-01", "spouse"))
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    await leaves(world, person, household, people["Dara"], new_head_id=str(people["Srey"]))
    heir = {"new_head_id": str(people["Piseth"]), "left_on": second_on.isoformat()}
    assert (await leaves(world, person, household, people["Srey"], **heir)).status_code == 201
    for name, again in (("Dara", True), ("Srey", False)):
        leaving = await leaving_of(world, person, household, people[name])
        async with world.browser(person) as browser:
            page = seen((await browser.get(f"/leavings/{leaving['id']}/end")).text)
        await ended(world, person, leaving["id"], because="came_back", ended_on=GOING.isoformat())
        assert ("becomes the head of the household again" in page) is again
        assert ((await relationships(world, household))[name] == "head") is again


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"left_on": "2026-02-24"}, "left_on"),
        ({"left_on": "2026-01-04"}, "left_on"),
        ({"because": "turned_18"}, "because"),
        ({"note": None}, "note"),
        ({"note": None, "because": "other"}, "note"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(world: World, changes: dict[str, Any], field: str):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    before = await follow_ups(world)
    answer = await leaves(world, await caseworker(world), household, people["Bopha"], **changes)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await world.owner_rows("SELECT FROM leavings") == []
    assert await follow_ups(world) == before


async def test_who_is_gone_does_not_go_again_and_the_last_one_closes_the_household(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    person = await caseworker(world)
    supervisor = await world.person("supervisor@KPT")
    for name in ("Bopha", "Piseth"):
        # Once the first has left, it is known that of the other nobody knows.
        assert (await leaves(world, supervisor, household, people[name])).status_code == 201
    again = await leaves(world, person, household, people["Bopha"])
    assert (again.status_code, again.json()["code"]) == (409, "left-already")
    assert "23 Feb 2026" in again.json()["detail"]
    last = await leaves(world, person, household, people["Dara"])
    assert [error["field"] for error in last.json()["errors"]] == ["because"]


async def test_who_may_say_so_and_once_is_enough(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    sent = {"id": "0196a2c0-0000-7000-8000-000000000001"}
    expected = {
        "trainer@KPT": 403,
        "monitor@KPT": 403,
        "manager": 403,
        "supervisor@KMP": 404,
        "supervisor@KPT": 201,
    }
    for role, status in expected.items():
        answer = await leaves(world, await world.person(role), household, people["Piseth"], **sent)
        assert answer.status_code == status, role
    again = await leaves(world, await world.person("supervisor@KPT"), household, people["Piseth"], **sent)
    assert again.status_code == 201
    (leaving,) = await world.owner_rows("SELECT id FROM leavings")
    for role, status in {"monitor@KPT": 403, "supervisor@KMP": 404, "caseworker@KPT": 200}.items():
        answer = await ended(
            world, await world.person(role), str(leaving["id"]), because="mistake", note="Another boy"
        )
        assert answer.status_code == status, role


async def test_where_a_child_went_is_read_by_those_who_read_visits(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    await leaves(world, await caseworker(world), household, people["Bopha"])
    for role, reads in {
        "caseworker": True,
        "monitor": True,
        "manager": True,
        "trainer": False,
        "finance": False,
    }.items():
        async with world.browser(await world.person(f"{role}@KPT")) as browser:
            html = (await browser.get(f"/households/{household.id}")).text
        assert (NOTE in html) is reads, role
    (entry,) = await world.owner_rows("SELECT changed FROM audit.entries WHERE table_name = 'leavings'")
    assert NOTE not in str(entry["changed"])


async def test_the_pages_say_what_will_happen_and_what_has(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(GOING)
    address = f"/households/{household.id}/members/{people['Bopha']}/leave"
    async with world.browser(await caseworker(world)) as browser:
        who = f"/households/{household.id}/leave"
        assert f'href="{who}"' in (await browser.get(f"/households/{household.id}")).text
        assert f'href="{address}"' in (await browser.get(who)).text
        count = sum(
            row["reminds"] and row["member_id"] == people["Bopha"] and row["lapses_on"] > GOING
            for row in await follow_ups(world)
        )
        form = seen((await browser.get(address)).text)
        assert f"Sok Bopha : {count} checks, the first on" in form
        filled = {"because": "moved", "left_on": "2026-02-23", "note": ""}
        refused = await browser.post(address, data=filled)
        assert refused.status_code == 422
        assert "with whom" in seen(refused.text)
        left = await browser.post(address, data={**filled, "note": NOTE})
        assert left.status_code == 303, left.text
        again = await browser.post(address, data={**filled, "note": NOTE})
        assert (again.status_code, "left the household on" in again.text) == (409, True)
        page = (await browser.get(left.headers["location"])).text
        told = seen(page)
        assert "1 person lives here no longer" in told
        assert "Left the household" in told
        leaving = await leaving_of(world, await caseworker(world), household, people["Bopha"])
        back = f"/leavings/{leaving['id']}/end"
        assert f'href="{back}"' in page
        assert f"Sok Bopha : {count} checks" in seen((await browser.get(f"{back}?because=mistake")).text)
        refused = await browser.post(back, data={"because": "came_back", "ended_on": "2026-02-22"})
        assert refused.status_code == 422
        returned = await browser.post(back, data={"because": "came_back", "ended_on": "2026-02-23"})
        assert returned.status_code == 303, returned.text
        told = seen((await browser.get(returned.headers["location"])).text)
        assert "Came back to the household" in told
        assert "lives here no longer" not in told
        assert (await browser.get(back)).status_code == 404
        again = await browser.post(back, data={"because": "came_back", "ended_on": "2026-02-22"})
        assert (again.status_code, "was ended on" in again.text) == (409, True)
