"""Hand what waits in the outbox to the channels, one message at a time and each in a transaction of its own.

A message is leased before it is sent and marked after, so a worker killed between the two leaves one message that is
sent a second time once the lease has run out, and never one that is lost.
"""

import asyncio
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import and_, delete, func, not_, select, update

from livelihood.accounts.models import Staff
from livelihood.clock import Clock
from livelihood.db.actor import WORKER
from livelihood.db.work import Database, UnitOfWork
from livelihood.notices.channels import Channel, Letter, Undelivered
from livelihood.notices.models import Outbox, StaffChannel
from livelihood.notices.queries import must_hear
from livelihood.notices.rules import (
    LEASE,
    NO_WAY,
    STALE_AFTER,
    ChannelKind,
    Failure,
    Kind,
    Reach,
    Way,
    next_attempt,
    stale,
    tries,
    ways,
)
from livelihood.notices.texts import letter

log = logging.getLogger(__name__)

TODAY_PAGE = "/"
SETTINGS_PAGE = "/me/notices"
KEPT = timedelta(days=30)

TAKES = 10.0
"""Seconds for which new messages are begun in one go; the last may take `LONGEST` more."""
LONGEST = 15.0
REST = timedelta(seconds=15)

# The other side itself is in trouble: what else waits for it would only fail too, after as long a wait.
IN_TROUBLE = frozenset({Failure.TIMEOUT, Failure.UNREACHABLE, Failure.SETUP})
# Asked for by somebody who waits before the page, and will ask again.
ASKED_FOR = frozenset({Kind.CODE, Kind.TEST})
NEVER_TO_BE = frozenset({Failure.OUTDATED, Failure.UNWANTED})


class Attempt(msgspec.Struct, frozen=True):
    """One message on its way; `another` says that a different channel is left should this one refuse."""

    id: UUID
    staff_id: UUID
    kind: Kind
    number: int
    created_at: datetime
    way: Way
    letter: Letter
    another: bool


async def deliver(
    database: Database,
    channels: Mapping[ChannelKind, Channel],
    *,
    clock: Clock,
    public_url: str,
    seconds: float = TAKES,
    longest: float = LONGEST,
    jitter: Callable[[], float] = random.random,
) -> int:
    """Send what is due, safeguarding first; says how many messages were handed over.

    Any number of workers may do so at the same time. Where no way is set up nothing is tried, and nothing counts as
    an attempt.
    """
    if not channels:
        return 0
    resting: set[ChannelKind] = set()
    handed_over = 0
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        async with database.work(WORKER) as uow:
            message = await _next(uow, channels, clock)
            if message is None:
                break
            attempt = await _leased(uow, message, channels, resting, clock, public_url, jitter())
        if attempt is None:
            continue
        failed = await _sent(channels[attempt.way.kind], attempt, longest)
        async with database.work(WORKER) as uow:
            await _note(uow, attempt, failed, clock, jitter())
        if failed is None:
            handed_over += 1
        elif failed.failure in IN_TROUBLE or failed.retry_after:
            resting.add(attempt.way.kind)
    return handed_over


async def _next(uow: UnitOfWork, channels: Collection[ChannelKind], clock: Clock) -> Outbox | None:
    """A safeguarding notice that had no way is left alone until its person has one, however long that takes."""
    reached = (
        select(StaffChannel.id)
        .where(
            StaffChannel.staff_id == Outbox.staff_id,
            StaffChannel.address.is_not(None),
            StaffChannel.kind.in_(channels),
        )
        .exists()
    )
    waits = and_(
        Outbox.kind == Kind.SAFEGUARDING, func.coalesce(Outbox.last_error, "").in_(NO_WAY), not_(reached)
    )
    found = await uow.session.scalars(
        select(Outbox)
        .where(
            Outbox.sent_at.is_(None),
            Outbox.given_up_at.is_(None),
            Outbox.send_after <= clock.now(),
            not_(waits),
        )
        .order_by(Outbox.kind != Kind.SAFEGUARDING.value, Outbox.send_after)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return found.one_or_none()


async def _leased(
    uow: UnitOfWork,
    message: Outbox,
    channels: Mapping[ChannelKind, Channel],
    resting: set[ChannelKind],
    clock: Clock,
    public_url: str,
    jitter: float,
) -> Attempt | None:
    """The attempt to make now; None where the message does not go now, or never, which is noted."""
    now = clock.now()
    kind = Kind(message.kind)
    person = (
        await uow.session.execute(select(Staff.active, Staff.language).where(Staff.id == message.staff_id))
    ).one()
    reach = await _reach(uow, message.staff_id)
    found = (
        ways(kind, reach, asked=_asked(message), must=await must_hear(uow, message.staff_id), now=now)
        if person.active
        else Failure.UNWANTED
    )
    if isinstance(found, list):
        found = [way for way in found if way.kind in channels] or Failure.OFF
    if isinstance(found, Failure):
        message.last_error = found
        if kind is Kind.SAFEGUARDING and found in NO_WAY:
            return None
        message.attempts += 1
        then = next_attempt(message.created_at, now, message.attempts, jitter=jitter)
        if then is None or found in NEVER_TO_BE or kind in ASKED_FOR:
            message.given_up_at = now
        else:
            message.send_after = then
        return None
    refused = message.channel if message.last_error == Failure.REFUSED else None
    way = next((one for one in found if one.kind != refused), found[0])
    if way.kind in resting:
        message.send_after = now + REST
        return None
    message.attempts += 1
    message.channel = way.kind
    message.send_after = now + LEASE
    return Attempt(
        id=message.id,
        staff_id=message.staff_id,
        kind=kind,
        number=message.attempts,
        created_at=message.created_at,
        way=way,
        letter=letter(
            message.id,
            kind,
            counts=message.counts,
            link=public_url + (TODAY_PAGE if stale(kind, message.created_at, now) else message.path),
            settings_link=public_url + SETTINGS_PAGE,
            language=person.language,
            code=next((one.code for one in reach if one.kind is way.kind and one.code), ""),
        ),
        another=way != found[-1],
    )


def _asked(message: Outbox) -> ChannelKind | None:
    return ChannelKind(message.channel) if message.channel else None


async def _reach(uow: UnitOfWork, staff_id: UUID) -> list[Reach]:
    rows = await uow.session.scalars(
        select(StaffChannel).where(StaffChannel.staff_id == staff_id).order_by(StaffChannel.kind)
    )
    return [
        Reach(
            kind=ChannelKind(row.kind),
            address=row.address,
            digest=row.digest,
            immediate=row.immediate,
            pending=row.pending,
            code=row.code,
            code_expires_at=row.code_expires_at,
        )
        for row in rows
    ]


async def _sent(channel: Channel, attempt: Attempt, longest: float) -> Undelivered | None:
    try:
        async with asyncio.timeout(longest):
            await channel.send(attempt.way.address, attempt.letter)
    except Undelivered as failed:
        return failed
    except TimeoutError:
        return Undelivered(Failure.TIMEOUT)
    except Exception as error:  # noqa: BLE001  # a fault of ours must not keep the messages behind it
        log.warning("message %s could not be sent: %s", attempt.id, type(error).__name__)
        return Undelivered(Failure.SETUP)
    return None


async def _note(
    uow: UnitOfWork, attempt: Attempt, failed: Undelivered | None, clock: Clock, jitter: float
) -> None:
    now = clock.now()
    unsent = update(Outbox).where(Outbox.id == attempt.id, Outbox.sent_at.is_(None))
    if failed is None:
        await uow.session.execute(unsent.values(sent_at=now, given_up_at=None, last_error=None))
        if stale(attempt.kind, attempt.created_at, now):
            await _sent_with_it(uow, attempt, now)
        return
    then = (
        next_attempt(
            attempt.created_at,
            now,
            attempt.number,
            jitter=jitter,
            retry_after=failed.retry_after,
            tries=tries(attempt.kind),
        )
        if not failed.for_good
        else now
        if attempt.another
        else None
    )
    outcome = {"given_up_at": now} if then is None else {"send_after": then}
    # Where the lease ran out meanwhile and somebody else is at it, theirs is the word.
    await uow.session.execute(
        unsent.where(Outbox.attempts == attempt.number, Outbox.given_up_at.is_(None)).values(
            last_error=failed.failure, **outcome
        )
    )


async def _sent_with_it(uow: UnitOfWork, attempt: Attempt, now: datetime) -> None:
    """What else had waited as long: one message that leads to the page of today says it all."""
    await uow.session.execute(
        update(Outbox)
        .where(
            Outbox.staff_id == attempt.staff_id,
            Outbox.kind == Kind.SAFEGUARDING,
            Outbox.created_at < now - STALE_AFTER,
            Outbox.sent_at.is_(None),
            Outbox.given_up_at.is_(None),
        )
        .values(sent_at=now, channel=attempt.way.kind, last_error=None)
    )


async def forget(uow: UnitOfWork, *, clock: Clock) -> None:
    """Take away what came to its end more than thirty days ago."""
    old = clock.now() - KEPT
    await uow.session.execute(delete(Outbox).where((Outbox.sent_at < old) | (Outbox.given_up_at < old)))
