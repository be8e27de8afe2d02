"""Who asks: the token of the request, and the connection taken in its name.

`/api` takes bearer tokens only, pages take the cookie only, so that no page of another site can make a browser's
cookie act on the API.
"""

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager
from functools import partial

from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.types import Scope

from livelihood.clock import Clock
from livelihood.db.actor import Actor, Token
from livelihood.db.work import Database, Reads, SignInEnded, UnitOfWork
from livelihood.errors import say
from livelihood.web.addresses import check_address
from livelihood.web.current import LANGUAGE, header, is_api
from livelihood.web.pages import Html, Refused, page
from livelihood.web.requests import AnyRequest

COOKIE = "session"


class NotSignedIn(SignInEnded):
    """No token at all; pages lead to the sign-in, the API says how to get one."""

    code = "not-signed-in"


def bearer(scope: Scope) -> Token | None:
    scheme, _, token = header(scope, b"authorization").partition(" ")
    return Token.of(token.strip()) if scheme.lower() == "bearer" and token.strip() else None


def token_of(request: AnyRequest) -> Token | None:
    if is_api(request.scope["path"]):
        return bearer(request.scope)
    cookie = request.cookies.get(COOKIE)
    return Token.of(cookie) if cookie else None


def known_token(request: AnyRequest) -> Token:
    """Raises `NotSignedIn`."""
    token = token_of(request)
    if token is None:
        raise NotSignedIn(say("Sign in first."))
    return token


def request_id(request: AnyRequest) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))


def recognise(request: AnyRequest, actor: Actor) -> None:
    """Pages in the person's own language, and their places on a refusal too; the API in what the client accepts."""
    request.scope["state"]["actor"] = actor
    if not is_api(request.scope["path"]):
        LANGUAGE.set(actor.language)


async def provide_uow(
    request: AnyRequest,
    clock: NamedDependency[Clock],  # noqa: ARG001  # taken before, see provide_reads
) -> AsyncGenerator[UnitOfWork]:
    """For unsafe methods: commits after the handler and before the first byte; raising rolls back."""
    check_address(request)
    database: Database = request.app.state.database
    try:
        async with database.work(known_token(request), request_id(request)) as uow:
            recognise(request, uow.actor)
            yield uow
    except SignInEnded as ended:
        if is_api(request.url.path):
            raise
        raise Refused(await keep_form(request), ended) from ended


async def keep_form(request: AnyRequest) -> Html:
    """The sign-in page, holding what was typed, so that signing in sends it after all."""
    data = await request.form()
    kept = [(name, value) for name, value in data.multi_items() if isinstance(value, str)]
    return page(
        "web/sign_in.html",
        next=f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path,
        username="",
        kept=kept,
    )


def reads_of(request: AnyRequest) -> AbstractAsyncContextManager[Reads]:
    """The connection of a safe request, for as long as the block: a handler that makes something long of what it has
    read takes its own and gives it back first, so that others can read meanwhile.
    """
    check_address(request)
    database: Database = request.app.state.database
    return database.read(known_token(request), request_id(request), partial(recognise, request))


async def provide_reads(
    request: AnyRequest,
    clock: NamedDependency[Clock],  # noqa: ARG001  # taken before
) -> AsyncGenerator[Reads]:
    """For safe methods. A handler takes this or `uow`, never both: Litestar would end the two at the same time.

    What depends on nothing of another is provided at the same time, each in a task of its own, with a group to hold
    them: for a clock, that costs more than all else that Litestar does. So this one comes after the clock.
    """
    async with reads_of(request) as reads:
        yield reads


def client_address(request: AnyRequest) -> str:
    """Whose failures to count. A proxy in front has to be trusted by the server that runs us, not by a header here."""
    return request.client.host if request.client else ""


def provide_clock(state: State) -> Clock:
    return state.clock


def provide_database(state: State) -> Database:
    return state.database
