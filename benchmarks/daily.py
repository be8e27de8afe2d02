"""A day on which ten thousand households change, however much is stored of the others."""

import time
from datetime import timedelta
from typing import Any

from benchmarks import data
from livelihood.db.work import Database
from livelihood.followups.reconcile import tick

# A child of each leaves on that day, which cancels what remained of its checks.
LEAVE = """
UPDATE members m SET left_on = $3, left_because = 'moved' FROM households h
WHERE h.id = m.household_id AND m.given_name_latin = 'Child 1' AND h.code NOT LIKE '%-%-%'
  AND right(h.code, 7)::int BETWEEN $1 AND $2
"""
COME = """
UPDATE households SET next_change_on = $3 WHERE code NOT LIKE '%-%-%' AND right(code, 7)::int BETWEEN $1 AND $2
"""
# What would change by itself on that day is not of this measure.
STILL = "UPDATE households SET next_change_on = NULL WHERE next_change_on IS NOT NULL"


async def change(conn: Any, worker: Database, first: int, last: int, day_number: int) -> float:
    """Seconds of the tick of a day that has come for these households."""
    day = data.TODAY + timedelta(days=day_number)
    await conn.execute(STILL)
    await conn.execute(LEAVE, first, last, day)
    await conn.execute(COME, first, last, day)
    await conn.execute("VACUUM ANALYZE households, members, dirty, follow_ups")
    began = time.perf_counter()
    looked_at = await tick(worker, data.clock(day))
    took = time.perf_counter() - began
    if looked_at != last - first + 1:
        raise RuntimeError(f"{looked_at} households were looked at, not {last - first + 1}")
    return took
