"""How commands reach the database."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from livelihood.accounts.actor import decode_actor
from livelihood.cli.reachable import reachable
from livelihood.db.actor import Named
from livelihood.db.work import Database, UnitOfWork
from livelihood.settings import Settings
from livelihood.tables import AREAS

# The mapping is whole before the first write, because a table of one area refers to those of others.
__all__ = ("AREAS", "SETUP", "setup")

SETUP = Named("setup")


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
