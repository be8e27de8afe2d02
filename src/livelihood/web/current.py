"""The request being answered, for what has no other way to it: templates, translation and error answers."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send

LANGUAGES = ("en", "km")

SCOPE: ContextVar[Scope | None] = ContextVar("scope", default=None)
OUTSIDE: ContextVar[str] = ContextVar("language", default="en")


class Spoken:
    """The language of the request being answered: what was chosen on this device, else what the browser or client
    prefers, until `set` says what the person who asks has chosen. Outside of requests that of `speaking`, or English.

    Looked up when the first sentence is said: much is refused before anybody has asked who it is for.
    Kept in the request's own state: a context variable that a dependency sets would be lost, because Litestar
    resolves several dependencies in tasks of their own.
    """

    def get(self) -> str:
        scope = SCOPE.get()
        if scope is None:
            return OUTSIDE.get()
        state = scope["state"]
        if "language" not in state:
            state["language"] = _preferred(scope)
        return str(state["language"])

    def set(self, language: str) -> None:
        scope = SCOPE.get()
        if scope is not None:
            scope["state"]["language"] = language


def _preferred(scope: Scope) -> str:
    connection = ASGIConnection[object, object, object, State](scope)
    chosen = connection.cookies.get("language")
    return chosen if chosen in LANGUAGES else best_language(connection.headers.get("accept-language", ""))


def best_language(accepted: str) -> str:
    """The first of our languages in an Accept-Language header; English where none is named."""
    for part in accepted.split(","):
        wanted = part.split(";")[0].strip().lower()[:2]
        if wanted in LANGUAGES:
            return wanted
    return "en"


LANGUAGE = Spoken()


@contextmanager
def speaking(language: str) -> Generator[None]:
    """Outside of requests: write for a reader of this language, as the messages that leave the system are."""
    before = OUTSIDE.set(language)
    try:
        yield
    finally:
        OUTSIDE.reset(before)


class CurrentRequest:
    """The outermost middleware: notes the request, so that even a 404 is answered in the reader's language."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        noted = SCOPE.set(scope)
        try:
            await self.app(scope, receive, send)
        finally:
            SCOPE.reset(noted)


def header(scope: Scope, name: bytes) -> str:
    """The first header of this name, in small letters; empty where there is none. The framework's own way makes a
    dictionary of them all.
    """
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return ""


def is_api(path: str) -> bool:
    return path.startswith(("/api/", "/health/", "/schema/"))
