"""The verbs one at a time: what each does, and what it refuses."""

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from livelihood.binding import bind
from livelihood.errors import Conflict, Forbidden, InvalidInput, NotFound, Stale
from livelihood.grants import queries, service
from livelihood.grants.rules.errors import (
    AlreadyDecided,
    ApproverMayNotPay,
    FundOutOfPeriod,
    FundTooSmall,
    GrantAlreadyDisbursed,
    GrantNotApproved,
    GrantNotEditable,
    GrantNotSubmitted,
    NoStepToComplete,
    PreparerMayNotApprove,
    TrancheWaits,
)
from livelihood.grants.schemas import ApplicationChange, ApplicationIn, DecisionIn, DisbursementIn, FundIn
from livelihood.households.rules import ConsentMissing
from tests.grants.stories import (
    application_body,
    approved,
    balances,
    decided,
    drafted,
    family_that_agrees,
    fund_body,
    head_of,
    opened_fund,
    paid,
    payment_body,
    submitted,
)
from tests.support.families import registered
from tests.support.world import World

NOBODYS = "01999999-0000-7000-8000-00000000ffff"


async def test_a_fund_begins_with_its_budget(world: World) -> None:
    fund_id = await opened_fund(world, office_ids=[1, 2])
    async with world.read(await world.person("finance@KPT")) as reads:
        fund = await queries.fund(reads, fund_id)
    assert (fund.available_minor, fund.reserved_minor, fund.spent_minor) == (100_000, 0, 0)
    assert fund.budget_minor == 100_000
    assert fund.office_ids == [1]  # of the other office, this reader knows nothing


async def test_a_fund_for_an_office_one_does_not_keep_money_for_is_refused(world: World) -> None:
    async with world.work(await world.person("finance@KPT")) as uow:
        with pytest.raises(InvalidInput) as caught:
            await service.create_fund(uow, bind(FundIn, fund_body(world, office_ids=[1, 2]), typed=True))
    assert [(fault.field, str(fault.message)) for fault in caught.value.errors] == [
        ("office_ids", "There is no office 2 among yours.")
    ]


async def test_a_fund_that_ends_before_it_begins_is_refused(world: World) -> None:
    body = fund_body(world, starts_on="2026-02-01", ends_on="2026-01-31")
    async with world.work(await world.person("manager")) as uow:
        with pytest.raises(InvalidInput) as caught:
            await service.create_fund(uow, bind(FundIn, body, typed=True))
    assert [fault.field for fault in caught.value.errors] == ["ends_on"]


async def test_a_draft_is_split_by_the_policy_and_belongs_to_its_preparer(world: World) -> None:
    grant_id = await drafted(world, await opened_fund(world))
    preparer = await world.person("caseworker@KPT", name="preparer")
    async with world.read(preparer) as reads:
        grant = await queries.grant(reads, grant_id)
        to_come = await queries.steps_to_come(reads, grant, world.clock.today())
    assert (grant.status, grant.amount_minor, grant.prepared_by) == ("draft", 15_000, preparer.id)
    assert [(part.number, part.amount_minor) for part in grant.tranches] == [(1, 9_000), (2, 6_000)]
    assert [(item.description, item.amount_minor) for item in grant.items] == [
        ("Thing 1", 11_050),
        ("Thing 2", 3_950),
    ]
    assert [step.roles for step in to_come] == [["caseworker"]]
    assert grant.steps == []


async def test_the_same_application_twice_is_one_and_another_body_is_refused(world: World) -> None:
    fund_id = await opened_fund(world)
    preparer = await world.person("caseworker@KPT")
    household = await family_that_agrees(world, preparer)
    body = application_body(household, fund_id, id=str(uuid7()))
    for _ in range(2):
        async with world.work(preparer) as uow:
            grant = await service.apply(uow, bind(ApplicationIn, body, typed=True), clock=world.clock)
            assert str(grant.id) == body["id"]
    async with world.work(preparer) as uow:
        with pytest.raises(Conflict, match="already used"):
            await service.apply(
                uow, bind(ApplicationIn, {**body, "business": "Another"}, typed=True), clock=world.clock
            )
    assert len(await world.owner_rows("SELECT id FROM grants")) == 1


async def test_an_application_that_does_not_add_up_is_refused(world: World) -> None:
    fund_id = await opened_fund(world)
    preparer = await world.person("caseworker@KPT")
    household = await family_that_agrees(world, preparer)
    for changes, field in (
        ({"currency": "KHR"}, "currency"),
        ({"amount_minor": 15_001}, "amount_minor"),
        ({"tranches": [{"amount_minor": 9_000}]}, "tranches"),
        ({"fund_id": NOBODYS}, "fund_id"),
        ({"household_id": NOBODYS}, "household_id"),
    ):
        with pytest.raises(InvalidInput) as caught:
            async with world.work(preparer) as uow:
                body = bind(ApplicationIn, application_body(household, fund_id, **changes), typed=True)
                await service.apply(uow, body, clock=world.clock)
        assert [fault.field for fault in caught.value.errors] == [field]
    assert await world.owner_rows("SELECT id FROM grants") == []


async def test_a_fund_outside_its_period_or_of_another_office_takes_no_application(world: World) -> None:
    preparer = await world.person("caseworker@KPT")
    household = await family_that_agrees(world, preparer)
    ended = await opened_fund(world, name="Ended", starts_on="2020-01-01", ends_on="2020-12-31")
    elsewhere = await opened_fund(world, name="Elsewhere", office_ids=[2])
    for fund_id, refusal in ((ended, FundOutOfPeriod), (elsewhere, InvalidInput)):
        with pytest.raises(refusal):
            async with world.work(preparer) as uow:
                body = bind(ApplicationIn, application_body(household, fund_id), typed=True)
                await service.apply(uow, body, clock=world.clock)


async def test_only_who_prepares_grants_here_applies(world: World) -> None:
    fund_id = await opened_fund(world)
    household = await family_that_agrees(world, await world.person("caseworker@KPT"))
    body = bind(ApplicationIn, application_body(household, fund_id), typed=True)
    for who, refusal in (("supervisor@KPT", Forbidden), ("caseworker@KMP", InvalidInput)):
        with pytest.raises(refusal):
            async with world.work(await world.person(who)) as uow:
                await service.apply(uow, body, clock=world.clock)


async def test_a_draft_is_changed_by_the_version_that_was_read(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await drafted(world, fund_id)
    other = await world.person("caseworker@KPT", name="second hand")
    change = {
        "fund_id": str(fund_id),
        "currency": "USD",
        "business": "Ducks",
        "items": [{"description": "Ducks", "amount_minor": 20_000}],
        "monthly_income_minor": 0,
        "version": 1,
    }
    async with world.work(other) as uow:
        await service.change(uow, grant_id, bind(ApplicationChange, change, typed=True), clock=world.clock)
    with pytest.raises(Stale) as caught:
        async with world.work(other) as uow:
            await service.change(
                uow, grant_id, bind(ApplicationChange, change, typed=True), clock=world.clock
            )
    assert caught.value.current.version == 2
    async with world.read(other) as reads:
        grant = await queries.grant(reads, grant_id)
    assert (grant.business, grant.amount_minor, [part.amount_minor for part in grant.tranches]) == (
        "Ducks",
        20_000,
        [12_000, 8_000],
    )
    # Whoever wrote on it has prepared it, too.
    async with world.work(other) as uow:
        await service.submit(uow, grant_id, clock=world.clock)
    with pytest.raises(PreparerMayNotApprove):
        await decided(world, other, grant_id, "approve")


async def test_submission_needs_the_familys_consent(world: World) -> None:
    preparer = await world.person("caseworker@KPT", name="preparer")
    household = await registered(world, preparer)
    grant_id = await drafted(world, await opened_fund(world), household=household)
    with pytest.raises(ConsentMissing):
        async with world.work(preparer) as uow:
            await service.submit(uow, grant_id, clock=world.clock)


async def test_submission_shows_who_can_complete_each_step_of_every_office_that_serves(world: World) -> None:
    colleague = await world.person("caseworker@KPT", name="colleague")
    everywhere = await world.person("caseworker", name="everywhere")
    boss = await world.person("supervisor@KPT", name="boss")
    await world.person("caseworker@KMP", name="stranger")
    grant_id = await submitted(world, await opened_fund(world), 20_001)
    async with world.read(colleague) as reads:
        grant = await queries.grant(reads, grant_id)
    assert [step.roles for step in grant.steps] == [["caseworker"], ["manager", "supervisor"]]
    first, second = ({person.id for person in step.can_complete} for step in grant.steps)
    assert first == {colleague.id, everywhere.id}
    assert boss.id in second
    assert all(step.completed_by is None for step in grant.steps)


async def test_a_later_policy_does_not_touch_what_was_submitted(world: World) -> None:
    fund_id = await opened_fund(world)
    before = await submitted(world, fund_id)
    await world.owner_rows(
        "INSERT INTO approval_bands (id, currency, effective_from, up_to_minor, steps, source)"
        """ VALUES (uuidv7(), 'USD', '2021-01-01', NULL, '[["manager"]]', 'test')"""
    )
    after = await submitted(world, fund_id)
    async with world.read(await world.person("manager")) as reads:
        assert [step.roles for step in (await queries.grant(reads, before)).steps] == [["caseworker"]]
        assert [step.roles for step in (await queries.grant(reads, after)).steps] == [["manager"]]


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


async def test_the_first_tranche_paid_spends_and_anchors_the_follow_ups(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await approved(world, fund_id)
    finance = await world.person("finance@KPT")
    await paid(world, finance, grant_id)
    assert await balances(world, fund_id) == (85_000, 6_000, 9_000)
    async with world.read(finance) as reads:
        grant = await queries.grant(reads, grant_id)
    assert (grant.status, grant.paid_minor) == ("active", 9_000)
    assert grant.tranches[0].paid_on == world.clock.today()
    (anchor,) = await world.owner_rows("SELECT kind, source_id, member_id, anchored_on FROM anchors")
    assert tuple(anchor) == ("grant", grant_id, None, world.clock.today())
    assert len(await world.owner_rows("SELECT 1 FROM dirty WHERE household_id = $1", grant.household_id)) >= 1


async def test_a_payment_sent_again_is_answered_and_not_made_again(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await approved(world, fund_id)
    finance = await world.person("finance@KPT")
    key = str(uuid7())
    for _ in range(2):
        await paid(world, finance, grant_id, id=key)
    with pytest.raises(GrantAlreadyDisbursed):
        await paid(world, finance, grant_id)
    assert await balances(world, fund_id) == (85_000, 6_000, 9_000)


async def test_the_second_tranche_waits(world: World) -> None:
    grant_id = await approved(world, await opened_fund(world))
    finance = await world.person("finance@KPT")
    body = bind(
        DisbursementIn,
        payment_body(world, await head_of(world, grant_id), amount_minor=6_000),
        typed=True,
    )
    for number, refusal in ((2, TrancheWaits), (3, NotFound)):
        with pytest.raises(refusal):
            async with world.work(finance) as uow:
                await service.disburse(uow, grant_id, number, body, clock=world.clock)


async def test_money_is_paid_only_after_approval_and_not_by_an_approver(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id)
    both = await world.person("caseworker@KPT", "finance@KPT", name="both")
    with pytest.raises(GrantNotApproved):
        await paid(world, both, grant_id)
    await decided(world, both, grant_id, "approve")
    with pytest.raises(ApproverMayNotPay):
        await paid(world, both, grant_id)
    with pytest.raises(Forbidden):
        await paid(world, await world.person("supervisor@KPT"), grant_id)
    assert await balances(world, fund_id) == (85_000, 15_000, 0)


async def test_a_payment_that_cannot_be_so_is_refused(world: World) -> None:
    fund_id = await opened_fund(world)
    grant_id, other = await approved(world, fund_id), await approved(world, fund_id)
    finance = await world.person("finance@KPT")
    for changes, field in (
        ({"amount_minor": 8_999}, "amount_minor"),
        ({"currency": "KHR"}, "amount_minor"),
        ({"acknowledgement": "thumbprint"}, "witness"),
        ({"paid_on": "2999-01-01"}, "paid_on"),
        ({"paid_on": "2020-01-01"}, "paid_on"),
        ({"recipient_member_id": NOBODYS}, "recipient_member_id"),
        ({"recipient_member_id": str(await head_of(world, other))}, "recipient_member_id"),
    ):
        with pytest.raises(InvalidInput) as caught:
            await paid(world, finance, grant_id, **changes)
        assert [fault.field for fault in caught.value.errors] == [field]
    assert await balances(world, fund_id) == (70_000, 30_000, 0)


async def test_a_payment_is_dated_in_the_offices_time(world: World) -> None:
    grant_id = await approved(world, await opened_fund(world))
    tomorrow = world.clock.today() + timedelta(1)
    with pytest.raises(InvalidInput):
        await paid(world, await world.person("finance@KPT"), grant_id, paid_on=tomorrow.isoformat())


async def test_roles_without_money_know_only_that_there_is_a_grant(world: World) -> None:
    fund_id = await opened_fund(world)
    caseworker = await world.person("caseworker@KPT", name="preparer")
    household = await family_that_agrees(world, caseworker)
    grant_id = await submitted(world, fund_id, household=household)
    monitor = await world.person("monitor@KPT")
    async with world.read(monitor) as reads:
        assert await queries.with_a_grant(reads, [household.id]) == set()
    await decided(world, await world.person("caseworker@KPT", name="colleague"), grant_id, "approve")
    async with world.read(monitor) as reads:
        assert await queries.with_a_grant(reads, [household.id]) == {household.id}
        with pytest.raises(NotFound):
            await queries.grant(reads, grant_id)
        with pytest.raises(Forbidden):
            await queries.grants(reads)
    async with world.read(await world.person("monitor@KMP")) as reads:
        assert await queries.with_a_grant(reads, [household.id]) == set()
