"""Messages that leave the system: counted, sent, tried again and forgotten."""

from typing import Any

from livelihood.clock import Clock
from livelihood.db.actor import WORKER
from livelihood.db.work import Database
from livelihood.desk.digest import make_digests
from livelihood.notices import linking, sending
from livelihood.notices.channels import Channel
from livelihood.notices.channels.telegram import Telegram
from livelihood.notices.rules import ChannelKind

Context = dict[Any, Any]


async def digest(ctx: Context) -> None:
    """Today's, for everybody who has not had it, whenever a worker gets round to it after its hour."""
    await make_digests(ctx["database"], clock=ctx["clock"])


async def deliver(ctx: Context) -> None:
    """What waits in the outbox and may be tried now."""
    channels: dict[ChannelKind, Channel] = ctx["channels"]
    await sending.deliver(ctx["database"], channels, clock=ctx["clock"], public_url=ctx["public_url"])


async def link_chats(ctx: Context) -> None:
    """Codes that people sent to the bot, where there is one."""
    bot = ctx["channels"].get(ChannelKind.TELEGRAM)
    if isinstance(bot, Telegram):
        await linking.link(ctx["database"], bot, clock=ctx["clock"])


async def forget_messages(ctx: Context) -> None:
    """By their state: a day that was missed is made up for the next."""
    database: Database = ctx["database"]
    clock: Clock = ctx["clock"]
    async with database.work(WORKER) as uow:
        await sending.forget(uow, clock=clock)
