"""Who is told, how somebody is reached, and what became of what was sent."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    Integer,
    SmallInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    or_,
    select,
)

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.db.reader import Read, Reading
from livelihood.notices.models import Outbox, StaffChannel, TelegramBot
from livelihood.notices.rules import SAFEGUARDING_ROLES, ChannelKind, next_digest
from livelihood.notices.schemas import ChannelOut, DeliveryOut, DeliveryState, NoticesOut, UndeliveredOut

SHOWN = 10


class Recipient(msgspec.Struct):
    id: UUID


RECIPIENTS = Read(
    select(Staff.id)
    .join(StaffRole, StaffRole.staff_id == Staff.id)
    .where(
        Staff.active,
        Staff.kind == StaffKind.PERSON.value,
        StaffRole.role == any_(bindparam("roles", type_=ARRAY(Text))),
        or_(StaffRole.office_id.is_(None), StaffRole.office_id == bindparam("office", type_=SmallInteger)),
    )
    .distinct(),
    Recipient,
)


async def recipients(
    reading: Reading, office_id: int | None, roles: Iterable[Role] = SAFEGUARDING_ROLES
) -> set[UUID]:
    """Who holds one of the roles for this office or for all of them; without an office, for all of them alone."""
    held = [role.value for role in roles]
    return {one.id for one in await RECIPIENTS.all(reading, office=office_id, roles=held)}


class Named(msgspec.Struct):
    id: UUID
    name: str


NAMES = Read(
    select(Staff.id, Staff.name)
    .where(Staff.id == any_(bindparam("people", type_=ARRAY(Uuid))))
    .order_by(Staff.name, Staff.id),
    Named,
)


class Answer(msgspec.Struct):
    yes: bool


REACHED = Read(
    select(
        func.app.focal_point_reached(
            bindparam("people", type_=ARRAY(Uuid)), bindparam("ways", type_=ARRAY(Text))
        ).label("yes")
    ),
    Answer,
)


class FocalPoints(msgspec.Struct):
    """`told`: a message can go out to at least one of them."""

    names: list[str]
    told: bool


async def focal_points(
    reading: Reading, office_id: int | None, *, offered: Collection[ChannelKind]
) -> FocalPoints:
    """Those of the office and the national ones; without an office the national ones alone."""
    people = sorted(await recipients(reading, office_id, [Role.FOCAL_POINT]))
    if not people:
        return FocalPoints([], told=False)
    named = await NAMES.all(reading, people=people)
    answer = await REACHED.first(reading, people=people, ways=[kind.value for kind in offered])
    return FocalPoints([one.name for one in named], told=answer is not None and answer.yes)


MUST_HEAR = Read(
    select(StaffRole.staff_id.label("id"))
    .where(StaffRole.staff_id == bindparam("person", type_=Uuid), StaffRole.role == Role.FOCAL_POINT.value)
    .limit(1),
    Recipient,
)


async def must_hear(reading: Reading, staff_id: UUID) -> bool:
    """Whether this person is a safeguarding focal point, who cannot turn safeguarding notices off."""
    return await MUST_HEAR.first(reading, person=staff_id) is not None


class OwnChannel(msgspec.Struct):
    kind: ChannelKind
    address: str | None
    confirmed_at: datetime | None
    digest: bool
    immediate: bool
    digested_on: date | None
    pending: str | None
    code: str | None
    code_expires_at: datetime | None


OWN_CHANNELS = Read(
    select(
        StaffChannel.kind,
        StaffChannel.address,
        StaffChannel.confirmed_at,
        StaffChannel.digest,
        StaffChannel.immediate,
        StaffChannel.digested_on,
        StaffChannel.pending,
        StaffChannel.code,
        StaffChannel.code_expires_at,
    ).where(StaffChannel.staff_id == bindparam("person", type_=Uuid)),
    OwnChannel,
)

DELIVERIES = Read(
    select(
        Outbox.id,
        Outbox.kind,
        Outbox.channel,
        Outbox.created_at,
        case(
            (Outbox.sent_at.is_not(None), DeliveryState.SENT.value),
            (Outbox.given_up_at.is_not(None), DeliveryState.GIVEN_UP.value),
            else_=DeliveryState.WAITING.value,
        ).label("state"),
        func.coalesce(Outbox.sent_at, Outbox.given_up_at, Outbox.send_after).label("at"),
        Outbox.attempts,
        Outbox.last_error.label("failure"),
    )
    .where(Outbox.staff_id == bindparam("person", type_=Uuid))
    .order_by(Outbox.created_at.desc(), Outbox.id)
    .limit(bindparam("limit", SHOWN, Integer)),
    DeliveryOut,
)


class Bot(msgspec.Struct):
    username: str | None


BOT = Read(select(TelegramBot.username).where(TelegramBot.id == bindparam("bot", type_=BigInteger)), Bot)


async def notices_of(
    reading: Reading, *, offered: Collection[ChannelKind], bot_id: int | None, clock: Clock
) -> NoticesOut:
    """How whoever reads is reached, and what became of what they were last sent."""
    person, now = reading.actor.id, clock.now()
    mine = {one.kind: one for one in await OWN_CHANNELS.all(reading, person=person)}
    bot = await BOT.first(reading, bot=bot_id) if bot_id is not None else None
    return NoticesOut(
        email=_channel(ChannelKind.EMAIL, mine, offered, now),
        telegram=_channel(ChannelKind.TELEGRAM, mine, offered, now),
        telegram_bot=bot.username if bot else None,
        must_hear=await must_hear(reading, person),
        next_digest_on=next(
            (next_digest(one.digested_on, clock.today()) for one in mine.values() if one.digest and offered),
            None,
        ),
        deliveries=await DELIVERIES.all(reading, person=person),
    )


def _channel(
    kind: ChannelKind, mine: Mapping[ChannelKind, OwnChannel], offered: Collection[ChannelKind], now: datetime
) -> ChannelOut:
    found = ChannelOut(kind, offered=kind in offered)
    if (own := mine.get(kind)) is None:
        return found
    current = own.code_expires_at is not None and own.code_expires_at > now
    return msgspec.structs.replace(
        found,
        # A chat's number says nothing to anybody.
        address=own.address if kind is ChannelKind.EMAIL else None,
        confirmed_at=own.confirmed_at,
        digest=own.digest,
        immediate=own.immediate,
        pending=own.pending,
        code=own.code if current and kind is ChannelKind.TELEGRAM else None,
        code_expires_at=own.code_expires_at if current else None,
    )


async def reachable(reading: Reading) -> bool:
    """Whether whoever reads has confirmed any way to be reached."""
    return any(one.address for one in await OWN_CHANNELS.all(reading, person=reading.actor.id))


NOT_REACHED = func.app.undelivered(bindparam("since", type_=DateTime(timezone=True))).table_valued(
    column("staff_id", Uuid),
    column("name", Text),
    column("waiting", BigInteger),
    column("given_up", BigInteger),
    column("last_error", Text),
    column("last_at", DateTime(timezone=True)),
)
UNDELIVERED = Read(
    select(*NOT_REACHED.c).order_by(NOT_REACHED.c.given_up.desc(), NOT_REACHED.c.name), UndeliveredOut
)


async def undelivered(reading: Reading, now: datetime) -> list[UndeliveredOut]:
    """By person, of the last seven days, for those who look after the accounts."""
    reading.actor.require(Permission.DELIVERIES_READ)
    return await UNDELIVERED.all(reading, since=now - timedelta(days=7))
