"""Which refusals the description of the API lists at each operation: worked out from what it takes, in this one place.

Every refusal is a problem document, whoever raised it. What an operation can be refused for follows from who may ask,
from what its address and its body name, and from whether it writes. Tests ask everything of everything; they fail where
an answer is not listed, and where a reading lists a 403 that nobody gets.
"""

from collections.abc import Iterator

import msgspec
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import PathParameter
from litestar.routes import HTTPRoute
from msgspec import inspect

from livelihood.binding import unwrap
from livelihood.web.addresses import of_address
from livelihood.web.errors import PROBLEM, Problem
from livelihood.web.security import SAFE

API = "/api/v1"
SESSIONS = "sessions"
# One's own: asks for no permission.
OWN = {"me", SESSIONS}

MEANS = {
    400: "The body is no JSON, or a part of the address does not fit, is unknown, or is given twice; `errors` name it",
    401: "Nobody is signed in with this token, or the sign-in has ended",
    403: "No role of the person has the `permission`, or not for this office",
    404: "What is named is not there, or is another office's",
    409: "It contradicts what is recorded, or another body was sent under the same `id`",
    412: "It was changed meanwhile; `current` is how it is now",
    413: "The body is too large",
    422: "Something that was written does not fit; `errors` name each field",
    429: "Too many attempts; wait as long as `Retry-After` or the sentence says",
    503: "The system is busy, or a part of it is not set up; nothing was saved",
}

# To read these, no permission is asked for: each is shown what concerns them, and what does not is as if absent.
SHOWN_TO_ALL = {
    f"{API}/{path}"
    for path in (
        "alerts/{alert_id}",
        "alerts/{alert_id}/care",
        "alerts/{alert_id}/learnt",
        "concerns",
        "concerns/{concern_id}",
        "courses/{course_id}",
        "grants/{grant_id}",
        "households/imports",
        "households/imports/{import_id}",
        "households/{household_id}",
        "households/{household_id}/closed-checks",
        "households/{household_id}/losses",
        "places",
        "previews/{preview_id}",
        "visits/{visit_id}",
    )
}

LIMITED = {("POST", f"{API}/{SESSIONS}"), ("POST", f"{API}/me/notices/email")}


def describe_refusals(app: Litestar) -> None:
    """Of every operation of the API; to be called before the document is first asked for."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute) or not route.path.startswith(f"{API}/"):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if handler.resolve_include_in_schema():
                handler.responses = {
                    status: ResponseSpec(
                        Problem, generate_examples=False, description=MEANS[status], media_type=PROBLEM
                    )
                    for status in sorted(refusals_of(method, route.path_format, handler))
                }


def refusals_of(method: str, path: str, handler: HTTPRouteHandler) -> Iterator[int]:
    taken = list(of_address(handler))
    body = handler.parsed_data_field
    writes = method not in SAFE
    area = path.removeprefix(f"{API}/").partition("/")[0]
    yield from (400, 401, 503)
    if area not in OWN and (writes or path not in SHOWN_TO_ALL):
        yield 403
    if any(kind is PathParameter for _, kind, _ in taken) or (body and names_others(body.annotation)):
        yield 404
    if writes and area != SESSIONS:
        yield 409
    if body or any(isinstance(unwrap(field.type)[0], inspect.StrType) for *_, field in taken):
        yield 422
    if body:
        yield 413
        if is_input(body.annotation) and {"version", "round"} & set(body.annotation.__struct_fields__):
            yield 412
    if (method, path) in LIMITED:
        yield 429


def is_input(declared: object) -> bool:
    return isinstance(declared, type) and issubclass(declared, msgspec.Struct)


def names_others(declared: object) -> bool:
    """Whether a body names records that may not be there; its own `id` is made by the client."""
    return is_input(declared) and any(
        name != "id" and isinstance(kind, inspect.UUIDType)
        for name, kind in _fields(inspect.type_info(declared), set())
    )


def _fields(info: inspect.Type, met: set[type], name: str = "") -> Iterator[tuple[str, inspect.Type]]:
    kind, _ = unwrap(info)
    match kind:
        case inspect.StructType() if kind.cls not in met:
            met.add(kind.cls)
            for field in kind.fields:
                yield from _fields(field.type, met, field.encode_name)
        case inspect.UnionType(types=types):
            for one in types:
                yield from _fields(one, met, name)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            yield from _fields(item, met, name)
        case _:
            yield name, kind
