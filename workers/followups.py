"""Working out follow-ups: the same function for a ping and for the clock."""

from typing import Any

from livelihood.clock import Clock
from livelihood.db.work import Database
from livelihood.followups.reconcile import tick

Context = dict[Any, Any]


async def reconcile(ctx: Context) -> None:
    """Work off every household whose facts, or whose day, have changed."""
    database: Database = ctx["database"]
    clock: Clock = ctx["clock"]
    await tick(database, clock)
