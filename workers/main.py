"""The workers' settings: what runs, how often, within which limits.

arq is a timer here and keeps nothing: the work to do is found in PostgreSQL, so whatever a kill, a deploy or an
emptied Redis loses is found again by the next tick.
"""

from datetime import UTC, timedelta
from typing import Any

import msgspec
from arq import cron, func
from arq.connections import RedisSettings
from arq.worker import Worker

from livelihood.accounts.actor import decode_actor
from livelihood.db.work import Database
from livelihood.notices.channels.made import made
from livelihood.operations.service import know
from livelihood.settings import REDIS_URL, WORKER_DATABASE_URL, Settings
from workers.accounts import forget_ended
from workers.followups import reconcile
from workers.imports import forget_lists
from workers.notifications import deliver, digest, forget_messages, link_chats
from workers.policy import preview
from workers.watch import Job, note, watched

# After a crash arq runs a job again only once the longest timeout has passed, so timeouts are short.
TIMEOUT = 30
# arq's own limit lies behind ours, which can still note that the job took too long.
LIMIT = TIMEOUT + 5
EVERY_OTHER_SECOND = set(range(0, 60, 2))
EVERY_FIVE_SECONDS = set(range(0, 60, 5))

# Every job is here and nowhere else: what is here is watched, and missed by `livelihood doctor` when it is late.
JOBS = (
    Job(
        "reconcile",
        reconcile,
        every=timedelta(seconds=2),
        when={"second": EVERY_OTHER_SECOND},
        pinged="reconcile",
    ),
    Job("policy:preview", preview, every=timedelta(seconds=2), when={"second": EVERY_OTHER_SECOND}),
    Job("imports:forget", forget_lists, every=timedelta(days=1), when={"hour": 18, "minute": 20}),
    Job("accounts:forget", forget_ended, every=timedelta(days=1), when={"hour": 18, "minute": 40}),
    Job("notices:digest", digest, every=timedelta(minutes=1), when={"second": 0}),
    Job("notices:deliver", deliver, every=timedelta(seconds=5), when={"second": EVERY_FIVE_SECONDS}),
    Job("notices:link", link_chats, every=timedelta(seconds=5), when={"second": EVERY_FIVE_SECONDS}),
    Job("notices:forget", forget_messages, every=timedelta(days=1), when={"hour": 19, "minute": 0}),
)


def worker(settings: Settings) -> Worker:
    """Raises `SettingsError` where an address is missing."""
    settings.require(WORKER_DATABASE_URL, REDIS_URL)
    channels = made(settings, settings.clock)

    async def start(ctx: dict[Any, Any]) -> None:
        ctx["clock"] = settings.clock
        ctx["database"] = Database(settings.worker_database_url, decode_actor=decode_actor, pool_size=4)
        ctx["channels"] = channels
        ctx["public_url"] = settings.public_url
        await note(ctx["database"], lambda uow: know(uow, {job.name: job.every for job in JOBS}))

    async def stop(ctx: dict[Any, Any]) -> None:
        for channel in channels.values():
            await channel.close()
        await ctx["database"].stop()

    return Worker(
        functions=[
            func(watched(job, timeout=TIMEOUT), name=job.pinged, timeout=LIMIT, keep_result=0, max_tries=1)
            for job in JOBS
            if job.pinged
        ],
        cron_jobs=[
            cron(
                watched(job, timeout=TIMEOUT),
                name=f"{job.name}:tick",
                run_at_startup=True,
                timeout=LIMIT,
                **job.when,
            )
            for job in JOBS
        ],
        redis_settings=RedisSettings.from_dsn(settings.redis_url),
        on_startup=start,
        on_shutdown=stop,
        job_completion_wait=5,
        job_timeout=LIMIT,
        keep_result=0,
        health_check_interval=10,
        poll_delay=0.25,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        timezone=UTC,
        log_results=False,
    )
