"""Families in the database, with a payment to follow up."""

from datetime import date
from uuid import UUID, uuid4

from livelihood.clock import Clock
from livelihood.followups import service
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import AnchorKind
from livelihood.households.models import Household
from tests.support.families import registered
from tests.support.world import Person, World, clock_at

PAID = date(2026, 1, 12)


def clock_on(day: date, hour: int = 9) -> Clock:
    return clock_at(day.isoformat(), hour)


async def anchored(
    world: World, household_id: UUID, office_id: int = 1, on: date = PAID, recorded: date | None = None
) -> UUID:
    """A first tranche was paid; says the grant's id."""
    grant_id = uuid4()
    caseworker = await world.person("caseworker@KPT")
    async with world.work(caseworker) as uow:
        await service.set_anchor(
            uow,
            kind=AnchorKind.GRANT,
            source_id=grant_id,
            household_id=household_id,
            office_id=office_id,
            on=on,
            clock=clock_on(recorded or on),
        )
    return grant_id


async def paid_family(world: World, on: date = PAID) -> tuple[Household, UUID]:
    """A household with a grant, its follow-ups worked out on the day of the payment."""
    household = await registered(world, await world.person("caseworker@KPT"))
    grant_id = await anchored(world, household.id, household.office_id, on)
    world.clock = clock_on(on)
    await tick(world.worker, world.clock)
    return household, grant_id


async def monitor(world: World) -> Person:
    return await world.person("monitor@KPT")
