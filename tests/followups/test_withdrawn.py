"""A withdrawn visit never was: no risk ends by it, nobody was remediated with it, and none was ever in child labour by it."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from livelihood.followups import service
from livelihood.followups.reconcile import tick
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_visits import education, recorded
from tests.support.families import members_of
from tests.support.world import World


async def visited(world: World, household_id: UUID, day: date, *findings: dict[str, Any]) -> UUID:
    world.clock = clock_on(day)
    present = sorted({one["member_id"] for one in findings})
    effect = await recorded(
        world, household_id, findings=list(findings), present=present, happened_on=day.isoformat()
    )
    return UUID(effect["visit"]["id"])


async def withdrawn(world: World, visit_id: UUID) -> None:
    async with world.work(await monitor(world)) as uow:
        await service.withdraw_visit(uow, visit_id, "The family next door", clock=world.clock)
    await tick(world.worker, world.clock)


def worked(member_id: UUID, hours: int) -> dict[str, Any]:
    details = {"kind": "work", "economic_hours": hours, "chore_hours": 2}
    return {"member_id": str(member_id), "details": details}


async def test_a_risk_that_a_withdrawn_visit_ended_goes_on(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    await visited(world, household.id, MONTH_1, education(bopha, days_present=10, days_open=20))
    day = MONTH_1 + timedelta(days=10)
    better = await visited(world, household.id, day, education(bopha, days_present=20, days_open=20))
    (alert,) = await world.owner_rows("SELECT id, closed_because FROM alerts WHERE kind = 'at_risk'")
    assert alert["closed_because"] == "attending"
    await withdrawn(world, better)
    (again,) = await world.owner_rows("SELECT id, closed_on FROM alerts WHERE kind = 'at_risk'")
    assert tuple(again) == (alert["id"], None)


async def test_a_risk_that_a_withdrawn_visit_raised_is_over(world: World) -> None:
    household, _ = await paid_family(world)
    bopha = (await members_of(world, household))["Bopha"]
    seldom = await visited(world, household.id, MONTH_1, education(bopha, days_present=10, days_open=20))
    await withdrawn(world, seldom)
    (alert,) = await world.owner_rows("SELECT kind, closed_because FROM alerts")
    assert tuple(alert) == ("at_risk", "corrected")


async def remediated(world: World, household_id: UUID, bopha: UUID, takes_back: int | None) -> bool:
    """Found at work, and seen well twice, a hundred days apart; one of the first two visits is taken back."""
    for number, (after, hours) in enumerate(((0, 20), (10, 0), (110, 0))):
        day = MONTH_1 + timedelta(days=after)
        found = [worked(bopha, hours), education(bopha, learnt_from="child")]
        visit_id = await visited(world, household_id, day, *found)
        if number == takes_back:
            await withdrawn(world, visit_id)
    return bool(await world.owner_rows("SELECT FROM consequences WHERE kind = 'remediated'"))


async def test_remediation_counts_on_no_withdrawn_visit(world: World) -> None:
    for takes_back, expected in ((1, False), (0, False), (None, True)):
        household, _ = await paid_family(world)
        bopha = (await members_of(world, household))["Bopha"]
        assert await remediated(world, household.id, bopha, takes_back) is expected, takes_back
