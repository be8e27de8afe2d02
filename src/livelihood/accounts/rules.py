from datetime import datetime, timedelta

from livelihood.errors import DomainError

FREE_FAILURES = 4
LONGEST_WAIT = timedelta(minutes=15)
FAILURES_KEPT = timedelta(days=1)
"""Longer than any wait; failures of longer ago count no more."""
SESSION_LASTS = timedelta(hours=12)
SHORTEST_PASSWORD = 10


class SignInRefused(DomainError):
    """Unknown name or wrong password: the two answer alike."""

    code = "sign-in-refused"
    status = 401


class TooManyFailures(DomainError):
    """Not even looked at; `wait` says for how long."""

    code = "too-many-failures"
    status = 429


def wait_after(failures: int) -> timedelta:
    """How long nothing is looked at after so many failures in a row: nothing for four, then doubling to 15 minutes."""
    if failures <= FREE_FAILURES:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - FREE_FAILURES, 12)), LONGEST_WAIT)


def waits_until(failures: int, failed_at: datetime) -> datetime:
    return failed_at + wait_after(failures)
