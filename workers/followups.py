"""Working out follow-ups: the same function for a ping and for the clock."""

from typing import Any

from livelihood.clock import Clock
from livelihood.db.work import Database
from livelihood.followups.reconcile import tick

Context = dict[Any, Any]

# Well below the timeout of a run; the next tick, two seconds later, goes on where this one stopped.
SECONDS = 10.0


async def reconcile(ctx: Context) -> int:
    """Work off households whose facts, or whose day, have changed, as far as a run may last; says how many."""
    database: Database = ctx["database"]
    clock: Clock = ctx["clock"]
    return await tick(database, clock, seconds=SECONDS)
