"""The request being answered, for what has no other way to it: templates, translation and error answers."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

from litestar.types import ASGIApp, Receive, Scope, Send

SCOPE: ContextVar[Scope | None] = ContextVar("scope", default=None)
OUTSIDE: ContextVar[str] = ContextVar("language", default="en")


class Spoken:
    """The language of the request being answered; outside of requests that of `speaking`, or English.

    Kept in the request's own state: a context variable that a dependency sets would be lost, because Litestar
    resolves several dependencies in tasks of their own.
    """

    def get(self) -> str:
        scope = SCOPE.get()
        return OUTSIDE.get() if scope is None else str(scope["state"].get("language", "en"))

    def set(self, language: str) -> None:
        scope = SCOPE.get()
        if scope is not None:
            scope["state"]["language"] = language


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


def is_api(path: str) -> bool:
    return path.startswith(("/api/", "/health/", "/schema/"))
