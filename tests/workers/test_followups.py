"""Real workers on a real PostgreSQL and a Redis-compatible server: prompt, and patient with Redis."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from livelihood.clock import Clock
from livelihood.embedded import Valkey
from tests.followups.stories import PAID, anchored, clock_on
from tests.support.families import registered
from tests.support.world import World


@contextmanager
def workers(world: World, redis_url: str, clock: Clock) -> Generator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts workers; whichever still run are killed at the end."""
    settings = replace(world.settings, redis_url=redis_url, owner_database_url="", clock_offset=clock.offset)
    environment = {**os.environ, **settings.environment()}
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-m", "workers"], env=environment)
        started.append(process)
        return process

    try:
        yield start
    finally:
        for process in started:
            process.kill()
            process.wait()


async def until(holds: Callable[[], Awaitable[Any]], seconds: float) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := await holds()):
        assert time.monotonic() < deadline, "it did not come to pass in time"
        await asyncio.sleep(0.05)
    return found


async def test_follow_ups_are_there_within_three_seconds_of_the_payment(world: World, valkey: Valkey) -> None:
    caseworker = await world.person("caseworker@KPT")
    first, second = [await registered(world, caseworker) for _ in range(2)]
    with workers(world, valkey.url, clock_on(PAID)) as start:
        process = start()
        await anchored(world, first.id)
        await until(lambda: rows_of(world, first.id), 30)
        # The worker is warm now; this one counts.
        await anchored(world, second.id)
        assert len(await until(lambda: rows_of(world, second.id), 3)) == 25
        process.send_signal(signal.SIGTERM)
        assert await asyncio.to_thread(process.wait, 15) == 0


async def test_workers_outlive_redis(world: World, tmp_path: Path) -> None:
    caseworker = await world.person("caseworker@KPT")
    first, second = [await registered(world, caseworker) for _ in range(2)]
    socket = tmp_path / "redis.sock"
    own = Valkey(tmp_path / "valkey")
    with workers(world, f"unix://{socket}", clock_on(PAID)) as start:
        for household in (first, second):
            with own:
                socket.unlink(missing_ok=True)
                socket.symlink_to(own.socket)
                if household is first:
                    start()
                await anchored(world, household.id)
                await until(lambda: rows_of(world, household.id), 30)  # noqa: B023  # awaited within its turn
            await asyncio.sleep(1)
    own.remove()


@pytest.mark.parametrize("missing", ["LIVELIHOOD_REDIS_URL", "LIVELIHOOD_WORKER_DATABASE_URL"])
def test_a_missing_address_is_said_in_a_sentence(world: World, valkey: Valkey, missing: str) -> None:
    environment = {**os.environ, **replace(world.settings, redis_url=valkey.url).environment(), missing: ""}
    ended = subprocess.run(
        [sys.executable, "-m", "workers"], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert f"{missing} is not set" in ended.stderr


async def rows_of(world: World, household_id: UUID) -> list[Any]:
    return await world.owner_rows("SELECT id FROM follow_ups WHERE household_id = $1", household_id)
