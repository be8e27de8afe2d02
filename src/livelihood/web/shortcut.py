"""The lists that are asked for most, past the framework's own way through a request.

Routing, dependencies, parameters, two layers of exception handlers and an answer made in two steps cost a fifth of what
the process spends on a page of the worklist (docs/performance.md), which is more than all that is ours. The handler, who
asks, the policies and what is said of a refusal are the same here; whatever is not plain goes the long way, and a test
holds the answers of both ways against each other.
"""

import gzip
import re
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send

from livelihood.web.addresses import of_address
from livelihood.web.compression import takes_gzip
from livelihood.web.current import header
from livelihood.web.errors import refusal_of
from livelihood.web.identity import bearer, provide_clock, provide_database
from livelihood.web.requests import ApiRequest

# Nothing to decode, nothing left empty: `state=overdue&limit=20`.
PLAIN = re.compile(rb"(?:[a-z_]+=[\w-]+(?:&(?!$)|$))*", re.ASCII)


class Shortcut:
    """Middleware that answers GET at these addresses, each with its handler of `app`, which takes `reads`, the `clock`
    and parameters of the query alone.
    """

    def __init__(self, app: Litestar, paths: Sequence[str], next_app: ASGIApp, *, compress_from: int) -> None:
        self.next_app = next_app
        self.state = app.state
        self.compress_from = compress_from
        self.lists = {
            route.path: (route.route_handler_map["GET"][0].fn, query_of(route.route_handler_map["GET"][0]))
            for route in app.routes
            if isinstance(route, HTTPRoute) and route.path in paths
        }
        assert self.lists.keys() == set(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self.lists.get(scope["path"]) if scope.get("method") == "GET" else None
        asked = None if found is None else found[1](scope["query_string"])
        token = None if asked is None else bearer(scope)
        if found is None or asked is None or token is None:
            await self.next_app(scope, receive, send)
            return
        try:
            database = provide_database(self.state)
            async with database.read(token, scope["state"]["request_id"]) as reads:
                answer = await found[0](reads=reads, clock=provide_clock(self.state), **asked)
            body = msgspec.json.encode(answer)
        except Exception as error:  # noqa: BLE001  # as the framework does with what handlers raise
            request = ApiRequest(scope, receive, send)  # type: ignore[arg-type]  # a GET is no lifespan and no socket
            await refusal_of(request, error).to_asgi_response(None, request)(scope, receive, send)
            return
        headers = [(b"content-type", b"application/json")]
        if len(body) >= self.compress_from and takes_gzip(header(scope, b"accept-encoding")):
            body = gzip.compress(body, 6)
            headers += [(b"content-encoding", b"gzip"), (b"vary", b"Accept-Encoding")]
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


def query_of(handler: HTTPRouteHandler) -> Callable[[bytes], dict[str, Any] | None]:
    """What reads a query string into the handler's arguments; None where it is not plain or not what is declared."""
    names = {field.name: name for name, _, field in of_address(handler)}
    fields = [field for field in msgspec.structs.fields(handler.signature_model) if field.name in names]
    query = msgspec.defstruct(
        "Query",
        [(field.name, field.type, field.default) for field in fields],
        rename=names,
        forbid_unknown_fields=True,
    )
    nothing = msgspec.structs.asdict(query())

    def read(text: bytes) -> dict[str, Any] | None:
        if not text:
            return nothing
        if not PLAIN.fullmatch(text):
            return None
        pairs = [pair.split("=") for pair in text.decode().split("&")]
        given = dict(pairs)
        if len(given) < len(pairs):
            return None
        try:
            return msgspec.structs.asdict(msgspec.convert(given, query, strict=False))
        except msgspec.ValidationError:
            return None

    return read
