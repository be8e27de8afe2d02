"""The workers' settings: what runs, how often, within which limits.

arq is a timer here and keeps nothing: the work to do is found in PostgreSQL, so whatever a kill, a deploy or an
emptied Redis loses is found again by the next tick.
"""

from datetime import UTC
from typing import Any

import msgspec
from arq import cron, func
from arq.connections import RedisSettings
from arq.worker import Worker

from livelihood.accounts.actor import decode_actor
from livelihood.db.work import Database
from livelihood.notices.channels.made import made
from livelihood.settings import REDIS_URL, WORKER_DATABASE_URL, Settings
from workers.accounts import forget_ended
from workers.followups import reconcile
from workers.imports import forget_lists
from workers.notifications import deliver, digest, forget_messages, link_chats

# After a crash arq runs a job again only once the longest timeout has passed, so timeouts are short.
TIMEOUT = 30
EVERY_OTHER_SECOND = set(range(0, 60, 2))
EVERY_FIVE_SECONDS = set(range(0, 60, 5))


def worker(settings: Settings) -> Worker:
    """Raises `SettingsError` where an address is missing."""
    settings.require(WORKER_DATABASE_URL, REDIS_URL)
    channels = made(settings, settings.clock)

    async def start(ctx: dict[Any, Any]) -> None:
        ctx["clock"] = settings.clock
        ctx["database"] = Database(settings.worker_database_url, decode_actor=decode_actor, pool_size=4)
        ctx["channels"] = channels
        ctx["public_url"] = settings.public_url

    async def stop(ctx: dict[Any, Any]) -> None:
        for channel in channels.values():
            await channel.close()
        await ctx["database"].stop()

    return Worker(
        functions=[func(reconcile, name="reconcile", timeout=TIMEOUT, keep_result=0, max_tries=1)],
        cron_jobs=[
            cron(
                reconcile,
                name="reconcile:tick",
                second=EVERY_OTHER_SECOND,
                run_at_startup=True,
                timeout=TIMEOUT,
            ),
            cron(
                forget_lists, name="imports:forget", hour=18, minute=20, run_at_startup=True, timeout=TIMEOUT
            ),
            cron(
                forget_ended, name="accounts:forget", hour=18, minute=40, run_at_startup=True, timeout=TIMEOUT
            ),
            cron(digest, name="notices:digest", second=0, run_at_startup=True, timeout=TIMEOUT),
            cron(deliver, name="notices:deliver", second=EVERY_FIVE_SECONDS, timeout=TIMEOUT),
            cron(link_chats, name="notices:link", second=EVERY_FIVE_SECONDS, timeout=TIMEOUT),
            cron(
                forget_messages,
                name="notices:forget",
                hour=19,
                minute=0,
                run_at_startup=True,
                timeout=TIMEOUT,
            ),
        ],
        redis_settings=RedisSettings.from_dsn(settings.redis_url),
        on_startup=start,
        on_shutdown=stop,
        job_completion_wait=5,
        job_timeout=TIMEOUT,
        keep_result=0,
        health_check_interval=10,
        poll_delay=0.25,
        job_serializer=msgspec.msgpack.encode,
        job_deserializer=msgspec.msgpack.decode,
        timezone=UTC,
        log_results=False,
    )
