import itertools
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import asyncpg
import pytest

from livelihood.db import migrate
from livelihood.embedded import Postgres, Valkey
from tests.support.places import add_places
from tests.support.world import World, made_world

TEMPLATE = "livelihood_template"
NUMBERS = itertools.count(1)


MEMORY = Path("/dev/shm")
ROOM = 2 * 1024**3


def quick_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """In memory where there is room: each test clones some 1,500 files, a third of the time that way."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM:
        folder = Path(tempfile.mkdtemp(prefix="livelihood-tests-", dir=MEMORY))
        folder.chmod(0o755)  # the server's own user has to get there; its data stays closed to others
        return folder / "postgres"
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[Postgres]:
    """One real PostgreSQL for the whole run (for each process of it), with a migrated database to clone."""
    with Postgres(quick_folder(tmp_path_factory), fast=True, settings={"max_connections": "300"}) as server:
        server.create_database(TEMPLATE)
        migrate.upgrade(server.url(database=TEMPLATE))
        add_places(server, TEMPLATE)
        yield server
    server.remove()
    if server.folder.is_relative_to(MEMORY):
        server.folder.parent.rmdir()


@pytest.fixture
async def world(postgres: Postgres) -> AsyncGenerator[World]:
    """A database of its own, the application on it, and people to act in it."""
    name = f"livelihood_{next(NUMBERS)}"
    owner = await asyncpg.connect(postgres.url())
    await owner.execute(f'CREATE DATABASE "{name}" TEMPLATE "{TEMPLATE}" STRATEGY file_copy')
    try:
        async with made_world(postgres, name) as made:
            yield made
    finally:
        await owner.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        await owner.close()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Generator[Valkey]:
    """One Redis-compatible server for the whole run; it holds nothing that matters."""
    with Valkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server
    server.remove()
