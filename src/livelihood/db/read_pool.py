"""Connections for reading, kept open and handed on.

asyncpg's own pool makes a task, a stand-in for the connection and two timers at each turn, which took a seventh of what the
server does for a page of the worklist. Nothing has to be undone after a turn here: reads begin no transaction, and
whoever comes next states who asks before anything else (docs/decisions/reads-keep-their-connections.md).
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

# Seconds for which a request waits for a connection before it is told that the system is busy.
PATIENCE = 10


class ReadPool:
    """At most `size` connections, each made when it is first wanted."""

    def __init__(self, url: str, size: int) -> None:
        self.url = url
        self.size = size
        self.free = asyncio.Semaphore(size)
        self.idle: list[Any] = []
        self.closed = False

    async def take(self) -> Any:
        """An asyncpg connection. Raises `TimeoutError` where none comes free, and asyncpg's or the system's own errors where
        none can be made.
        """
        if self.free.locked():
            async with asyncio.timeout(PATIENCE):
                await self.free.acquire()
        else:
            await self.free.acquire()
        try:
            return await self._connected()
        except BaseException:
            self.free.release()
            raise

    async def _connected(self) -> Any:
        if self.closed:
            raise asyncpg.InterfaceError("the connections are closed")
        while self.idle:
            connection = self.idle.pop()
            if not connection.is_closed():
                return connection
        return await asyncpg.connect(self.url, timeout=PATIENCE)

    def give_back(self, connection: Any, error: BaseException | None = None) -> None:
        """With what ended the turn. Who is cancelled leaves a question behind that PostgreSQL still answers, and nobody is
        to find a connection so, nor within a transaction.
        """
        if isinstance(error, Exception | None) and not connection.is_in_transaction():
            self.idle.append(connection)
        else:
            connection.terminate()
        self.free.release()

    @asynccontextmanager
    async def held(self) -> AsyncGenerator[Any]:
        """A connection as the last turn left it: whoever asks for more than an answer states first who asks. Raises as `take`
        does.
        """
        connection = await self.take()
        try:
            yield connection
        except BaseException as error:
            self.give_back(connection, error)
            raise
        self.give_back(connection)

    async def close(self) -> None:
        """Waits for whoever still reads; nobody else gets a connection."""
        self.closed = True
        for _ in range(self.size):
            await self.free.acquire()
        for _ in range(self.size):
            self.free.release()
        while self.idle:
            await self.idle.pop().close()
