"""Refusals and faults, answered: RFC 9457 problem documents in JSON, a readable page in HTML.

What was refused is said in a sentence; what broke on our side is named to the log alone, without values.
"""

import logging
from collections.abc import Iterable
from functools import cache
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from livelihood.db.models import Base
from livelihood.db.work import SignInEnded
from livelihood.errors import Conflict, DomainError, FieldError, Message, Stale, say
from livelihood.web.current import is_api
from livelihood.web.identity import request_id
from livelihood.web.pages import Refused, page
from livelihood.web.requests import AnyRequest
from livelihood.web.words import sentence

log = logging.getLogger(__name__)


PROBLEM = "application/problem+json"


class FieldProblem(msgspec.Struct):
    """One field that is wrong; `field` is its path in the body, as in `members.0.sex`."""

    field: str
    message: str


class Problem(msgspec.Struct, omit_defaults=True):
    """An RFC 9457 problem document. `code` is stable; `detail` is for people, in the language asked for."""

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"
    errors: list[FieldProblem] = []
    current: Any = None
    """With 412: the record as it is now."""
    request_id: str = ""


TITLES = {
    400: "Bad request", 401: "Sign in", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 412: "Changed meanwhile", 413: "Too large", 415: "Unsupported media type",
    422: "Invalid input", 429: "Too many attempts", 500: "Internal error", 503: "Unavailable",
}  # fmt: skip


class FrameworkRefused(DomainError):
    """What the framework refuses before any of our code has looked at it."""

    code = "bad-request"
    status = 400
    text = say("The request cannot be read. Check its body and parameters.")

    def __init__(self, errors: Iterable[FieldError] = ()) -> None:
        super().__init__(self.text, errors)


class NoSuchPage(FrameworkRefused):
    code = "not-found"
    status = 404
    text = say("There is nothing here. Check the address, or start again from today's work.")


class NoSuchMethod(FrameworkRefused):
    code = "method-not-allowed"
    status = 405
    text = say("This address does not take that method.")


class TooLarge(FrameworkRefused):
    code = "too-large"
    status = 413
    text = say("This is too large. Send less at a time.")


class UnknownMedia(FrameworkRefused):
    code = "unsupported-media-type"
    status = 415
    text = say("This media type is not understood here.")


FRAMEWORK: dict[int, type[FrameworkRefused]] = {
    kind.status: kind for kind in (NoSuchPage, NoSuchMethod, TooLarge, UnknownMedia)
}


def answer(request: AnyRequest, error: DomainError) -> Response[Any]:
    if is_api(request.url.path):
        return _problem(request, error)
    if isinstance(error, Refused):
        return error.page
    if isinstance(error, SignInEnded) and request.method == "GET":
        wanted = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
        return Redirect(
            "/sign-in" if wanted == "/" else f"/sign-in?next={quote(wanted, safe='/')}", status_code=303
        )
    return _page(error)


def _problem(request: AnyRequest, error: DomainError) -> Response[Any]:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.status == 429 and "seconds" in error.message.values:
        headers["Retry-After"] = str(error.message.values["seconds"])
    body = Problem(
        title=TITLES.get(error.status, "Refused"),
        status=error.status,
        detail=sentence(error.message),
        code=error.code,
        errors=[FieldProblem(fault.field, sentence(fault.message)) for fault in error.errors],
        current=error.current if isinstance(error, Stale) else None,
        request_id=request_id(request),
    )
    return Response(body, status_code=error.status, media_type=PROBLEM, headers=headers)


def _page(error: DomainError) -> Response[Any]:
    return page(
        "web/error.html",
        status=error.status,
        sentence=sentence(error.message),
        errors=[(fault.field, sentence(fault.message)) for fault in error.errors],
    )


def refused(request: AnyRequest, error: DomainError) -> Response[Any]:
    return answer(request, error)


def framework_refused(request: AnyRequest, error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return broken(request, error)
    refusal = FRAMEWORK.get(error.status_code, FrameworkRefused)
    return answer(request, refusal(_parameter_faults(error)))


def _parameter_faults(error: HTTPException) -> list[FieldError]:
    if not isinstance(error, ValidationException) or not isinstance(error.extra, list):
        return []
    return [
        FieldError(str(fault.get("key", "")), say("This value does not fit here."))
        for fault in error.extra
        if isinstance(fault, dict)
    ]


def constraint_refused(request: AnyRequest, error: IntegrityError) -> Response[Any]:
    """A rule that the database itself holds: said in words by the constraint's name, never leaked as SQL."""
    cause = getattr(error.orig, "__cause__", None)
    name = str(getattr(cause, "constraint_name", ""))
    message = refusals().get(name)
    if message is None:
        log.warning("constraint %s refused a write", name, extra={"request_id": request_id(request)})
        message = say(
            "This does not go together with what is recorded already. Load the page again and check."
        )
    return answer(request, Conflict(message))


@cache
def refusals() -> dict[str, Message]:
    """What each constraint or unique index means to a person, from the models' `info`."""
    return {
        str(constraint.name): constraint.info["refusal"]
        for table in Base.metadata.tables.values()
        for constraint in (*table.constraints, *table.indexes)
        if "refusal" in constraint.info
    }


class Busy(DomainError):
    code = "busy"
    status = 503


class Broken(DomainError):
    code = "internal-error"
    status = 500


def busy(request: AnyRequest, _error: Exception) -> Response[Any]:
    return answer(request, Busy(say("The system is busy. Nothing was saved; wait a moment and try again.")))


def broken(request: AnyRequest, error: Exception) -> Response[Any]:
    if isinstance(error, DBAPIError):
        # The driver's own text may hold values; its type and SQLSTATE do not.
        state = getattr(error.orig, "sqlstate", "")
        log.error(
            "database error %s %s", type(error).__name__, state, extra={"request_id": request_id(request)}
        )
    else:
        log.error("unhandled %s", type(error).__name__, exc_info=_without_values(error))
    return answer(
        request, Broken(say("Something went wrong on our side. Nothing was saved; please try again."))
    )


def _without_values(error: Exception) -> tuple[type[BaseException], BaseException, Any]:
    """The traceback with the kind of the error and without its text, which may hold personal details."""
    return type(error), RuntimeError(type(error).__name__), error.__traceback__


HANDLERS: ExceptionHandlersMap = {
    DomainError: refused,
    HTTPException: framework_refused,
    IntegrityError: constraint_refused,
    PoolTimeout: busy,
    Exception: broken,
}
