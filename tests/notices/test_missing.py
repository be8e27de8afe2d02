"""A child found missing is told at once to those who look for children, and to nobody twice."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from livelihood.binding import bind
from livelihood.db.actor import Named
from livelihood.followups.reconcile import tick
from livelihood.followups.schemas import VisitIn
from livelihood.followups.service import record_visit, withdraw_visit
from livelihood.households.models import Household
from tests.desk.test_today import seen
from tests.followups.stories import paid_family
from tests.followups.test_leaving import ended, leaves, leaving_of
from tests.support.families import members_of
from tests.support.places import KMP, KPT_OTHER
from tests.support.world import Person, World, clock_at

TOLD = "SELECT s.username, o.kind, o.path FROM outbox o JOIN staff s ON s.id = o.staff_id ORDER BY 1"


@pytest.mark.parametrize("names", [("Piseth",), ("Bopha", "Piseth")])
async def test_a_child_away_alone_is_told_to_safeguarding_and_the_familys_own_staff(
    world: World, names: tuple[str, ...]
):
    """Of two of one family there is one notice, which leads to the family: the second says nothing new."""
    household, _ = await paid_family(world)
    for role in ("focal_point@KPT", "focal_point", "supervisor@KPT", "focal_point@KMP", "manager"):
        await world.person(role)
    monitor = await world.person("monitor@KPT")
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute(
            "UPDATE households SET monitor_id = $1 WHERE id = $2", monitor.id, household.id
        )
    children = await members_of(world, household)
    world.clock = clock_at("2026-02-12")
    body = {
        "household_id": str(household.id),
        "happened_on": "2026-02-12",
        "outcome": "met",
        "findings": [
            {"member_id": str(children[name]), "details": {"kind": "whereabouts", "state": "away_alone"}}
            for name in names
        ],
    }
    async with world.work(monitor) as uow:
        await record_visit(uow, bind(VisitIn, body, typed=True), clock=world.clock)
    await tick(world.worker, world.clock)
    alerts = await world.owner_rows("SELECT id FROM alerts WHERE kind = 'missing_child'")
    assert len(alerts) == len(names)
    path = f"/alerts/{alerts[0]['id']}" if len(alerts) == 1 else f"/households/{household.id}"
    told = [tuple(row) for row in await world.owner_rows(TOLD)]
    assert told == [
        (name, "safeguarding", path)
        for name in ("caseworker.kpt", "focal_point", "focal_point.kpt", "monitor.kpt", "supervisor.kpt")
    ]


AWAY = {"kind": "whereabouts", "state": "away_alone"}
IN_SCHOOL = {"kind": "education", "state": "formal"}


async def found(
    world: World, who: Person, household: Household, day: str, *said: tuple[UUID, dict[str, Any]]
) -> UUID:
    world.clock = clock_at(day)
    body = {
        "household_id": str(household.id),
        "happened_on": day,
        "outcome": "met",
        "findings": [{"member_id": str(member), "details": details} for member, details in said],
        "present": [str(member) for member, details in said if details is IN_SCHOOL],
    }
    async with world.work(who) as uow:
        return await record_visit(uow, bind(VisitIn, body, typed=True), clock=world.clock)


async def notices(world: World) -> list[str]:
    """The pages that the focal point was sent to."""
    rows = await world.owner_rows(
        "SELECT path FROM outbox o JOIN staff s ON s.id = o.staff_id WHERE s.username = 'focal_point.kpt' "
        "ORDER BY o.created_at"
    )
    return [row["path"] for row in rows]


async def searches(world: World) -> dict[UUID, tuple[UUID, str | None]]:
    """By child."""
    rows = await world.owner_rows("SELECT * FROM alerts WHERE kind = 'missing_child'")
    return {row["member_id"]: (row["id"], row["closed_because"]) for row in rows}


async def test_a_child_who_was_not_found_after_all_is_told_again_each_time(world: World):
    """The visit that found the child was at another house, and so was the one after it."""
    household, _ = await paid_family(world)
    supervisor = await world.person("supervisor@KPT")
    await world.person("focal_point@KPT")
    monitor = await world.person("monitor@KPT")
    piseth = (await members_of(world, household))["Piseth"]
    await found(world, monitor, household, "2026-02-12", (piseth, AWAY))
    alert_id, _ = (await searches(world))[piseth]
    path = f"/alerts/{alert_id}"
    assert await notices(world) == [path]
    for times in (1, 2):
        sighting = await found(world, monitor, household, "2026-02-16", (piseth, IN_SCHOOL))
        assert await searches(world) == {piseth: (alert_id, "confirmed")}
        world.clock = clock_at("2026-03-16")
        async with world.work(supervisor) as uow:
            await withdraw_visit(uow, sighting, "It was the cousin", clock=world.clock)
        for _ in range(2):
            await tick(world.worker, world.clock)
            assert await searches(world) == {piseth: (alert_id, None)}
            assert await notices(world) == [path] * (1 + times)
            async with world.owner.work(Named("setup")) as uow:
                await uow.mark_dirty(household.id, household.office_id, "looked at once more")
    async with world.browser(supervisor) as browser:
        for page in (path, f"/households/{household.id}"):
            shown = seen((await browser.get(page)).text)
            assert "Alert open again" in shown
            assert "What had closed it was taken back." in shown


async def test_a_second_child_whose_end_of_the_search_is_taken_back_is_told_of_too(world: World):
    household, _ = await paid_family(world)
    supervisor = await world.person("supervisor@KPT")
    await world.person("focal_point@KPT")
    monitor = await world.person("monitor@KPT")
    people = await members_of(world, household)
    children = [people["Bopha"], people["Piseth"]]
    await found(world, monitor, household, "2026-02-12", *((one, AWAY) for one in children))
    for order in (children, children[::-1]):
        sightings = [await found(world, monitor, household, "2026-02-16", (one, IN_SCHOOL)) for one in order]
        for sighting in sightings:
            before = len(await notices(world))
            world.clock = clock_at("2026-03-16")
            async with world.work(supervisor) as uow:
                await withdraw_visit(uow, sighting, "It was the cousin", clock=world.clock)
            await tick(world.worker, world.clock)
            assert len(await notices(world)) == before + 1
    assert {closed for _, closed in (await searches(world)).values()} == {None}


async def test_a_child_who_did_not_die_is_missing_again_and_told(world: World):
    household, _ = await paid_family(world)
    await world.person("focal_point@KPT")
    caseworker, supervisor = await world.person("caseworker@KPT"), await world.person("supervisor@KPT")
    bopha = (await members_of(world, household))["Bopha"]
    await found(world, await world.person("monitor@KPT"), household, "2026-02-12", (bopha, AWAY))
    alert_id, _ = (await searches(world))[bopha]
    world.clock = clock_at("2026-03-16")
    left = await leaves(world, supervisor, household, bopha, because="died", left_on="2026-03-01")
    assert left.status_code < 300, left.text
    await tick(world.worker, world.clock)
    assert await searches(world) == {bopha: (alert_id, "died")}
    assert await notices(world) == [f"/alerts/{alert_id}"] * 2, "the search ended this way"
    leaving = await leaving_of(world, caseworker, household, bopha)
    back = await ended(world, supervisor, leaving["id"], because="mistake", note="It was her aunt")
    assert back.status_code < 300, back.text
    await tick(world.worker, world.clock)
    assert await searches(world) == {bopha: (alert_id, None)}
    assert await notices(world) == [f"/alerts/{alert_id}"] * 3


@pytest.mark.parametrize("names", [("Bopha",), ("Bopha", "Piseth"), ()])
async def test_the_office_that_gets_the_family_of_a_missing_child_is_told_once(
    world: World, names: tuple[str, ...]
):
    household, _ = await paid_family(world)
    for role in ("supervisor@KMP", "focal_point@KMP", "caseworker@KMP", "monitor@KMP", "trainer@KMP"):
        await world.person(role)
    supervisor, monitor = await world.person("supervisor@KPT"), await world.person("monitor@KPT")
    people = await members_of(world, household)
    said = [(people[name], AWAY) for name in names] or [(people["Bopha"], IN_SCHOOL)]
    await found(world, monitor, household, "2026-02-12", *said)
    async with world.owner.work(Named("setup")) as uow:
        await uow.conn.execute("DELETE FROM outbox")
    async with world.client(supervisor) as client:
        # Another village of the same office: everybody knows already.
        within = await client.post(
            f"/households/{household.id}/hand-over", json={"village_code": KPT_OTHER, "reason": "Next door"}
        )
        assert within.status_code == 201, within.text
    assert await world.owner_rows(TOLD) == []
    body = {"id": str(uuid4()), "village_code": KMP, "reason": "They moved to the aunt"}
    async with world.client(supervisor) as client:
        for _ in range(2):
            moved = await client.post(f"/households/{household.id}/hand-over", json=body)
            assert moved.status_code == 201, moved.text
    await tick(world.worker, world.clock)
    alerts = [alert_id for alert_id, _ in (await searches(world)).values()]
    path = f"/alerts/{alerts[0]}" if len(alerts) == 1 else f"/households/{household.id}"
    told = ("caseworker.kmp", "focal_point.kmp", "monitor.kmp", "supervisor.kmp") if names else ()
    assert [tuple(row) for row in await world.owner_rows(TOLD)] == [
        (name, "safeguarding", path) for name in told
    ]
