"""Nothing is done for a family that has not agreed to it."""

import pytest

from livelihood.households import service
from livelihood.households.rules import ConsentMissing
from livelihood.households.schemas import ConsentIn
from tests.support.families import consented, members_of, registered
from tests.support.world import World


async def test_a_household_needs_an_adults_consent_to_services(world: World) -> None:
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker)
    child = ConsentIn(
        member_id=(await members_of(world, household))["Piseth"],
        purposes=[*service.rules.ConsentPurpose],
        method=service.rules.ConsentMethod.SIGNATURE,
        given_on=world.clock.today(),
    )
    async with world.work(caseworker) as uow:
        await service.record_consent(uow, household.id, child, clock=world.clock)
        with pytest.raises(ConsentMissing, match="No adult"):
            await service.require_consent(uow, household, clock=world.clock)
    await consented(world, caseworker, household)
    async with world.work(caseworker) as uow:
        await service.require_consent(uow, household, clock=world.clock)
