"""Saying in a sentence that a database is not there, or does not let us in."""

import socket
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
import click


@contextmanager
def reachable() -> Generator[None]:
    try:
        yield
    except (
        ConnectionError,
        FileNotFoundError,
        TimeoutError,
        socket.gaierror,
        asyncpg.PostgresError,
    ) as error:
        raise click.ClickException(f"The database does not let us in: {error or 'no answer'}") from error


async def connect_once(url: str) -> None:
    """Raises what `reachable` turns into a sentence."""
    connection = await asyncpg.connect(url, timeout=10)
    await connection.close()
