"""People with addresses, and the worker's sending before a clock that the test moves."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import update

from livelihood.accounts.models import Staff
from livelihood.clock import Clock
from livelihood.db.actor import Named
from livelihood.notices import service
from livelihood.notices.channels import Channel
from livelihood.notices.channels.email import Email, MailServer
from livelihood.notices.channels.telegram import Telegram
from livelihood.notices.models import StaffChannel
from livelihood.notices.rules import ChannelKind, Count, Kind
from livelihood.notices.sending import deliver
from tests.notices.servers import BotApi, PostOffice, bot_api, post_office
from tests.support.world import Person, World

PUBLIC = "https://livelihood.example.org"
SENDER = "livelihood@example.org"
TOKEN = "123:very-secret-token"


async def reached(
    world: World, person: Person, kind: str, address: str, *, digest: bool = True, immediate: bool = True
) -> None:
    async with world.owner.work(Named("setup")) as uow:
        uow.session.add(
            StaffChannel(
                staff_id=person.id,
                kind=kind,
                address=address,
                confirmed_at=world.clock.now(),
                digest=digest,
                immediate=immediate,
            )
        )


async def told(world: World, person: Person, kind: Kind = Kind.SAFEGUARDING, **more: Any) -> str:
    """A message waits for this person; says its key."""
    key = str(uuid4())
    async with world.work(person) as uow:
        given: dict[str, Any] = {"path": "/alerts", "clock": world.clock} | more
        if kind is Kind.DIGEST:
            given.setdefault("counts", {Count.DUE: 3})
        await service.tell(uow, [person.id], kind=kind, key=key, **given)
    return key


async def reads(world: World, person: Person, language: str) -> None:
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(update(Staff).where(Staff.id == person.id).values(language=language))


async def row(world: World, key: str) -> Any:
    (found,) = await world.owner_rows("SELECT * FROM outbox WHERE key = $1", key)
    return found


@dataclass
class Post:
    """The worker's sending, with both servers at hand."""

    world: World
    office: PostOffice
    bot: BotApi
    channels: dict[ChannelKind, Channel]

    async def deliver(self, *, later: timedelta = timedelta(0), **more: Any) -> int:
        """`later` moves the clock on first, for good."""
        clock = self.world.clock
        self.world.clock = Clock(clock.zone, clock.offset + later)
        given: dict[str, Any] = {"jitter": lambda: 0.0} | more
        return await deliver(
            self.world.worker, self.channels, clock=self.world.clock, public_url=PUBLIC, **given
        )


@asynccontextmanager
async def post_of(world: World, *, patience: float = 5) -> AsyncGenerator[Post]:
    async with post_office() as office, bot_api() as bot:
        server = MailServer.of(f"smtp://127.0.0.1:{office.port}?starttls=no")
        telegram = Telegram(TOKEN, bot.url, timeout=patience)
        channels: dict[ChannelKind, Channel] = {
            ChannelKind.EMAIL: Email(server, SENDER, clock=world.clock, timeout=patience),
            ChannelKind.TELEGRAM: telegram,
        }
        try:
            yield Post(world, office, bot, channels)
        finally:
            await telegram.close()
