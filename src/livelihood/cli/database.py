"""How commands reach the database."""

import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager

import asyncpg
import click

from livelihood.accounts.actor import decode_actor
from livelihood.db.actor import Named
from livelihood.db.work import Database, UnitOfWork
from livelihood.settings import Settings

SETUP = Named("setup")


@contextmanager
def reachable() -> Generator[None]:
    """A database that is not there, or does not let us in, is said in a sentence."""
    try:
        yield
    except (
        ConnectionError,
        FileNotFoundError,
        TimeoutError,
        socket.gaierror,
        asyncpg.PostgresError,
    ) as error:
        raise click.ClickException(f"The database does not let us in: {error}") from error


@asynccontextmanager
async def setup(settings: Settings) -> AsyncGenerator[UnitOfWork]:
    """One transaction in the name of `setup`, which only the owner of the tables may act for."""
    database = Database(settings.owner_database_url, decode_actor=decode_actor, pool_size=1)
    try:
        with reachable():
            async with database.work(SETUP) as uow:
                yield uow
    finally:
        await database.stop()
