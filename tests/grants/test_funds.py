"""Opening a fund: what it begins with, and what is refused."""

import pytest

from livelihood.binding import bind
from livelihood.errors import InvalidInput
from livelihood.grants import queries, service
from livelihood.grants.schemas import FundIn
from tests.grants.stories import fund_body, opened_fund
from tests.support.world import World


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
