"""The last attempt that met nobody stands on the route, until somebody of the family is met."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from livelihood.followups.queries.last_tried import last_tried
from livelihood.followups.reconcile import tick
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.followups.test_corrections import WHY
from tests.followups.test_visits import recorded
from tests.support.world import World

BEFORE = MONTH_1 - timedelta(days=1)


def said(tries: dict[UUID, Any], household_id: UUID) -> tuple[date, str] | None:
    one = tries.get(household_id)
    return (one.happened_on, one.outcome) if one else None


async def test_a_closed_door_shows_on_the_card_and_the_form_until_somebody_is_met(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    await tick(world.worker, world.clock)
    await recorded(world, household.id, happened_on=BEFORE.isoformat(), outcome="refused")
    tried = await recorded(world, household.id, outcome="not_found", mode="phone", note="Door closed")
    async with world.browser(await monitor(world)) as browser:
        for address in ("/follow-ups?whose=all", f"/visits/new?household={household.id}"):
            html = (await browser.get(address)).text
            assert "Nobody was there (by telephone)" in html, address
        assert "They refused" not in (await browser.get("/follow-ups?whose=all")).text
        assert f'href="/visits/{tried["visit"]["id"]}"' in (await browser.get("/follow-ups?whose=all")).text
    async with world.client(await monitor(world)) as client:
        (village,) = (await client.get("/worklist")).json()["villages"]
        assert village["households"][0]["last_tried"] == {
            "household_id": str(household.id),
            "visit_id": tried["visit"]["id"],
            "happened_on": MONTH_1.isoformat(),
            "outcome": "not_found",
            "mode": "phone",
        }
    async with world.browser(await world.person("trainer@KPT")) as browser:
        assert "Last tried:" not in (await browser.get("/follow-ups?whose=all")).text
    await recorded(world, household.id)
    async with world.client(await monitor(world)) as client:
        (village,) = (await client.get("/worklist")).json()["villages"]
        assert village["households"][0]["last_tried"] is None
    async with world.browser(await monitor(world)) as browser:
        assert "Last tried:" not in (await browser.get("/follow-ups?whose=all")).text


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ([(0, "met"), (1, "not_found")], (MONTH_1, None)),
        ([(1, "met"), (0, "moved")], (MONTH_1, "moved")),
        ([(0, "met"), (0, "not_found")], (MONTH_1, None)),
        ([(0, "not_found"), (0, "no_access")], (MONTH_1, "no_access")),
    ],
)
async def test_a_day_on_which_somebody_was_met_is_no_day_of_nobody(
    world: World, made: list[tuple[int, str]], expected: tuple[date, str | None]
) -> None:
    """`made`: so many days ago, in the order in which it was recorded."""
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    for back, outcome in made:
        day = MONTH_1 - timedelta(days=back)
        await recorded(world, household.id, happened_on=day.isoformat(), outcome=outcome, note="Not known")
    async with world.read(await monitor(world)) as reads:
        found = said(dict(await last_tried(reads, [household.id])), household.id)
    assert found == (expected if expected[1] else None)


async def test_an_attempt_that_was_withdrawn_does_not_count_nor_is_it_told_elsewhere(world: World) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    await recorded(world, household.id, happened_on=BEFORE.isoformat(), outcome="no_access")
    wrong = await recorded(world, household.id, outcome="not_found")
    async with world.client(await monitor(world)) as client:
        sent = await client.post(f"/visits/{wrong['visit']['id']}/withdrawal", json={"reason": WHY})
        assert sent.status_code in {200, 201}, sent.text
    async with world.read(await monitor(world)) as reads:
        assert said(dict(await last_tried(reads, [household.id])), household.id) == (BEFORE, "no_access")
    for who in ("monitor@KMP", "trainer@KPT"):
        async with world.read(await world.person(who)) as reads:
            assert await last_tried(reads, [household.id]) == {}
