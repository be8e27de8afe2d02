"""Dozens of connections at once: no money reserved or paid twice, no fund overdrawn, nobody counted twice."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from uuid import UUID

import pytest
from uuid_utils.compat import uuid7

from livelihood.accounts.actor import decode_actor
from livelihood.binding import bind
from livelihood.db.work import Database, UnitOfWork
from livelihood.grants import service
from livelihood.grants.schemas import ApplicationIn, DecisionIn, DisbursementIn
from tests.grants.stories import (
    application_body,
    approved,
    balances,
    decided,
    family_that_agrees,
    head_of,
    opened_fund,
    payment_body,
    submitted,
)
from tests.support.world import Person, World

CROWD = 24

Verb = Callable[[UnitOfWork], Awaitable[object]]


@pytest.fixture
async def crowd(world: World) -> AsyncGenerator[Database]:
    """A pool in which everybody has a connection of their own."""
    database = Database(world.database.url, decode_actor=decode_actor, pool_size=CROWD)
    await database.start()
    yield database
    await database.stop()


async def all_at_once(database: Database, attempts: Iterable[tuple[Person, Verb]]) -> Counter[str]:
    """How the attempts ended: `done`, or the name of the refusal."""

    async def attempt(person: Person, verb: Verb) -> str:
        try:
            async with database.work(person.identity) as uow:
                await verb(uow)
        except Exception as error:  # noqa: BLE001  # whatever it was, it is counted by its name
            return type(error).__name__
        return "done"

    return Counter(await asyncio.gather(*(attempt(person, verb) for person, verb in attempts)))


def approving(world: World, grant_id: UUID) -> Verb:
    body = bind(DecisionIn, {"decision": "approve"}, typed=True)
    return lambda uow: service.decide(uow, grant_id, body, clock=world.clock)


async def test_of_many_colleagues_one_approves(world: World, crowd: Database) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id)
    colleagues = [await world.person("caseworker@KPT", name=f"colleague {n}") for n in range(CROWD)]
    ended = await all_at_once(crowd, ((person, approving(world, grant_id)) for person in colleagues))
    assert ended == {"done": 1, "GrantNotSubmitted": CROWD - 1}
    assert len(await world.owner_rows("SELECT 1 FROM grant_decisions")) == 1
    assert await balances(world, fund_id) == (85_000, 15_000, 0)


async def test_one_person_approving_many_times_counts_once(world: World, crowd: Database) -> None:
    fund_id = await opened_fund(world)
    grant_id = await submitted(world, fund_id, 30_000)
    both = await world.person("caseworker@KPT", "supervisor@KPT", name="both")
    ended = await all_at_once(crowd, [(both, approving(world, grant_id))] * CROWD)
    assert ended == {"done": 1, "AlreadyDecided": CROWD - 1}
    assert await balances(world, fund_id) == (100_000, 0, 0)
    await decided(world, await world.person("caseworker@KPT", name="colleague"), grant_id, "approve")
    assert await balances(world, fund_id) == (70_000, 30_000, 0)


async def test_a_tranche_is_paid_once(world: World, crowd: Database) -> None:
    fund_id = await opened_fund(world)
    grant_id = await approved(world, fund_id)
    head = await head_of(world, grant_id)
    payers = [await world.person("finance@KPT", name=f"payer {n}") for n in range(CROWD)]

    def paying(place: int) -> Verb:
        body = bind(DisbursementIn, payment_body(world, head, receipt_number=f"R-{place}"), typed=True)
        return lambda uow: service.disburse(uow, grant_id, 1, body, clock=world.clock)

    ended = await all_at_once(crowd, ((person, paying(place)) for place, person in enumerate(payers)))
    assert ended == {"done": 1, "GrantAlreadyDisbursed": CROWD - 1}
    assert len(await world.owner_rows("SELECT 1 FROM disbursements")) == 1
    assert len(await world.owner_rows("SELECT 1 FROM anchors")) == 1
    assert await balances(world, fund_id) == (85_000, 6_000, 9_000)


async def test_one_payment_sent_many_times_is_answered_each_time_and_made_once(
    world: World, crowd: Database
) -> None:
    fund_id = await opened_fund(world)
    grant_id = await approved(world, fund_id)
    finance = await world.person("finance@KPT")
    sent = payment_body(world, await head_of(world, grant_id), id=str(uuid7()))
    body = bind(DisbursementIn, sent, typed=True)
    ended = await all_at_once(
        crowd, [(finance, lambda uow: service.disburse(uow, grant_id, 1, body, clock=world.clock))] * CROWD
    )
    assert ended == {"done": CROWD}
    assert await balances(world, fund_id) == (85_000, 6_000, 9_000)


async def test_many_applications_never_overdraw_one_fund(world: World, crowd: Database) -> None:
    fund_id = await opened_fund(world, budget_minor=100_000)
    preparer = await world.person("caseworker@KPT", name="preparer")
    household = await family_that_agrees(world, preparer)
    grants = [await submitted(world, fund_id, household=household) for _ in range(CROWD)]
    colleagues = [await world.person("caseworker@KPT", name=f"colleague {n}") for n in range(CROWD)]
    ended = await all_at_once(
        crowd,
        ((person, approving(world, grant)) for person, grant in zip(colleagues, grants, strict=True)),
    )
    assert ended == {"done": 6, "FundTooSmall": CROWD - 6}
    assert await balances(world, fund_id) == (10_000, 90_000, 0)
    assert len(await world.owner_rows("SELECT 1 FROM grant_decisions")) == 6
    assert len(await world.owner_rows("SELECT 1 FROM grants WHERE status = 'approved'")) == 6


async def test_one_application_sent_many_times_is_one(world: World, crowd: Database) -> None:
    fund_id = await opened_fund(world)
    preparer = await world.person("caseworker@KPT", name="preparer")
    household = await family_that_agrees(world, preparer)
    body = bind(ApplicationIn, application_body(household, fund_id, id=str(uuid7())), typed=True)
    ended = await all_at_once(
        crowd, [(preparer, lambda uow: service.apply(uow, body, clock=world.clock))] * CROWD
    )
    assert ended == {"done": CROWD}
    assert len(await world.owner_rows("SELECT 1 FROM grants")) == 1
    assert len(await world.owner_rows("SELECT 1 FROM tranches")) == 2
