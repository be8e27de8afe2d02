"""Connections for reading: never more than there may be, none lost, none handed on in the middle of something."""

import asyncio
from collections.abc import AsyncGenerator

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy.engine import make_url

from livelihood.db import read_pool
from livelihood.db.read_pool import ReadPool
from tests.support.world import World

SIZE = 2


@pytest_asyncio.fixture
async def pool(world: World) -> AsyncGenerator[ReadPool]:
    pool = ReadPool(world.database.url, SIZE)
    yield pool
    async with asyncio.timeout(10):
        await pool.close()


async def number(pool: ReadPool) -> int:
    async with pool.held() as conn:
        return await conn.fetchval("SELECT pg_backend_pid()")


async def test_a_connection_is_kept_for_whoever_comes_next(pool: ReadPool):
    assert len({await number(pool) for _ in range(3)}) == 1
    assert len(set(await asyncio.gather(*(number(pool) for _ in range(20))))) <= SIZE


async def test_who_waits_has_the_first_that_is_given_back(pool: ReadPool):
    held = [await pool.take() for _ in range(SIZE)]
    waiting = [asyncio.create_task(pool.take()) for _ in range(2)]
    await asyncio.sleep(0)  # both have asked
    for one, asked in zip(held, waiting, strict=True):
        pool.give_back(one)
        assert await asked is one
    for one in held:
        pool.give_back(one)


async def test_who_waits_too_long_is_told_so_and_takes_nobodys_place(
    pool: ReadPool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(read_pool, "PATIENCE", 0.01)
    held = [await pool.take() for _ in range(SIZE)]
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await pool.take()
    for one in held:
        pool.give_back(one)
    assert len(set(await asyncio.gather(*(number(pool) for _ in range(SIZE))))) == SIZE


async def test_a_question_that_is_broken_off_is_nobody_elses_to_wait_for(pool: ReadPool):
    async def asks():
        async with pool.held() as conn:
            before.set_result(conn.get_server_pid())
            await conn.fetchval("SELECT pg_sleep(600)")

    before: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    asking = asyncio.create_task(asks())
    left = await before
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(10):
        assert left not in await asyncio.gather(*(number(pool) for _ in range(SIZE)))


async def test_a_refusal_costs_no_connection(pool: ReadPool):
    used = await number(pool)
    with pytest.raises(LookupError):
        async with pool.held():
            raise LookupError
    assert await number(pool) == used


async def test_no_transaction_is_handed_on(pool: ReadPool):
    async with pool.held() as conn:
        left = conn.get_server_pid()
        await conn.execute("BEGIN")
    assert await number(pool) != left


async def test_one_that_the_server_has_ended_is_made_anew(pool: ReadPool, world: World):
    async with pool.held() as conn:
        ended = conn.get_server_pid()
        closed = asyncio.Event()
        conn.add_termination_listener(lambda _: closed.set())
    async with world.owner.pool.held() as owner:
        await owner.execute("SELECT pg_terminate_backend($1)", ended)
    await closed.wait()
    assert await number(pool) != ended


async def test_a_database_that_cannot_be_reached_costs_nobody_a_place(world: World):
    nowhere = make_url(world.database.url).set(database="nowhere")
    pool = ReadPool(nowhere.render_as_string(hide_password=False), SIZE)
    for _ in range(SIZE + 1):
        with pytest.raises(asyncpg.InvalidCatalogNameError):
            await pool.take()


async def test_closing_waits_for_whoever_still_reads(world: World):
    pool = ReadPool(world.database.url, SIZE)
    conn = await pool.take()
    closing = asyncio.create_task(pool.close())
    assert await conn.fetchval("SELECT 1") == 1
    assert not closing.done()
    pool.give_back(conn)
    await closing
    assert conn.is_closed()
