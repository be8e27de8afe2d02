"""Away for a season: what is due meanwhile waits for the return, and comes back with those who return early."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from livelihood.followups.reconcile import tick
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import clock_on, monitor, paid_family
from tests.support.families import members_of
from tests.support.world import Person, World

LEAVING = date(2026, 3, 2)
RETURN = date(2026, 5, 4)


async def due_of(world: World, member_id: UUID, slot: str = "month_2") -> date:
    (row,) = await world.owner_rows(
        "SELECT due_on FROM follow_ups WHERE member_id = $1 AND slot = $2", member_id, slot
    )
    return row["due_on"]


async def leaves(
    world: World, person: Person, household: Household, *members: UUID, **changes: object
) -> httpx.Response:
    body: dict[str, Any] = {
        "member_ids": [str(one) for one in members],
        "reason": "brick_kiln",
        "away_from": LEAVING.isoformat(),
        "away_until": RETURN.isoformat(),
        **changes,
    }
    async with world.client(person) as client:
        return await client.post(f"/households/{household.id}/absences", json=body)


async def returns(world: World, person: Person, absence_id: str, on: date) -> httpx.Response:
    async with world.client(person) as client:
        return await client.post(f"/absences/{absence_id}/end", json={"back_on": on.isoformat()})


async def test_what_is_due_meanwhile_is_due_on_the_return_at_once(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    before = await due_of(world, people["Bopha"])
    assert LEAVING < before < RETURN
    world.clock = clock_on(LEAVING)
    answer = await leaves(world, await monitor(world), household, people["Piseth"])
    assert answer.status_code == 201, answer.text
    assert await due_of(world, people["Piseth"]) == RETURN
    assert await due_of(world, people["Bopha"]) == before


async def test_back_earlier_the_check_is_due_then_and_who_did_not_go_was_not_away(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    children = (people["Piseth"], people["Bopha"])
    before = await due_of(world, people["Bopha"])
    world.clock = clock_on(LEAVING)
    going = await leaves(world, await monitor(world), household, *children)
    absences = {one["member_id"]: one["id"] for one in going.json()["items"]}
    early = date(2026, 3, 24)
    for child, day, due in ((children[0], early, early), (children[1], LEAVING, before)):
        answer = await returns(world, await monitor(world), absences[str(child)], day)
        assert answer.status_code == 200, answer.text
        assert await due_of(world, child) == due
        again = await returns(world, await monitor(world), absences[str(child)], day)
        assert (again.status_code, again.json()) == (200, answer.json()), "sent twice"
    (left,) = await world.owner_rows("SELECT member_id, away_until FROM absences")
    assert (left["member_id"], left["away_until"]) == (children[0], early)
    for who, day in (("monitor@KMP", LEAVING), ("monitor@KPT", early)):
        unknown = await returns(world, await world.person(who), absences[str(children[1])], day)
        assert unknown.status_code == 404
    late = await returns(world, await monitor(world), absences[str(children[0])], RETURN)
    assert late.status_code == 422
    assert "24 Mar" in late.text


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"away_until": "2026-03-02"}, "away_until"),
        ({"away_until": "2026-12-24"}, "away_until"),
        ({"away_from": "2028-03-02", "away_until": "2028-04-02"}, "away_from"),
        ({"away_from": "9999-12-31", "away_until": "9999-12-31"}, "away_from"),
        ({"reason": "holiday"}, "reason"),
        ({"member_ids": []}, "member_ids"),
        ({"member_ids": ["0196a2c0-0000-7000-8000-000000000001"]}, "member_ids"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(world: World, changes: dict[str, Any], field: str):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(LEAVING)
    answer = await leaves(world, await monitor(world), household, people["Piseth"], **changes)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await world.owner_rows("SELECT FROM absences") == []


async def test_nobody_is_away_twice_at_a_time(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    piseth, bopha = people["Piseth"], people["Bopha"]
    world.clock = clock_on(LEAVING)
    monitor_ = await monitor(world)
    assert (await leaves(world, monitor_, household, piseth)).status_code == 201
    for days in (
        {},
        {"away_from": (RETURN - timedelta(days=1)).isoformat(), "away_until": "2026-08-01"},
        {"away_from": "2026-02-01", "away_until": (LEAVING + timedelta(days=1)).isoformat()},
    ):
        refused = await leaves(world, monitor_, household, bopha, piseth, **days)
        assert [error["field"] for error in refused.json()["errors"]] == ["member_ids"], days
        assert "One of them is away already" in refused.text
    assert len(await world.owner_rows("SELECT FROM absences")) == 1


async def test_who_may_say_so_and_once_is_enough(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(LEAVING)
    sent = {"id": "0196a2c0-0000-7000-8000-000000000001"}
    expected = {"trainer@KPT": 403, "manager": 403, "monitor@KMP": 404, "monitor@KPT": 201}
    for role, status in (expected | {"monitor@KPT": 201}).items():
        answer = await leaves(world, await world.person(role), household, people["Piseth"], **sent)
        assert answer.status_code == status, role
    await leaves(world, await monitor(world), household, people["Piseth"], **sent)
    (absence,) = await world.owner_rows("SELECT id FROM absences")
    for role, status in {"trainer@KPT": 403, "monitor@KMP": 404}.items():
        answer = await returns(world, await world.person(role), str(absence["id"]), date(2026, 3, 24))
        assert answer.status_code == status, role


async def test_the_whole_family_by_the_page_and_back_again(world: World):
    household, _ = await paid_family(world)
    world.clock = clock_on(LEAVING)
    async with world.browser(await monitor(world)) as browser:
        page = await browser.get(f"/households/{household.id}")
        assert f'href="/households/{household.id}/away"' in page.text
        form = await browser.get(f"/households/{household.id}/away")
        assert form.text.count('name="member_ids"') == form.text.count(" checked>") == 3
        people = await members_of(world, household)
        filled: dict[str, Any] = {
            "member_ids": [str(one) for one in people.values()],
            "reason": "harvest",
            "away_from": "2026-03-02",
            "away_until": "2026-02-02",
        }
        refused = await browser.post(f"/households/{household.id}/away", data=filled)
        assert refused.status_code == 422
        assert "is not after the day they leave" in seen(refused.text)
        done = await browser.post(
            f"/households/{household.id}/away", data=filled | {"away_until": RETURN.isoformat()}
        )
        assert done.status_code == 303
        page = await browser.get(done.headers["location"])
        assert seen(page.text).count("away until 4 May") == 3
        assert "The harvest" in seen(page.text)
        rows = await world.owner_rows("SELECT id FROM absences")
        assert len(rows) == 3
        back = f"/absences/{rows[0]['id']}/end"
        assert f'href="{back}"' in page.text
        assert "The harvest" in seen((await browser.get(back)).text)
        done = await browser.post(back, data={"back_on": "2026-03-02"})
        assert seen((await browser.get(done.headers["location"])).text).count("away until 4 May") == 2
        assert (await browser.get(back)).status_code == 404


async def test_a_child_who_is_away_carries_until_when_on_the_route_and_at_home(world: World):
    """From the day of leaving until the day before the return; also where nothing of theirs is due."""
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(LEAVING)
    assert (await leaves(world, await monitor(world), household, people["Piseth"])).status_code == 201
    for day, is_away in (
        (LEAVING - timedelta(days=1), False),
        (LEAVING, True),
        (RETURN - timedelta(days=1), True),
        (RETURN, False),
    ):
        world.clock = clock_on(day)
        await tick(world.worker, world.clock)
        async with world.browser(await monitor(world)) as browser:
            route = (await browser.get("/follow-ups?whose=all")).text
            at_home = (await browser.get(f"/households/{household.id}")).text
        async with world.client(await monitor(world)) as client:
            villages = (await client.get("/worklist")).json()["villages"]
        (listed,) = [one for village in villages for one in village["households"]]
        told = [(one["member_id"], one["until"]) for one in listed["away"]]
        assert told == ([(str(people["Piseth"]), RETURN.isoformat())] if is_away else []), day
        assert household.code in route, day
        assert ("away until 4 May 2026" in route) is is_away, day
        if is_away:
            assert "Piseth" in route
            assert "away until 4 May 2026" in at_home
    async with world.browser(await world.person("monitor@KMP")) as browser:
        assert "away until" not in (await browser.get("/follow-ups?whose=all")).text


async def test_the_visit_form_says_who_is_away_and_until_when(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    world.clock = clock_on(LEAVING)
    await leaves(world, await monitor(world), household, people["Piseth"])
    for day, shown in ((LEAVING, 1), (RETURN, 0)):
        world.clock = clock_on(day)
        async with world.browser(await monitor(world)) as browser:
            form = seen((await browser.get(f"/visits/new?household={household.id}")).text)
        assert form.count("away until 4 May") == shown, day


async def test_what_was_due_before_they_leave_stays_due_and_the_page_says_so(world: World):
    household, _ = await paid_family(world)
    people = await members_of(world, household)
    reader = await monitor(world)
    before = await due_of(world, people["Piseth"])
    day_after = before + timedelta(days=1)
    world.clock = clock_on(day_after)
    away = await leaves(world, reader, household, people["Piseth"], away_from=day_after.isoformat())
    assert away.status_code == 201, away.text
    assert await due_of(world, people["Piseth"]) == before
    async with world.browser(reader) as browser:
        form = seen((await browser.get(f"/households/{household.id}/away")).text)
    assert "A check whose day has come before they leave stays due" in form
    assert "An alert is open" not in form


async def test_an_open_alert_is_told_where_a_child_goes_away_and_its_extra_check_moves(world: World):
    household, _ = await paid_family(world)
    piseth = (await members_of(world, household))["Piseth"]
    reader = await monitor(world)
    found_on = LEAVING - timedelta(days=3)
    world.clock = clock_on(found_on)
    out = {"kind": "education", "state": "none"}
    async with world.client(reader) as client, world.browser(reader) as browser:
        body = {"household_id": str(household.id), "happened_on": found_on.isoformat(), "outcome": "met"}
        body["findings"] = [{"member_id": str(piseth), "details": out}]
        assert (await client.post("/visits", json=body)).status_code == 201
        form = seen((await browser.get(f"/households/{household.id}/away")).text)
    assert "Sok Piseth: out of school. It stays open while they are away. Its extra check" in form.replace(
        " .", "."
    )
    world.clock = clock_on(LEAVING)
    await leaves(world, reader, household, piseth)
    (extra,) = await world.owner_rows(
        "SELECT due_on FROM follow_ups WHERE member_id = $1 AND protocol = 'extra_check'", piseth
    )
    assert extra["due_on"] == RETURN
