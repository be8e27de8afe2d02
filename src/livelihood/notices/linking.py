"""Link people's Telegram chats: they send the bot the code that their page shows, and a worker reads it there."""

import logging
import re

import msgspec
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert

from livelihood.clock import Clock
from livelihood.db.actor import WORKER
from livelihood.db.work import Database, UnitOfWork
from livelihood.notices.channels import Undelivered
from livelihood.notices.channels.telegram import Telegram
from livelihood.notices.models import StaffChannel, TelegramBot
from livelihood.notices.rules import LEASE, ChannelKind, Kind
from livelihood.notices.service.reaching import PAGE, take_into_use
from livelihood.notices.service.telling import tell

log = logging.getLogger(__name__)


# As Telegram sends it from the link, or as somebody types it.
CODE = re.compile(r"(?:/start(?:@\w+)?\s+)?([0-9A-Z]{12})", re.IGNORECASE)
PRIVATE = "private"


class Chat(msgspec.Struct):
    id: int
    type: str = ""


class Said(msgspec.Struct):
    chat: Chat
    text: str = ""


class Update(msgspec.Struct):
    update_id: int
    message: Said | None = None


class User(msgspec.Struct):
    username: str = ""


async def link(database: Database, bot: Telegram, *, clock: Clock) -> int:
    """Read what the bot was sent while somebody's code waits; says how many chats were linked.

    One worker at a time asks. What was read is confirmed to Telegram by the next reading, so a kill loses nothing.
    """
    async with database.work(WORKER) as uow:
        known = await _turn(uow, bot.id, clock)
    if known is None:
        return 0
    try:
        name = known.username or msgspec.convert(await bot.ask("getMe"), User).username
        asked = await bot.ask(
            "getUpdates", offset=known.next_update, limit=100, timeout=0, allowed_updates=["message"]
        )
        updates = msgspec.convert(asked, list[Update])
    except Undelivered as failed:
        log.warning("the Telegram bot cannot be asked: %s", failed.failure)
        return 0
    except msgspec.ValidationError:
        log.warning("the Telegram bot answers what nobody understands")
        return 0
    async with database.work(WORKER) as uow:
        current = await uow.session.get_one(TelegramBot, bot.id)
        linked = sum([await _linked(uow, update, clock) for update in updates])
        current.username = name
        current.next_update = max([current.next_update, *(update.update_id + 1 for update in updates)])
        current.polled_until = None
    return linked


async def _turn(uow: UnitOfWork, bot_id: int, clock: Clock) -> TelegramBot | None:
    """The bot, where it is to be asked now and nobody else is at it."""
    now = clock.now()
    await uow.session.execute(insert(TelegramBot).values(id=bot_id).on_conflict_do_nothing())
    current = (
        await uow.session.scalars(
            select(TelegramBot)
            .where(
                TelegramBot.id == bot_id,
                or_(TelegramBot.polled_until.is_(None), TelegramBot.polled_until <= now),
            )
            .with_for_update(skip_locked=True)
        )
    ).one_or_none()
    if current is None:
        return None
    waiting = await uow.session.scalar(
        select(StaffChannel.id)
        .where(StaffChannel.kind == ChannelKind.TELEGRAM, StaffChannel.code_expires_at > now)
        .limit(1)
    )
    if waiting is None and current.username:
        return None
    current.polled_until = now + LEASE
    return current


async def _linked(uow: UnitOfWork, update: Update, clock: Clock) -> bool:
    """A code that nobody waits for is answered with nothing: whoever guesses learns nothing."""
    said = update.message
    found = CODE.fullmatch(said.text.strip()) if said else None
    # A group would show one person's notices to others.
    if said is None or found is None or said.chat.type != PRIVATE:
        return False
    channel = (
        await uow.session.scalars(
            select(StaffChannel)
            .where(
                StaffChannel.kind == ChannelKind.TELEGRAM,
                StaffChannel.code == found[1].upper(),
                StaffChannel.code_expires_at > clock.now(),
            )
            .with_for_update()
        )
    ).one_or_none()
    if channel is None:
        return False
    mine = (
        await uow.session.scalars(select(StaffChannel).where(StaffChannel.staff_id == channel.staff_id))
    ).all()
    channel.address = str(said.chat.id)
    await take_into_use(uow, channel, mine, clock=clock)
    await tell(
        uow,
        [channel.staff_id],
        kind=Kind.TEST,
        key=f"linked:{update.update_id}",
        path=PAGE,
        clock=clock,
        channel=ChannelKind.TELEGRAM,
    )
    return True
