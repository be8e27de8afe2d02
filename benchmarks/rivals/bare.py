"""The floor: the same statements and the same bytes by a bare ASGI function and a pool of asyncpg.

It knows no sign-in, no policy and no fault; the parameters are always the same.
"""

import os
from collections.abc import Callable
from datetime import date
from typing import Any

import asyncpg
import msgspec

from benchmarks.data import TODAY
from livelihood.binding import Page
from livelihood.cursors import packed
from livelihood.db.reader import Read
from livelihood.followups.queries import board, lists

LIMIT = lists.PAGE_SIZE
assert board.PAGE_SIZE == LIMIT
WORKLIST = lists.listed(None, one=True, village=False, purpose=False, limit=LIMIT + 1)
BOARD = board.scanned(one=True, level=False, risk=None, later=False, limit=LIMIT + 1)
HEADERS = [(b"content-type", b"application/json")]


class App:
    def __init__(self) -> None:
        self.pool: Any = None
        self.office = int(os.environ["BENCH_OFFICE"])
        self.asked: dict[str, tuple[Read[Any], list[object], Callable[[Any], str]]] = {
            "/worklist": (WORKLIST, worklist_of(self.office), lambda last: packed(last.due_on, last.id)),
            "/board": (
                BOARD,
                board_of(self.office),
                lambda last: packed(TODAY, last.score, last.member_id),
            ),
        }

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await self.live(receive, send)
            return
        read, arguments, cursor = self.asked[scope["path"]]
        async with self.pool.acquire() as conn:
            rows = await conn.fetch(read.sql, *arguments)
        items = [read.into(*row) for row in rows[:LIMIT]]
        body = msgspec.json.encode(Page(items, cursor(items[-1]) if len(rows) > LIMIT else None))
        length = (b"content-length", str(len(body)).encode())
        await send({"type": "http.response.start", "status": 200, "headers": [*HEADERS, length]})
        await send({"type": "http.response.body", "body": body})

    async def live(self, receive: Any, send: Any) -> None:
        await receive()
        self.pool = await asyncpg.create_pool(os.environ["BENCH_URL"], min_size=1, max_size=10)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})


def worklist_of(office: int) -> list[object]:
    """What the first page of the list asks with, for somebody of this office."""
    return WORKLIST.arguments(
        {
            "today": TODAY,
            "office": office,
            "visit_offices": [office],
            "after": date.min,
            "after_id": board.NOBODY,
        }
    )


def board_of(office: int) -> list[object]:
    """What the first page of the board asks with."""
    return BOARD.arguments({"today": TODAY, "office": office})


app = App()
