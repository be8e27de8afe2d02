"""The application on a port of this machine, and people before their screens."""

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from granian.constants import Interfaces
from granian.server.embed import Server
from litestar import Litestar
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize
from sqlalchemy import update

from livelihood.accounts.models import Staff
from livelihood.app import create_app
from livelihood.db.actor import Named
from tests.browser.chromium import DESKTOP
from tests.support.world import Person, World


@asynccontextmanager
async def served(app: Any) -> AsyncGenerator[str]:
    """The address of an ASGI application while it is served in this process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(
        app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, websockets=False, log_enabled=False
    )
    task = asyncio.create_task(server.serve())
    try:
        await answers(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.stop()
        await task


async def answers(port: int) -> None:
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            await writer.wait_closed()
            return
    raise TimeoutError(f"nothing answers on port {port}")


@dataclass
class Weight:
    """What came over the wire for one page, fonts apart, in bytes as they were sent."""

    sent: int = 0


@dataclass
class Site:
    address: str
    world: World
    browser: Browser
    app: Litestar

    def show_the_time(self) -> None:
        """Let the application see the day that a story has reached by moving the world's clock."""
        self.app.state.clock = self.world.clock

    async def screen(
        self, person: Person | None = None, *, language: str = "en", size: dict[str, int] = DESKTOP
    ) -> Page:
        """A page signed in as this person, who from now on reads this language."""
        if person is not None:
            async with self.world.owner.work(Named("setup")) as uow:
                await uow.session.execute(
                    update(Staff).where(Staff.id == person.id).values(language=language)
                )
        context: BrowserContext = await self.browser.new_context(
            base_url=self.address,
            viewport=ViewportSize(width=size["width"], height=size["height"]),
            locale=language,
        )
        context.set_default_timeout(10_000)
        cookies = {"language": language} | ({"session": person.token} if person else {})
        await context.add_cookies(
            [{"name": name, "value": value, "url": self.address} for name, value in cookies.items()]
        )
        return await context.new_page()


@asynccontextmanager
async def site_of(world: World, browser: Browser) -> AsyncGenerator[Site]:
    app = create_app(world.settings, database=world.database, clock=world.clock)
    async with served(app) as address:
        yield Site(address, world, browser, app)


async def weigh(page: Page, path: str) -> Weight:
    """Open a page with an empty cache and add up what its parts weigh as they are sent."""
    session = await page.context.new_cdp_session(page)
    weight = Weight()
    fonts: set[str] = set()

    def responded(event: dict[str, Any]) -> None:
        if event["type"] == "Font":
            fonts.add(event["requestId"])

    def finished(event: dict[str, Any]) -> None:
        if event["requestId"] not in fonts:
            weight.sent += int(event["encodedDataLength"])

    session.on("Network.responseReceived", responded)
    session.on("Network.loadingFinished", finished)
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await page.goto(path, wait_until="load")
    await session.detach()
    return weight
