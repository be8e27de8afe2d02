"""A real mail server and a stand-in for the bot API, on this machine, that refuse, hang and hang up when told to."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HELD = 30.0


@dataclass
class PostOffice:
    """`arrived` holds what was taken over. `answers` come for a recipient instead of a yes; `after_data` runs before
    the yes to a letter.
    """

    port: int = 0
    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    data_answer: str = "250 taken"
    hangs: bool = False
    hangs_up: bool = False
    after_data: Callable[[], Awaitable[None]] | None = None

    async def handle_RCPT(  # noqa: N802  # the names are aiosmtpd's
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.asked.append(address)
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hangs:
            await asyncio.sleep(HELD)
        if self.hangs_up:
            assert server.transport is not None
            server.transport.abort()
        if self.data_answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            letter = message_from_bytes(envelope.content, policy=default)
            self.arrived += [(address, letter) for address in envelope.rcpt_tos]
        if self.after_data is not None:
            await self.after_data()
        return self.data_answer


def known(_server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=(data.login, data.password) == (b"post", b"p@ss"), handled=False)


@asynccontextmanager
async def post_office(
    *, tls: ssl.SSLContext | None = None, implicit: bool = False, sign_in: bool = False
) -> AsyncGenerator[PostOffice]:
    office = PostOffice()
    loop = asyncio.get_running_loop()

    def connected() -> SMTP:
        return SMTP(
            office,
            hostname="localhost",
            loop=loop,
            tls_context=None if implicit else tls,
            require_starttls=tls is not None and not implicit,
            auth_required=sign_in,
            authenticator=known if sign_in else None,
        )

    server = await loop.create_server(connected, "127.0.0.1", 0, ssl=tls if implicit else None)
    office.port = server.sockets[0].getsockname()[1]
    try:
        yield office
    finally:
        server.close()
        await server.wait_closed()


Reply = tuple[int, dict[str, Any]]


@dataclass
class BotApi:
    """What the bot was asked, and what it answers: `replies` are used up first, then all is well."""

    port: int = 0
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    replies: list[Reply | str] = field(default_factory=list)
    updates: list[dict[str, Any]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def texts(self) -> list[tuple[int, str]]:
        return [(body["chat_id"], body["text"]) for path, body in self.asked if path.endswith("/sendMessage")]

    def says(self, chat: int, text: str, *, kind: str = "private") -> None:
        """Somebody writes to the bot."""
        number = len(self.updates) + 1000
        message = {"message_id": number, "chat": {"id": chat, "type": kind}, "text": text}
        self.updates.append({"update_id": number, "message": message})

    def answer(self, method: str, body: dict[str, Any]) -> Reply | str:
        if self.replies:
            return self.replies.pop(0)
        if method == "getMe":
            return 200, {"ok": True, "result": {"id": 123, "is_bot": True, "username": "livelihood_bot"}}
        if method == "getUpdates":
            new = [one for one in self.updates if one["update_id"] >= body.get("offset", 0)]
            return 200, {"ok": True, "result": new}
        return 200, {"ok": True, "result": {}}

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                length = 0
                while header := (await reader.readline()).strip():
                    name, _, value = header.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                path = line.split()[1].decode()
                body = json.loads(await reader.readexactly(length) or b"{}")
                self.asked.append((path, body))
                reply = self.answer(path.rpartition("/")[2], body)
                if reply == "hang":
                    await asyncio.sleep(HELD)
                if isinstance(reply, str):
                    break
                status, answer = reply
                content = json.dumps(answer).encode()
                writer.write(
                    f"HTTP/1.1 {status} X\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
                )
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def bot_api() -> AsyncGenerator[BotApi]:
    api = BotApi()
    server = await asyncio.start_server(api.connected, "127.0.0.1", 0)
    api.port = server.sockets[0].getsockname()[1]
    try:
        yield api
    finally:
        server.close()
        server.close_clients() if hasattr(server, "close_clients") else None
        await server.wait_closed()
