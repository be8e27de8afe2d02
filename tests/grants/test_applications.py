"""Applications until they are submitted: what each verb does, what it refuses, and who knows of them."""

import pytest
from uuid_utils.compat import uuid7

from livelihood.binding import bind
from livelihood.errors import Conflict, Forbidden, InvalidInput, NotFound, Stale
from livelihood.grants import queries, service
from livelihood.grants.rules.errors import FundOutOfPeriod, PreparerMayNotApprove
from livelihood.grants.schemas import ApplicationChange, ApplicationIn
from livelihood.households.rules import ConsentMissing
from tests.grants.stories import (
    application_body,
    decided,
    drafted,
    family_that_agrees,
    opened_fund,
    submitted,
)
from tests.support.families import registered
from tests.support.world import World

NOBODYS = "01999999-0000-7000-8000-00000000ffff"


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
