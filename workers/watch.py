"""Each job within its time, and each of its runs noted where everybody can read how it went."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from arq.typing import WorkerCoroutine

from livelihood.db.actor import WORKER
from livelihood.db.work import Database, UnitOfWork
from livelihood.operations import service
from workers.log import kind

log = logging.getLogger(__name__)

Context = dict[Any, Any]
Work = Callable[[Context], Awaitable[int | None]]


@dataclass(frozen=True)
class Job:
    """`when` is arq's cron; `every` says the same as a distance, for those who ask whether the job is late.

    `pinged` is the name under which the application calls it between two ticks.
    """

    name: str
    work: Work
    every: timedelta
    when: Mapping[str, Any]
    pinged: str | None = None


def watched(job: Job, *, timeout: float) -> WorkerCoroutine:
    """The job as arq runs it: ended after `timeout` seconds, and noted as begun and as succeeded or failed.

    Cancelled from outside, as a deploy does, it is noted as neither: the next tick begins anew.
    """

    async def run(ctx: Context) -> None:
        database: Database = ctx["database"]
        started = time.monotonic()
        await note(database, lambda uow: service.begun(uow, job.name))
        try:
            async with asyncio.timeout(timeout):
                handled = await job.work(ctx)
        except Exception as error:
            seconds, what = time.monotonic() - started, kind(error)
            await note(database, lambda uow: service.failed(uow, job.name, seconds=seconds, error=what))
            raise
        seconds = time.monotonic() - started
        await note(database, lambda uow: service.succeeded(uow, job.name, seconds=seconds, handled=handled))

    return run


async def note(database: Database, write: Callable[[UnitOfWork], Awaitable[None]]) -> None:
    """Never in the work's way: without its note a job is done all the same, and looks late until the next."""
    try:
        async with database.work(WORKER) as uow:
            await write(uow)
    except Exception as error:  # noqa: BLE001  # the log has the kind; what the work itself raises is its own matter
        log.warning("a run was not noted: %s", kind(error))
