"""What may be told, and when it is tried again: pure."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import StrEnum

import msgspec

from livelihood.accounts.permissions import Role


class Kind(StrEnum):
    """What a message is about; `code` and `test` are asked for by the person who gets them."""

    CODE = "code"
    DIGEST = "digest"
    SAFEGUARDING = "safeguarding"
    TEST = "test"


class Count(StrEnum):
    """What a message may count. There is no other way to put anything into one, so no case can get in."""

    ALERTS = "alerts"
    DUE = "due"
    OVERDUE = "overdue"
    SAFEGUARDING = "safeguarding"
    """Missing children, for those who read alerts and do not answer them; the others have them among theirs."""
    SUPPORT_PLANS = "support_plans"
    TO_DECIDE = "to_decide"
    TO_PAY = "to_pay"
    UNCONFIRMED = "unconfirmed"


class ChannelKind(StrEnum):
    EMAIL = "email"
    TELEGRAM = "telegram"


class Failure(StrEnum):
    """Why a message was not delivered, as far as anybody need know; the server's own words may name an address."""

    BUSY = "busy"
    """The server says: later."""
    NO_ADDRESS = "no_address"
    """The person has no confirmed address."""
    OFF = "off"
    """This installation has no such channel."""
    OUTDATED = "outdated"
    """It came to nothing before it could be sent, as a code that has run out."""
    REFUSED = "refused"
    """The address does not exist, or takes nothing from us."""
    SETUP = "setup"
    """The server does not accept our sign-in or sender."""
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNWANTED = "unwanted"
    """The person has turned these off, or has left."""


NO_WAY = frozenset({Failure.NO_ADDRESS, Failure.OFF})
"""Nothing was tried, for want of a way to the person. A safeguarding notice then waits until there is one."""

SAFEGUARDING_ROLES = (Role.FOCAL_POINT, Role.SUPERVISOR)
"""Who is told of every safeguarding matter of their office, besides the staff of the household."""

PATH = "^/[a-z0-9/#-]*$"
"""A page of ours by ids alone: no search, no parameter, and no household code, which is in capitals."""

DIGEST_FROM = time(7)
"""The office's time from which the day's digest is sent."""
CODE_LASTS = timedelta(minutes=30)

AT_ONCE = timedelta(0)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=1)
GIVEN_UP_AFTER = timedelta(hours=24)
TRIES = 24
"""How often a safeguarding notice is tried at the least, also one that had no way until it was old."""
STALE_AFTER = timedelta(days=3)
"""Safeguarding notices that waited longer for a way reach a person as one, which leads to their page of today."""
LEASE = timedelta(minutes=1)
"""How long a message is one worker's. Longer than an attempt can take, so that two are never at it; a worker that
was killed leaves it to the others after so long.
"""


def next_attempt(
    created_at: datetime,
    now: datetime,
    attempts: int,
    *,
    jitter: float,
    retry_after: timedelta = AT_ONCE,
    tries: int = 0,
) -> datetime | None:
    """When to try again after so many attempts; None where it is to be given up: after a day, and `tries` attempts.

    Twice as long each time, up to an hour; `jitter`, from 0 to 1, takes up to half of it off, so that what failed
    together is not tried again together. Never before the other side's own `retry_after` (Telegram's 429).
    """
    wait = min(FIRST_WAIT * 2 ** min(attempts - 1, 16), LONGEST_WAIT) * (1 - jitter / 2)
    then = now + max(wait, retry_after)
    return then if then < created_at + GIVEN_UP_AFTER or attempts < tries else None


def tries(kind: Kind) -> int:
    return TRIES if kind is Kind.SAFEGUARDING else 0


def stale(kind: Kind, created_at: datetime, now: datetime) -> bool:
    return kind is Kind.SAFEGUARDING and created_at < now - STALE_AFTER


def next_digest(digested_on: date | None, today: date) -> date:
    """The first day whose digest is still to be made."""
    return today if digested_on is None or digested_on < today else digested_on + timedelta(days=1)


class Reach(msgspec.Struct, frozen=True):
    """One of a person's channels, as far as sending needs it."""

    kind: ChannelKind
    address: str | None
    digest: bool
    immediate: bool
    pending: str | None
    code: str | None
    code_expires_at: datetime | None


class Way(msgspec.Struct, frozen=True):
    kind: ChannelKind
    address: str


def ways(
    kind: Kind, channels: Sequence[Reach], *, asked: ChannelKind | None, must: bool, now: datetime
) -> list[Way] | Failure:
    """How a message may go, the first choice first, or why it cannot.

    `asked` is the channel that the message is about. `must` says that this person cannot turn safeguarding notices
    off. A safeguarding notice goes by another confirmed channel where the chosen one refuses.
    """
    confirmed = [Way(one.kind, one.address) for one in channels if one.address]
    if kind is Kind.CODE:
        found = [
            Way(one.kind, one.pending)
            for one in channels
            if one.pending and one.code_expires_at and one.code_expires_at > now
        ]
        return found or Failure.OUTDATED
    if kind is Kind.TEST:
        return [way for way in confirmed if way.kind == asked] or Failure.OUTDATED
    if not confirmed:
        return Failure.NO_ADDRESS
    wanted = {one.kind for one in channels if (one.digest if kind is Kind.DIGEST else one.immediate)}
    if not wanted and not (must and kind is Kind.SAFEGUARDING):
        return Failure.UNWANTED
    chosen = [way for way in confirmed if way.kind in wanted]
    return chosen if kind is Kind.DIGEST else chosen + [way for way in confirmed if way not in chosen]
