"""Where PostgreSQL gives one of two up for the other, it is told to wait; nothing stays, and the same goes through then."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text

from livelihood.db.actor import Named
from tests.followups.stories import clock_on, monitor, paid_family
from tests.followups.test_api import MONTH_1
from tests.support.locks import somebody_waits
from tests.support.world import World

LOCK = text("SELECT FROM households WHERE id = :id FOR UPDATE")
CLAIM = text("INSERT INTO creations (id, kind, body_hash) VALUES (:id, 'visit', '')")


@pytest.mark.parametrize("why", ["deadlock", "lock not available"])
@pytest.mark.parametrize("how", ["page", "program"])
async def test_who_is_given_up_for_another_is_asked_to_try_again(world: World, how: str, why: str) -> None:
    household, _ = await paid_family(world)
    world.clock = clock_on(MONTH_1)
    who = await monitor(world)
    visit = {
        "id": str(uuid4()),
        "household_id": str(household.id),
        "happened_on": MONTH_1.isoformat(),
        "outcome": "not_found",
    }
    if why == "lock not available":
        async with world.owner.work(Named("setup")) as uow:
            await uow.session.execute(text(f"ALTER DATABASE \"{world.name}\" SET lock_timeout = '50ms'"))
        await world.database.engine.dispose()

    async def sent() -> httpx.Response:
        if how == "page":
            async with world.browser(who) as browser:
                return await browser.post("/visits/new", data=visit)
        async with world.client(who) as client:
            return await client.post("/visits", json=visit)

    async with world.owner.work(Named("setup")) as other:
        await other.session.execute(LOCK, {"id": household.id})
        if why == "deadlock":
            # Whose patience ends first is given up.
            await other.session.execute(text("SET LOCAL deadlock_timeout = '1min'"))
            waiting = asyncio.create_task(sent())
            await somebody_waits(world)
            await other.session.execute(CLAIM, {"id": visit["id"]})
            refused = await waiting
        else:
            refused = await sent()
        await other.session.rollback()
    assert refused.status_code == 503, refused.text
    assert "Nothing was saved; wait a moment and try again." in refused.text
    assert await kept(world) == []
    again = await sent()
    assert again.status_code in {201, 303}, again.text
    assert await kept(world) == [visit["id"]]


async def kept(world: World) -> list[Any]:
    return [str(row["id"]) for row in await world.owner_rows("SELECT id FROM visits")]
