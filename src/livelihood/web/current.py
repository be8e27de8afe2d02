"""The request being answered, for what has no other way to it: templates, translation and error answers."""

from contextvars import ContextVar

from litestar.types import ASGIApp, Receive, Scope, Send

SCOPE: ContextVar[Scope | None] = ContextVar("scope", default=None)
LANGUAGE: ContextVar[str] = ContextVar("language", default="en")


class CurrentRequest:
    """The outermost middleware: notes the request, so that even a 404 is answered in the reader's language."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        noted = SCOPE.set(scope)
        spoken = LANGUAGE.set("en")
        try:
            await self.app(scope, receive, send)
        finally:
            LANGUAGE.reset(spoken)
            SCOPE.reset(noted)


def is_api(path: str) -> bool:
    return path.startswith(("/api/", "/health/", "/schema/"))
