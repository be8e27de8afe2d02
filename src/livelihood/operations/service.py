"""What the workers note about themselves, each note a transaction of its own: a failing job is noted all the same."""

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import text

from livelihood.db.work import UnitOfWork

KNOW = text("""
INSERT INTO worker_runs (job, every_seconds, known_since) VALUES (:job, :every, clock_timestamp())
ON CONFLICT (job) DO UPDATE SET every_seconds = excluded.every_seconds,
  known_since = CASE WHEN worker_runs.every_seconds IS NULL THEN excluded.known_since ELSE worker_runs.known_since END
""")
FORGET = text("UPDATE worker_runs SET every_seconds = NULL WHERE NOT job = ANY(:jobs)")
START = text("""
INSERT INTO worker_runs (job, known_since, last_started_at) VALUES (:job, clock_timestamp(), clock_timestamp())
ON CONFLICT (job) DO UPDATE SET last_started_at = excluded.last_started_at
""")
SUCCEED = text("""
UPDATE worker_runs SET last_succeeded_at = clock_timestamp(), seconds = :seconds, handled = :handled,
  successes = successes + 1, seconds_total = seconds_total + :seconds,
  handled_total = handled_total + coalesce(:handled, 0)
WHERE job = :job
""")
FAIL = text("""
UPDATE worker_runs SET last_failed_at = clock_timestamp(), seconds = :seconds, error = :error,
  failures = failures + 1, seconds_total = seconds_total + :seconds
WHERE job = :job
""")


async def know(uow: UnitOfWork, jobs: Mapping[str, timedelta]) -> None:
    """These are the jobs of a worker that starts, and how often each is to run; no other is waited for any more."""
    for job, every in sorted(jobs.items()):
        await uow.session.execute(KNOW, {"job": job, "every": round(every.total_seconds())})
    await uow.session.execute(FORGET, {"jobs": list(jobs)})


async def begun(uow: UnitOfWork, job: str) -> None:
    await uow.session.execute(START, {"job": job})


async def succeeded(uow: UnitOfWork, job: str, *, seconds: float, handled: int | None) -> None:
    await uow.session.execute(SUCCEED, {"job": job, "seconds": seconds, "handled": handled})


async def failed(uow: UnitOfWork, job: str, *, seconds: float, error: str) -> None:
    """`error` is the kind of what went wrong, as the log writes it."""
    await uow.session.execute(FAIL, {"job": job, "seconds": seconds, "error": error})
