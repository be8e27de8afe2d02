"""Refusals and faults, answered: RFC 9457 problem documents in JSON, a readable page in HTML.

What was refused is said in a sentence; what broke on our side is named to the log alone, without values.
"""

import logging
from contextlib import suppress
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

from livelihood.binding import fault_of
from livelihood.db.models import Base
from livelihood.db.work import SignInEnded
from livelihood.errors import Conflict, DomainError, FieldError, Forbidden, InvalidInput, Message, Stale, say
from livelihood.web.addresses import (
    BadAddress,
    BadParameters,
    FrameworkRefused,
    of_address,
    repeated,
    unknown,
)
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
    """An RFC 9457 problem document. `code` is stable, and so is `title`, the name of the status in English whatever the
    language; `detail` and the messages of `errors` are for people, in the language asked for.
    """

    title: str
    status: int
    detail: str
    code: str
    type: str = "about:blank"
    errors: list[FieldProblem] = []
    current: Any = None
    """With 412: the record as it is now."""
    permission: str = ""
    """With 403: the permission that none of the person's roles has, as it is named in docs/permissions.md."""
    request_id: str = ""


TITLES = {
    400: "Bad request", 401: "Sign in", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 412: "Changed meanwhile", 413: "Too large", 415: "Unsupported media type",
    422: "Invalid input", 429: "Too many attempts", 500: "Internal error", 503: "Unavailable",
}  # fmt: skip


class NoBody(FrameworkRefused):
    code = "malformed-body"
    text = say(
        "The body is missing. Send a JSON object with the fields that the description of the API names for this address."
    )


class NoSuchPage(FrameworkRefused):
    code = "not-found"
    status = 404
    text = say("There is nothing here. Check the address, or start again from today's work.")


class NoSuchMethod(FrameworkRefused):
    code = "method-not-allowed"
    status = 405
    text = say(
        "This address does not take that method. Look in the description of the API which ones it takes."
    )


class OnlyByForm(NoSuchMethod):
    """Of pages: the address that a form is sent to, opened by itself, as from the history of a browser."""

    text = say(
        "There is no page at this address: a form is sent to it. Nothing was saved or changed. Go back to the page you came "
        "from, or start again from today's work."
    )


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
    return _page(request, error)


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
        permission=error.permission if isinstance(error, Forbidden) else "",
        request_id=request_id(request),
    )
    return Response(body, status_code=error.status, media_type=PROBLEM, headers=headers)


def _page(request: AnyRequest, error: DomainError) -> Response[Any]:
    """Where no form is shown again. Names and types of what an address is made of are told to programs alone."""
    told = [] if isinstance(error, FrameworkRefused) else [sentence(fault.message) for fault in error.errors]
    head = sentence(error.message)
    if request.method == "GET" and told:
        # Nothing was to be saved: the fault itself is what is to be said.
        head, *told = told
    return page(
        "web/error.html",
        status=error.status,
        sentence=head,
        errors=told,
        anew=_anew(request, error),
        above=_above(request) if isinstance(error, OnlyByForm) else "",
    )


def _above(request: AnyRequest) -> str:
    """The page that the form stands on, as a rule: the nearest address above this one that can be opened."""
    address = request.url.path.rstrip("/")
    while address := address.rpartition("/")[0]:
        with suppress(HTTPException):
            request.app.asgi_router.handle_routing(address, "GET")
            return address
    return ""


def _anew(request: AnyRequest, error: DomainError) -> str:
    """The same page without what was asked of it, where it can do without and that was what is wrong."""
    asked = request.method == "GET" and request.url.query and error.status in {400, 422}
    if not asked or any(declared.required for *_, declared in of_address(request.scope["route_handler"])):
        return ""
    return request.url.path


def refused(request: AnyRequest, error: DomainError) -> Response[Any]:
    return answer(request, error)


def framework_refused(request: AnyRequest, error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return broken(request, error)
    if isinstance(error, ValidationException):
        faults = _address_faults(request, error)
        if not is_api(request.url.path):
            several = repeated(request)
            return answer(request, InvalidInput(several) if several else BadAddress(faults))
        return answer(request, BadParameters(faults) if faults else NoBody())
    kind = FRAMEWORK.get(error.status_code, FrameworkRefused)
    made = answer(request, OnlyByForm() if kind is NoSuchMethod and not is_api(request.url.path) else kind())
    if error.status_code == 405:
        # The router names them as it refuses.
        made.headers["Allow"] = ", ".join(sorted((error.headers or {})["allow"].split(", ")))
    return made


def _address_faults(request: AnyRequest, error: ValidationException) -> list[FieldError]:
    """Each part of the address that is missing or does not fit, by the name under which it is asked for."""
    wrong = {str(fault.get("key")) for fault in error.extra or () if isinstance(fault, dict)}
    several = repeated(request)
    faults: list[FieldError] = []
    for name, _, declared in of_address(request.scope["route_handler"]):
        text = request.query_params.get(name, request.path_params.get(name))
        if not text and declared.required:
            faults.append(FieldError(name, say("This is needed. Fill it in.")))
        elif text is not None and declared.name in wrong and all(name != fault.field for fault in several):
            empty = say("Nothing is written here. Write a value, or leave {name} out.", name=name)
            faults.append(FieldError(name, fault_of(declared.type, str(text)) if text else empty))
    return [*faults, *several, *unknown(request)]


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


# Deadlock detected, lock not available: PostgreSQL undid the one so that the others could go on.
OTHERS_FIRST = frozenset({"40P01", "55P03"})


def busy(request: AnyRequest, _error: Exception) -> Response[Any]:
    return answer(request, Busy(say("The system is busy. Nothing was saved; wait a moment and try again.")))


def broken(request: AnyRequest, error: Exception) -> Response[Any]:
    # The driver's own text may hold values; its type and SQLSTATE do not. Reads come without SQLAlchemy around them.
    state = getattr(error.orig if isinstance(error, DBAPIError) else error, "sqlstate", "")
    if state in OTHERS_FIRST:
        log.warning("database busy %s", state, extra={"request_id": request_id(request)})
        return busy(request, error)
    if isinstance(error, DBAPIError):
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


def refusal_of(request: AnyRequest, error: Exception) -> Response[Any]:
    """What the framework would answer, where it is not there to ask."""
    handler: Any = next(HANDLERS[kind] for kind in type(error).__mro__ if kind in HANDLERS)
    return handler(request, error)
