"""What every answer carries, errors included, and which forms are taken."""

import re
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from livelihood.web.current import header, is_api

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS = "max-age=31536000; includeSubDomains"

SAFE = {"GET", "HEAD", "OPTIONS"}
GIVEN_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


class Headers(ASGIMiddleware):
    """Litestar's own `after_request` does not see a 404; this does. Pages are not kept by caches."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, *, secure: bool) -> None:
        always = {**HEADERS, **({"Strict-Transport-Security": HSTS} if secure else {})}
        # Encoded once: a request sets them all, and nothing else sets any of them.
        self.always = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        given = header(scope, b"x-request-id")
        request_id = given if GIVEN_ID.match(given) else token_hex(16)
        scope["state"]["request_id"] = request_id

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message["headers"], *self.always, (b"x-request-id", request_id.encode())]
                for name, _ in message["headers"]:
                    if name.lower() == b"cache-control":
                        break
                else:
                    headers.append((b"cache-control", b"no-store"))
                message["headers"] = headers
            await send(message)

        await next_app(scope, receive, with_headers)


class SameOrigin(ASGIMiddleware):
    """Forms are taken from our own pages alone: what the browser itself says of where a request comes from.

    No token in every form, so that a page left open for a day, or over a sign-in, can still be sent. A browser
    that says neither where it comes from is too old to be trusted with a family's records.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope.get("method") not in SAFE and not is_api(scope["path"]) and not self.ours(scope):
            await self.refuse(send)
            return
        await next_app(scope, receive, send)

    def ours(self, scope: Scope) -> bool:
        site = header(scope, b"sec-fetch-site")
        if site:
            return site in {"same-origin", "none"}
        origin = header(scope, b"origin")
        return bool(origin) and urlsplit(origin).netloc == header(scope, b"host")

    async def refuse(self, send: Send) -> None:
        body = b"This form was not sent from a page of ours, so nothing was saved. Open the page again and send it from there."
        headers: Any = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": 403, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})
