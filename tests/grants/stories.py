"""Grants for tests, brought to where a test begins through the same verbs as real ones."""

from typing import Any
from uuid import UUID

from livelihood.binding import bind
from livelihood.clock import Clock
from livelihood.grants import service
from livelihood.grants.schemas import ApplicationIn, DecisionIn, DisbursementIn, FundIn
from livelihood.households.models import Household
from tests.support.families import consented, registered
from tests.support.world import Person, World


def fund_body(world: World, **changes: object) -> dict[str, Any]:
    year = world.clock.today().year
    return {
        "name": "Spring",
        "donor": "A donor",
        "currency": "USD",
        "budget_minor": 100_000,
        "starts_on": f"{year - 1}-01-01",
        "ends_on": f"{year + 1}-12-31",
        "office_ids": [1],
        **changes,
    }


def application_body(
    household: Household, fund_id: UUID, /, *prices: int, **changes: object
) -> dict[str, Any]:
    return {
        "household_id": str(household.id),
        "fund_id": str(fund_id),
        "currency": "USD",
        "business": "Fattening pigs",
        "items": [
            {"description": f"Thing {place}", "amount_minor": price}
            for place, price in enumerate(prices or (11_050, 3_950), start=1)
        ],
        "monthly_income_minor": 6_000,
        **changes,
    }


def payment_body(world: World, recipient: UUID, **changes: object) -> dict[str, Any]:
    return {
        "amount_minor": 9_000,
        "currency": "USD",
        "method": "cash",
        "recipient_member_id": str(recipient),
        "acknowledgement": "signature",
        "receipt_number": "A-0012",
        "paid_on": world.clock.today().isoformat(),
        **changes,
    }


async def opened_fund(world: World, **changes: object) -> UUID:
    """A fund of Kampong Thom with USD 1,000.00."""
    async with world.work(await world.person("manager")) as uow:
        return await service.create_fund(uow, bind(FundIn, fund_body(world, **changes), typed=True))


async def family_that_agrees(world: World, person: Person) -> Household:
    household = await registered(world, person)
    await consented(world, person, household)
    return household


async def drafted(
    world: World, fund_id: UUID, *prices: int, household: Household | None = None, clock: Clock | None = None
) -> UUID:
    """An application over USD 150.00 unless prices are given, prepared by the person named `preparer`."""
    preparer = await world.person("caseworker@KPT", name="preparer")
    family = household or await family_that_agrees(world, preparer)
    async with world.work(preparer) as uow:
        body = bind(ApplicationIn, application_body(family, fund_id, *prices), typed=True)
        return (await service.apply(uow, body, clock=clock or world.clock)).id


async def submitted(world: World, fund_id: UUID, *prices: int, household: Household | None = None) -> UUID:
    grant_id = await drafted(world, fund_id, *prices, household=household)
    async with world.work(await world.person("caseworker@KPT", name="preparer")) as uow:
        await service.submit(uow, grant_id, clock=world.clock)
    return grant_id


async def decided(world: World, person: Person, grant_id: UUID, decision: str, note: str = "") -> None:
    async with world.work(person) as uow:
        body = bind(DecisionIn, {"decision": decision, "note": note}, typed=True)
        await service.decide(uow, grant_id, body, clock=world.clock)


async def approved(world: World, fund_id: UUID) -> UUID:
    """Approved by the person named `colleague`."""
    grant_id = await submitted(world, fund_id)
    await decided(world, await world.person("caseworker@KPT", name="colleague"), grant_id, "approve")
    return grant_id


async def paid(world: World, person: Person, grant_id: UUID, **changes: object) -> None:
    async with world.work(person) as uow:
        body = bind(
            DisbursementIn, payment_body(world, await head_of(world, grant_id), **changes), typed=True
        )
        await service.disburse(uow, grant_id, 1, body, clock=world.clock)


async def head_of(world: World, grant_id: UUID) -> UUID:
    (row,) = await world.owner_rows(
        "SELECT m.id FROM members m JOIN grants g USING (household_id) WHERE g.id = $1 AND m.relationship = 'head'",
        grant_id,
    )
    return row["id"]


async def balances(world: World, fund_id: UUID) -> tuple[int, int, int]:
    """(available, reserved, spent), after making sure that they are what the fund's entries add up to."""
    (row,) = await world.owner_rows(
        "SELECT available_minor, reserved_minor, spent_minor,"
        " coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'budget'), 0) AS budget,"
        " coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'reserve'), 0) AS reserve,"
        " coalesce(sum(e.amount_minor) FILTER (WHERE e.kind = 'spend'), 0) AS spend"
        " FROM funds f JOIN fund_entries e ON e.fund_id = f.id WHERE f.id = $1 GROUP BY f.id",
        fund_id,
    )
    held = (row["available_minor"], row["reserved_minor"], row["spent_minor"])
    assert held == (row["budget"] - row["reserve"], row["reserve"] - row["spend"], row["spend"])
    return held
