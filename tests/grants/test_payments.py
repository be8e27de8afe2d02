"""Paying the first tranche: what it does, and what it refuses."""

from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from livelihood.binding import bind
from livelihood.errors import Forbidden, InvalidInput, NotFound
from livelihood.grants import queries, service
from livelihood.grants.rules.errors import (
    ApproverMayNotPay,
    GrantAlreadyDisbursed,
    GrantNotApproved,
    TrancheWaits,
)
from livelihood.grants.schemas import DisbursementIn
from tests.grants.stories import (
    approved,
    balances,
    decided,
    head_of,
    opened_fund,
    paid,
    payment_body,
    submitted,
)
from tests.support.world import World

NOBODYS = "01999999-0000-7000-8000-00000000ffff"


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
