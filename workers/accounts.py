"""Sign-ins that have ended leave nothing behind."""

from typing import Any

from livelihood.accounts import service
from livelihood.db.actor import WORKER
from livelihood.db.work import Database

Context = dict[Any, Any]


async def forget_ended(ctx: Context) -> None:
    """By their state: a day that was missed is made up for the next."""
    database: Database = ctx["database"]
    async with database.work(WORKER) as uow:
        await service.forget_ended(uow)
