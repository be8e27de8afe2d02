"""Runs the migrations as the owner of the tables, giving up after five seconds rather than queueing behind a long read."""

import asyncio

from alembic import context
from sqlalchemy import Connection, pool, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from livelihood.db.models import Base
from livelihood.tables import AREAS

assert AREAS


def run(connection: Connection) -> None:
    connection.execute(text("SET lock_timeout = '5s'"))
    connection.commit()
    # Each step gives its locks back before the next one: people go on working while a release is put in.
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect() -> None:
    url = make_url(context.config.attributes["owner_url"]).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, poolclass=pool.NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await engine.dispose()


asyncio.run(connect())
