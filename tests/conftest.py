import itertools
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


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Generator[Postgres]:
    """One real PostgreSQL for the whole run, with a migrated database to clone."""
    folder: Path = tmp_path_factory.mktemp("postgres")
    with Postgres(folder, fast=True, settings={"max_connections": "300"}) as server:
        server.create_database(TEMPLATE)
        migrate.upgrade(server.url(database=TEMPLATE))
        add_places(server, TEMPLATE)
        yield server
    server.remove()


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
