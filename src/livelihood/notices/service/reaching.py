"""How a person is reached; each verb is about whoever acts, and nobody else."""

import re
import secrets
from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, select

from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, DomainError, NotFound, invalid, say
from livelihood.notices.models import StaffChannel
from livelihood.notices.queries import must_hear
from livelihood.notices.rules import CODE_LASTS, DIGEST_FROM, ChannelKind, Kind
from livelihood.notices.schemas import ChoicesIn, CodeIn, EmailIn
from livelihood.notices.service.telling import tell

ADDRESS = re.compile(r"[!-~]+@[!-~]+\.[!-~]+")
# What nobody confuses on a small screen; forty bits and more, so that nobody guesses one within its time.
SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
EMAIL_CODE, TELEGRAM_CODE = 8, 12
BETWEEN_CODES = timedelta(minutes=1)
PAGE = "/me/notices"


class TooSoon(DomainError):
    """A code was sent a moment ago."""

    code = "too-soon"
    status = 429


class ChannelOff(DomainError):
    """This installation does not send this way."""

    code = "channel-off"


async def set_email(
    uow: UnitOfWork, data: EmailIn, *, offered: Collection[ChannelKind], clock: Clock
) -> None:
    """Send a code to the address; it is used once the code comes back. Until then the address before it stays.

    Raises `ChannelOff`, `InvalidInput`, and `TooSoon` where another address was sent a code within the minute.
    """
    _require(ChannelKind.EMAIL, offered)
    address = data.address.strip()
    if not ADDRESS.fullmatch(address) or not 6 <= len(address) <= 254:
        raise invalid(
            "address",
            say("{value} is not an e-mail address. Write it as in sophea@example.org.", value=address[:60]),
        )
    now = clock.now()
    mine = await _mine(uow)
    channel = mine.get(ChannelKind.EMAIL)
    if channel is not None and channel.code_made_at and channel.code_made_at > now - BETWEEN_CODES:
        if channel.pending == address:
            return
        raise TooSoon(say("A code was sent less than a minute ago. Wait a minute, then ask for another."))
    channel = channel or _new(uow, ChannelKind.EMAIL)
    channel.pending = address
    _give_code(channel, EMAIL_CODE, clock)
    await uow.session.flush()
    await tell(
        uow,
        [uow.actor.id],
        kind=Kind.CODE,
        key=f"code:{new_id()}",
        path=PAGE,
        clock=clock,
        channel=ChannelKind.EMAIL,
    )


async def confirm_email(uow: UnitOfWork, data: CodeIn, *, clock: Clock) -> None:
    """The code has come back: from now on the address is used. Raises `InvalidInput` where it is another or too old."""
    mine = await _mine(uow)
    channel = mine.get(ChannelKind.EMAIL)
    typed = "".join(data.code.split()).replace("-", "").upper()
    if (
        channel is None
        or channel.code is None
        or channel.code_expires_at is None
        or channel.code_expires_at <= clock.now()
        or not secrets.compare_digest(channel.code.encode(), typed.encode())
    ):
        raise invalid(
            "code", say("This is not the code, or it is more than 30 minutes old. Ask for a new one.")
        )
    channel.address, channel.pending = channel.pending, None
    await take_into_use(uow, channel, list(mine.values()), clock=clock)


async def ask_telegram_code(uow: UnitOfWork, *, offered: Collection[ChannelKind], clock: Clock) -> None:
    """A new code to send to the bot, from the chat that is to get the notices."""
    _require(ChannelKind.TELEGRAM, offered)
    mine = await _mine(uow)
    channel = mine.get(ChannelKind.TELEGRAM) or _new(uow, ChannelKind.TELEGRAM)
    _give_code(channel, TELEGRAM_CODE, clock)
    await uow.session.flush()


async def choose(uow: UnitOfWork, data: ChoicesIn, *, clock: Clock) -> None:
    """By which channel the digest comes and by which the safeguarding notices; none turns them off.

    A focal point cannot turn safeguarding notices off. Raises `InvalidInput`.
    """
    mine = await _mine(uow)
    for name, kind in (("digest", data.digest), ("immediate", data.immediate)):
        if kind is not None and not (kind in mine and mine[kind].address):
            raise invalid(name, say("This way is not confirmed yet. Confirm it first, then choose it."))
    if data.immediate is None and await must_hear(uow, uow.actor.id):
        raise invalid("immediate", MUST_HEAR)
    before = next((one for one in mine.values() if one.digest), None)
    for one in mine.values():
        one.digest = one.immediate = False
    await uow.session.flush()  # what was chosen goes first: there is one of each at any moment
    if data.digest is not None:
        chosen = mine[data.digest]
        chosen.digest = True
        if before is None:
            _from_tomorrow(chosen, clock)
        else:
            chosen.digested_on = before.digested_on
    if data.immediate is not None:
        mine[data.immediate].immediate = True
    await uow.session.flush()


MUST_HEAR = say(
    "You are a safeguarding focal point: safeguarding notices cannot be turned off. Choose the way they reach you."
)


async def remove(uow: UnitOfWork, kind: ChannelKind) -> None:
    """Forget an address. Safeguarding notices go on by the other way; a focal point keeps at least one."""
    mine = await _mine(uow)
    going = mine.pop(kind, None)
    if going is None:
        raise NotFound(say("There is no such way to reach you."))
    left = next((one for one in mine.values() if one.address), None)
    if going.address and left is None and await must_hear(uow, uow.actor.id):
        raise Conflict(
            say(
                "You are a safeguarding focal point: at least one way to reach you must stay. Add another one first."
            )
        )
    await uow.session.execute(delete(StaffChannel).where(StaffChannel.id == going.id))
    if going.immediate and left is not None:
        left.immediate = True
        await uow.session.flush()


async def send_test(uow: UnitOfWork, kind: ChannelKind, *, clock: Clock) -> None:
    """Send a message this way now; asked again within the same minute, it is still the one message."""
    mine = await _mine(uow)
    if kind not in mine or not mine[kind].address:
        raise Conflict(say("This way is not confirmed yet. Confirm it first, then choose it."))
    minute = clock.now().strftime("%Y%m%d%H%M")
    await tell(
        uow,
        [uow.actor.id],
        kind=Kind.TEST,
        key=f"test:{kind}:{minute}",
        path=PAGE,
        clock=clock,
        channel=kind,
    )


async def take_into_use(
    uow: UnitOfWork, channel: StaffChannel, mine: Collection[StaffChannel], *, clock: Clock
) -> None:
    """Its address is confirmed. The first way to reach somebody is used for everything."""
    channel.confirmed_at = clock.now()
    channel.code = channel.code_expires_at = None
    others = [one for one in mine if one.id != channel.id]
    if not any(one.address for one in others):
        if not channel.digest:
            _from_tomorrow(channel, clock)
        channel.digest = channel.immediate = True
    await uow.session.flush()


def _from_tomorrow(channel: StaffChannel, clock: Clock) -> None:
    """Who asks for the digest after its hour gets the first one tomorrow, not in the middle of the day."""
    channel.digested_on = clock.today() if digest_hour_has_come(clock) else None


def digest_hour_has_come(clock: Clock) -> bool:
    return clock.now().astimezone(clock.zone).time() >= DIGEST_FROM


def _require(kind: ChannelKind, offered: Collection[ChannelKind]) -> None:
    if kind not in offered:
        raise ChannelOff(
            say("This installation does not send this way. Ask whoever runs Livelihood to set it up.")
        )


async def _mine(uow: UnitOfWork) -> dict[ChannelKind, StaffChannel]:
    """The actor's own channels, locked."""
    rows = await uow.session.scalars(
        select(StaffChannel)
        .where(StaffChannel.staff_id == uow.actor.id)
        .order_by(StaffChannel.kind)
        .with_for_update()
    )
    return {ChannelKind(one.kind): one for one in rows}


def _new(uow: UnitOfWork, kind: ChannelKind) -> StaffChannel:
    channel = StaffChannel(id=new_id(), staff_id=uow.actor.id, kind=kind, digest=False, immediate=False)
    uow.session.add(channel)
    return channel


def _give_code(channel: StaffChannel, length: int, clock: Clock) -> None:
    now = clock.now()
    channel.code = "".join(secrets.choice(SIGNS) for _ in range(length))
    channel.code_made_at = now
    channel.code_expires_at = now + CODE_LASTS
