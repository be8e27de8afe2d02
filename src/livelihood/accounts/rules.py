from datetime import timedelta

from livelihood.errors import DomainError

FREE_FAILURES = 4
# An office goes out by one address: one colleague who mistypes must not shut out the others.
FREE_FAILURES_OF_AN_ADDRESS = 40
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


def wait_after(failures: int, *, free: int = FREE_FAILURES) -> timedelta:
    """How long nothing is looked at after so many failures in a row: nothing for `free`, then doubling to 15 minutes."""
    if failures <= free:
        return timedelta(0)
    return min(timedelta(seconds=2 ** min(failures - free, 12)), LONGEST_WAIT)
