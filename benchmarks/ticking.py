"""`python -m benchmarks.ticking`: one worker's tick in a process of its own, which says its peak of memory."""

import asyncio
import os

from benchmarks import data
from benchmarks.memory import peak_mb
from livelihood.accounts.actor import decode_actor
from livelihood.db.work import Database
from livelihood.followups.reconcile import tick


async def main() -> None:
    database = Database(os.environ["BENCH_WORKER_URL"], decode_actor=decode_actor, pool_size=2)
    looked_at = await tick(database, data.clock())
    await database.stop()
    print(f"{looked_at} {peak_mb()}")


if __name__ == "__main__":
    asyncio.run(main())
