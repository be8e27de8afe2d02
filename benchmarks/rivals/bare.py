"""The floor: the same statement and the same bytes by a bare ASGI function and a pool of asyncpg.

It knows no route, no sign-in, no policy and no fault; the parameters are always the same.
"""

import os
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from benchmarks.data import TODAY
from livelihood.binding import Page
from livelihood.cursors import packed
from livelihood.followups.queries import lists
from livelihood.followups.schemas import FollowUpOut

LIMIT = lists.PAGE_SIZE
READ = lists.listed(None, one=True, village=False, purpose=False, limit=LIMIT + 1)
HEADERS = [(b"content-type", b"application/json")]


class App:
    def __init__(self) -> None:
        self.pool: Any = None
        self.arguments: list[object] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
            return
        async with self.pool.acquire() as conn:
            rows = await conn.fetch(READ.sql, *self.arguments)
        items = [FollowUpOut(*row) for row in rows[:LIMIT]]
        cursor = packed(items[-1].due_on, items[-1].id) if len(rows) > LIMIT else None
        body = msgspec.json.encode(Page(items, cursor))
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": body})

    async def live(self, receive: Any, send: Any) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(os.environ["BENCH_URL"], min_size=1, max_size=10)
        self.arguments = arguments(int(os.environ["BENCH_OFFICE"]))
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def arguments(office: int) -> list[object]:
    """What the first page of the list asks with, for somebody of this office."""
    return READ.arguments(
        {
            "today": TODAY,
            "office": office,
            "visit_offices": [office],
            "after": date.min,
            "after_id": UUID(int=0),
        }
    )


app = App()
