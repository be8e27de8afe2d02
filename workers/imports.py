"""What intake lists said of families is not kept for longer than needed."""

from typing import Any

from livelihood.clock import Clock
from livelihood.db.actor import WORKER
from livelihood.db.work import Database
from livelihood.observations.imports import service

Context = dict[Any, Any]


async def forget_lists(ctx: Context) -> None:
    """Lists of more than 30 days, by their state: a day that was missed is made up for the next."""
    database: Database = ctx["database"]
    clock: Clock = ctx["clock"]
    async with database.work(WORKER) as uow:
        await service.forget(uow, clock=clock)
