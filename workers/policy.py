"""Previews of changes of policy, worked out in slices."""

from typing import Any

from livelihood.clock import Clock
from livelihood.db.work import Database
from livelihood.followups.previewing import tick

Context = dict[Any, Any]


async def preview(ctx: Context) -> int:
    """Go on with the previews that were asked for, as far as a run may last; says how many households it took."""
    database: Database = ctx["database"]
    clock: Clock = ctx["clock"]
    return await tick(database, clock)
