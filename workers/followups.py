"""Working out follow-ups: the same function for a ping and for the clock."""

from typing import Any

from livelihood.clock import Clock
from livelihood.db.work import Database
from livelihood.followups.reconcile import tick

Context = dict[Any, Any]


async def reconcile(ctx: Context) -> int:
    """Work off every household whose facts, or whose day, have changed; says how many."""
    database: Database = ctx["database"]
    clock: Clock = ctx["clock"]
    return await tick(database, clock)
