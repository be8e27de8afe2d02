"""Workers killed 200 times, Redis emptied, PostgreSQL torn down: the same rows as if nothing had happened."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from redis import Redis
from sqlalchemy.exc import SQLAlchemyError
from uuid_utils.compat import uuid7

from livelihood.db import migrate
from livelihood.embedded import OWNER, Postgres, Valkey
from livelihood.followups import service
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.facts import AnchorKind
from livelihood.households.models import Household
from tests.followups.stories import clock_on
from tests.support.families import members_of, registered
from tests.support.places import add_places
from tests.support.world import World, made_world

KILLS = 200
EMPTIED_EVERY = 10
RESTARTED_EVERY = 25

INTAKE = date(2026, 1, 5)
LONG_AGO = date(2026, 1, 12)
LATELY = date(2026, 6, 1)
TODAY = date(2026, 6, 15)

# What the workers write, without when and by which row's id they did: an outbox's ids are its own.
WRITTEN = {
    "follow_ups": "SELECT * FROM follow_ups ORDER BY id",
    "alerts": "SELECT * FROM alerts ORDER BY id",
    "consequences": "SELECT to_jsonb(c) - 'recorded_at' AS row FROM consequences c ORDER BY id",
    "days_to_review": "SELECT * FROM days_to_review ORDER BY id",
    "followed_children": "SELECT * FROM followed_children ORDER BY member_id",
    "outbox": "SELECT staff_id, kind, key, counts, path FROM outbox WHERE kind = 'safeguarding' ORDER BY 1, 3",
}
# The database is away, or was while somebody held a connection to it.
AWAY = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, SQLAlchemyError)


class Fragile(Postgres):
    """A PostgreSQL that keeps what was committed when it is torn down, and comes back under the same address."""

    def __init__(self, folder: Path, address: Path) -> None:
        # Its files survive it because the machine goes on; what is committed has to reach them.
        super().__init__(folder, fast=True, settings={"synchronous_commit": "on", "full_page_writes": "on"})
        self.address = address

    def start(self) -> None:
        super().start()
        assert self.sockets is not None
        self.address.unlink(missing_ok=True)
        self.address.symlink_to(self.sockets)

    def url(self, *, user: str = OWNER, database: str = "postgres") -> str:
        return f"postgresql://{user}@/{database}?host={self.address}"

    def restart(self, number: signal.Signals) -> None:
        """SIGQUIT ends every connection at once and leaves the recovery to the start; SIGINT rolls back and writes."""
        self.stop_signals = (number,)
        self.stop()
        self.start()


@dataclass
class Forks:
    process: asyncio.subprocess.Process
    alive: list[int] = field(default_factory=list)

    async def ask(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n".encode())
        return (await self.process.stdout.readline()).decode().strip()

    async def start(self) -> None:
        self.alive.append(int(await self.ask("start")))

    async def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        assert await self.ask(str(pid)) == "ended"
        self.alive.remove(pid)


@asynccontextmanager
async def forks(world: World, redis_url: str) -> AsyncGenerator[Forks]:
    settings = replace(
        world.settings, redis_url=redis_url, owner_database_url="", clock_offset=world.clock.offset
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.workers.forks",
        env={**os.environ, **settings.environment()},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Forks(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


@pytest.fixture
async def fragile(tmp_path: Path) -> AsyncGenerator[World]:
    addresses = Path(tempfile.mkdtemp(prefix="livelihood-crash-"))
    server = Fragile(tmp_path / "postgres", addresses / "pg")
    try:
        with server:
            await asyncio.to_thread(prepared, server)
            async with made_world(server, "crashes") as world:
                world.clock = clock_on(TODAY)
                yield world
    finally:
        server.remove()
        shutil.rmtree(addresses)


def prepared(server: Postgres) -> None:
    server.create_database("crashes")
    migrate.upgrade(server.url(database="crashes"))
    add_places(server, "crashes")


Fact = Callable[[], Awaitable[None]]


async def insist(write: Fact) -> None:
    """As a person or a phone does: the same again, until it is answered."""
    deadline = time.monotonic() + 30
    while True:
        try:
            await write()
        except AWAY:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.02)
        else:
            return


@dataclass
class Facts:
    """Facts that come to the same whatever the workers did between them: nobody is confirmed after a silence."""

    world: World
    random: Random

    async def all(self) -> list[Fact]:
        lives = [
            *[self.unheard_of(await self.family()) for _ in range(18)],
            *[await self.out_of_school(await self.family()) for _ in range(18)],
            *[self.replanned(await self.family()) for _ in range(18)],
        ]
        told: list[Fact] = []
        while lives:
            life = self.random.choice(lives)
            told.append(life.pop(0))
            lives = [one for one in lives if one]
        return told

    async def family(self) -> Household:
        caseworker = await self.world.person("caseworker@KPT")
        return await registered(self.world, caseworker, clock_on(INTAKE), intake_on=INTAKE.isoformat())

    def unheard_of(self, household: Household) -> list[Fact]:
        """Paid for long ago and never seen since; three go there and find nobody."""
        attempts = [TODAY - timedelta(days=day) for day in (9, 6, 3)]
        return [
            self.anchor(household, uuid4(), LONG_AGO),
            *(self.visit(household, day, outcome="not_found") for day in attempts),
        ]

    async def out_of_school(self, household: Household) -> list[Fact]:
        """Two met the family and record the same."""
        child = (await members_of(self.world, household))["Bopha"]
        finding = {
            "member_id": str(child),
            "details": {"kind": "education", "state": "none", "learnt_from": "teacher"},
        }
        return [
            self.anchor(household, uuid4(), LATELY),
            self.visit(household, TODAY, outcome="met", findings=[finding]),
            self.visit(household, TODAY, who="supervisor@KPT", outcome="met", findings=[finding]),
        ]

    def replanned(self, household: Household) -> list[Fact]:
        """One payment whose day is corrected, again and again."""
        source = uuid4()
        return [
            self.anchor(household, source, LATELY + timedelta(days=self.random.randrange(10)))
            for _ in range(6)
        ]

    def anchor(self, household: Household, source: UUID, on: date) -> Fact:
        async def write() -> None:
            async with self.world.work(await self.world.person("caseworker@KPT")) as uow:
                await service.set_anchor(
                    uow,
                    kind=AnchorKind.GRANT,
                    source_id=source,
                    household_id=household.id,
                    office_id=household.office_id,
                    on=on,
                    clock=clock_on(on),
                )

        return write

    def visit(self, household: Household, on: date, who: str = "monitor@KPT", **more: object) -> Fact:
        body = {
            "id": str(uuid7()),
            "household_id": str(household.id),
            "happened_on": on.isoformat(),
            **more,
        }

        async def write() -> None:
            async with self.world.client(await self.world.person(who)) as client:
                answer = await client.post("/visits", json=body)
            if answer.status_code >= 500:
                raise ConnectionError
            assert answer.status_code == 201, answer.text

        return write


@pytest.mark.timeout(400)
async def test_whatever_is_killed_the_rows_are_those_of_an_undisturbed_run(
    fragile: World, valkey: Valkey
) -> None:
    seed = int(os.environ.get("CRASH_SEED", "7"))
    print(f"CRASH_SEED={seed}")  # noqa: T201  # pytest shows it where the test fails
    random, world = Random(seed), fragile
    server = world.server
    assert isinstance(server, Fragile)
    for role in ("focal_point@KPT", "supervisor@KPT", "monitor@KPT"):
        await world.person(role)
    facts = await Facts(world, random).all()
    cut_short = 0
    async with forks(world, valkey.url) as workers:
        for kill in range(KILLS):
            await workers.start()
            if kill % 5 == 0:
                await workers.start()
            writing = [asyncio.create_task(insist(fact)) for fact in share(facts, kill)]
            await asyncio.sleep(random.uniform(0.02, 0.35))
            if kill % RESTARTED_EVERY == RESTARTED_EVERY - 1:
                number = random.choice([signal.SIGQUIT, signal.SIGQUIT, signal.SIGINT])
                await asyncio.to_thread(server.restart, number)
            while workers.alive:
                await workers.kill(random.choice(workers.alive))
            cut_short += await in_the_middle(world)
            if kill % EMPTIED_EVERY == EMPTIED_EVERY - 1:
                emptied(valkey)
            await asyncio.gather(*writing)
        await workers.start()
        await settled(world)
        disturbed = await written(world)
    # Each kind of row is there to be lost or doubled, and kills have come while something was being worked out.
    assert all(disturbed.values()), {name: len(rows) for name, rows in disturbed.items()}
    assert cut_short > KILLS // 20, cut_short

    for table in ("outbox", "consequences", "followed_children", "follow_ups", "alerts"):
        await world.owner_rows(f"DELETE FROM {table}")
    await world.owner_rows(
        "INSERT INTO dirty (household_id, office_id, cause) SELECT id, office_id, 'again' FROM households"
    )
    await tick(world.worker, world.clock)
    undisturbed = await written(world)
    for table, rows in disturbed.items():
        assert rows == undisturbed[table], table


def share(facts: list[Fact], kill: int) -> Iterable[Fact]:
    """The facts of this round: all of them by the last, each only after those before it."""
    return facts[len(facts) * kill // KILLS : len(facts) * (kill + 1) // KILLS]


async def written(world: World) -> dict[str, list[Any]]:
    return {table: await world.owner_rows(query) for table, query in WRITTEN.items()}


async def in_the_middle(world: World) -> bool:
    """Whether a run was begun that nobody ended, now that no worker is alive."""
    query = "SELECT last_started_at > coalesce(last_succeeded_at, '-infinity') AS begun FROM worker_runs WHERE job = 'reconcile'"
    with contextlib.suppress(*AWAY):
        return any(row["begun"] for row in await world.owner_rows(query))
    return False


async def settled(world: World) -> None:
    deadline = time.monotonic() + 60
    while await world.owner_rows("SELECT id FROM dirty LIMIT 1"):
        assert time.monotonic() < deadline, "something stays dirty"
        await asyncio.sleep(0.05)


def emptied(valkey: Valkey) -> None:
    with Redis(unix_socket_path=valkey.socket) as redis:
        redis.flushall()
