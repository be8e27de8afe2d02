"""A search goes on until somebody knows: what becomes of the plan that asked after the child ends none."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from livelihood.followups import service
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import AnchorKind
from tests.followups.stories import anchored, clock_on
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of, registered
from tests.support.world import World

DAY = timedelta(days=1)
FOUND = date(2026, 3, 2)
TRIED = [FOUND + 7 * number * DAY for number in (1, 2, 3)]
OVER = TRIED[-1] + 7 * DAY
SEARCHES = """
SELECT a.opened_on, a.closed_on, a.closed_because FROM alerts a
WHERE a.kind = 'missing_child' AND a.member_id = $1 ORDER BY a.opened_at
"""


async def searches(world: World, child: UUID) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await world.owner_rows(SEARCHES, child)]


async def nobody_met(world: World, household_id: UUID, days: list[date] = TRIED) -> list[UUID]:
    made: list[UUID] = []
    for day in days:
        world.clock = clock_on(day)
        effect = await recorded(world, household_id, happened_on=day.isoformat(), outcome="not_found")
        made.append(UUID(effect["visit"]["id"]))
    return made


async def searched_for(world: World, plan: str) -> tuple[UUID, UUID, list[UUID]]:
    """A child who was looked for three times in vain because of one plan alone, which then is taken away."""
    household = await registered(world, await world.person("caseworker@KPT"))
    bopha = (await members_of(world, household))["Bopha"]
    visit: dict[str, Any] = {}
    grant = bopha
    world.clock = clock_on(FOUND)
    if plan == "payment":
        grant = await anchored(world, household.id, household.office_id, FOUND)
    else:
        effect = await recorded(
            world, household.id, happened_on=FOUND.isoformat(), findings=[education(bopha, "none")]
        )
        visit = effect["visit"]
    tried = await nobody_met(world, household.id)
    assert await searches(world, bopha) == [(TRIED[-1], None, None)]
    world.clock = clock_on(OVER)
    if plan == "payment":
        async with world.work(await world.person("caseworker@KPT")) as uow:
            await service.remove_anchor(uow, kind=AnchorKind.GRANT, source_id=grant)
    else:
        async with world.client(await world.person("supervisor@KPT")) as client:
            response = await client.post(
                f"/visits/{visit['id']}/corrections",
                json={
                    "finding_id": visit["findings"][0]["id"],
                    "details": {"kind": "education", "state": "formal", "learnt_from": "caregiver"},
                    "reason": "It was the neighbour's child",
                },
            )
            assert response.status_code == 200
    await tick(world.worker, world.clock)
    assert await world.owner_rows("SELECT 1 FROM follow_ups WHERE member_id = $1", bopha) == []
    return household.id, bopha, tried


@pytest.mark.parametrize("plan", ["payment", "extra check"])
async def test_a_search_outlives_the_plan_that_began_it_and_ends_once_the_child_is_seen(
    world: World, plan: str
) -> None:
    household_id, bopha, _ = await searched_for(world, plan)
    assert await searches(world, bopha) == [(TRIED[-1], None, None)]
    day = OVER + DAY
    world.clock = clock_on(day)
    await recorded(
        world, household_id, happened_on=day.isoformat(), findings=[education(bopha)], present=[str(bopha)]
    )
    assert await searches(world, bopha) == [(TRIED[-1], day, "confirmed")]
    # The plan is over: closed doors begin no other search.
    await nobody_met(world, household_id, [day + 7 * number * DAY for number in (1, 2, 3)])
    assert await searches(world, bopha) == [(TRIED[-1], day, "confirmed")]


async def test_a_search_without_a_plan_ends_with_the_closed_doors_that_began_it(world: World) -> None:
    _, bopha, tried = await searched_for(world, "payment")
    async with world.work(await world.person("supervisor@KPT")) as uow:
        await service.withdraw_visit(uow, tried[0], "Another family's door", clock=world.clock)
    await tick(world.worker, world.clock)
    assert await searches(world, bopha) == [(TRIED[-1], OVER, "corrected")]


@pytest.mark.parametrize("state", ["away_alone", "unknown", "with_relatives"])
async def test_that_a_child_is_gone_is_not_taken_where_nobody_would_be_alarmed(
    world: World, state: str
) -> None:
    """Of a visit alone a search begins: what is learnt otherwise would stand on the family's page, and nobody look."""
    household = await registered(world, await world.person("caseworker@KPT"))
    bopha = str((await members_of(world, household))["Bopha"])
    said = {"member_id": bopha, "details": {"kind": "whereabouts", "state": state}}
    world.clock = clock_on(FOUND)
    async with world.client(await world.person("caseworker@KPT")) as client:

        async def told(**more: object) -> httpx.Response:
            body = {"happened_on": FOUND.isoformat(), **said, **more}
            return await client.post(f"/households/{household.id}/observations", json=body)

        at_home = await told(details={"kind": "whereabouts", "state": "at_home"})
        assert at_home.status_code == 201
        otherwise = await told()
        corrected = await told(supersedes=at_home.json()["id"], reason="It was the cousin")
        if state == "with_relatives":
            assert (otherwise.status_code, corrected.status_code) == (201, 201)
            return
        for refused in (otherwise, corrected):
            assert refused.status_code == 422
            (fault,) = refused.json()["errors"]
            assert fault["field"] == "details.state"
            assert "Record a visit: by phone or in person." in fault["message"]
        # The way on.
        visit = {"household_id": str(household.id), "happened_on": FOUND.isoformat(), "mode": "phone"}
        effect = await client.post("/visits", json={**visit, "outcome": "met", "findings": [said]})
        assert effect.status_code == 201
    assert await searches(world, UUID(bopha)) == [(FOUND, None, None)]
