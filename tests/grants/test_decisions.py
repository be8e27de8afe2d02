"""Decisions on what was submitted: what each does, and what it refuses."""

import pytest

from livelihood.binding import bind
from livelihood.errors import Forbidden, InvalidInput, Stale
from livelihood.grants import queries, service
from livelihood.grants.rules.errors import (
    AlreadyDecided,
    FundTooSmall,
    GrantNotEditable,
    GrantNotSubmitted,
    NoStepToComplete,
    PreparerMayNotApprove,
)
from livelihood.grants.schemas import DecisionIn
from tests.grants.stories import balances, decided, opened_fund, submitted
from tests.support.world import World


async def test_the_last_approval_reserves_the_money(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id, 20_001)
    await decided(world, await world.person("caseworker@KPT", name="colleague"), grant_id, "approve")
    assert await balances(world, fund_id) == (100_000, 0, 0)
    await decided(world, await world.person("supervisor@KPT"), grant_id, "approve")
    assert await balances(world, fund_id) == (79_999, 20_001, 0)
    async with world.read(await world.person("manager")) as reads:
        grant = await queries.grant(reads, grant_id)
    assert (grant.status, grant.approved_on) == ("approved", world.clock.today())
    assert [step.completed_by.name if step.completed_by else None for step in grant.steps] == [
        "Colleague",
        "Supervisor.Kpt",
    ]


async def test_nobody_approves_what_they_prepared_whatever_their_roles(world: World) -> None:
    preparer = await world.person("caseworker@KPT", "supervisor@KPT", "manager", name="preparer")
    grant_id = await submitted(world, await opened_fund(world))
    for decision in ("approve", "return", "reject"):
        with pytest.raises(PreparerMayNotApprove):
            await decided(world, preparer, grant_id, decision, "why")


async def test_no_one_approves_twice_even_with_both_roles(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id, 20_001)
    both = await world.person("caseworker@KPT", "supervisor@KPT", name="both")
    await decided(world, both, grant_id, "approve")
    with pytest.raises(AlreadyDecided):
        await decided(world, both, grant_id, "approve")
    await decided(world, await world.person("caseworker@KPT", name="colleague"), grant_id, "approve")
    assert await balances(world, fund_id) == (79_999, 20_001, 0)


async def test_a_role_no_step_asks_for_does_not_approve_but_may_return(world: World) -> None:
    grant_id = await submitted(world, await opened_fund(world))
    supervisor = await world.person("supervisor@KPT")
    with pytest.raises(NoStepToComplete):
        await decided(world, supervisor, grant_id, "approve")
    with pytest.raises(InvalidInput):
        await decided(world, supervisor, grant_id, "return", "  ")
    await decided(world, supervisor, grant_id, "return", "Ask for two pigs, not one.")
    with pytest.raises(Forbidden):
        await decided(world, await world.person("finance@KPT"), grant_id, "approve")


async def test_what_is_returned_is_submitted_again_and_old_approvals_do_not_count(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id, 20_001)
    colleague = await world.person("caseworker@KPT", name="colleague")
    supervisor = await world.person("supervisor@KPT")
    await decided(world, colleague, grant_id, "approve")
    await decided(world, supervisor, grant_id, "return", "Where will the pigs live?")
    with pytest.raises(GrantNotSubmitted):
        await decided(world, await world.person("manager"), grant_id, "approve")
    async with world.work(await world.person("caseworker@KPT", name="preparer")) as uow:
        await service.submit(uow, grant_id, clock=world.clock)
    await decided(world, supervisor, grant_id, "approve")
    assert await balances(world, fund_id) == (100_000, 0, 0)
    await decided(world, colleague, grant_id, "approve")
    assert await balances(world, fund_id) == (79_999, 20_001, 0)


async def test_a_decision_on_an_earlier_submission_is_refused(world: World) -> None:
    grant_id = await submitted(world, await opened_fund(world))
    await decided(world, await world.person("supervisor@KPT"), grant_id, "return", "More, please.")
    async with world.work(await world.person("caseworker@KPT", name="preparer")) as uow:
        await service.submit(uow, grant_id, clock=world.clock)
    with pytest.raises(Stale):
        async with world.work(await world.person("caseworker@KPT", name="colleague")) as uow:
            body = bind(DecisionIn, {"decision": "approve", "round": 1}, typed=True)
            await service.decide(uow, grant_id, body, clock=world.clock)


async def test_a_rejected_application_is_over(world: World) -> None:
    grant_id = await submitted(world, await opened_fund(world))
    await decided(
        world, await world.person("supervisor@KPT"), grant_id, "reject", "The family has moved away."
    )
    with pytest.raises(GrantNotEditable):
        async with world.work(await world.person("caseworker@KPT", name="preparer")) as uow:
            await service.submit(uow, grant_id, clock=world.clock)


async def test_a_fund_with_too_little_refuses_the_approval_and_records_nothing(world: World) -> None:
    fund_id = await opened_fund(world, budget_minor=14_999)
    grant_id = await submitted(world, fund_id)
    colleague = await world.person("caseworker@KPT", name="colleague")
    with pytest.raises(FundTooSmall, match="Spring"):
        await decided(world, colleague, grant_id, "approve")
    assert await world.owner_rows("SELECT 1 FROM grant_decisions") == []
    assert await balances(world, fund_id) == (14_999, 0, 0)
    async with world.read(colleague) as reads:
        assert (await queries.grant(reads, grant_id)).status == "submitted"
