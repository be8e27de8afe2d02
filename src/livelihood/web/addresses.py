"""What a request's address asks for, beside what its handler takes from it."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import cast

from litestar.di import Provide
from litestar.handlers import BaseRouteHandler
from litestar.params import PathParameter, QueryParameter
from msgspec import inspect

from livelihood.binding import extra_of, takes_several
from livelihood.errors import DomainError, FieldError, InvalidInput, Message, invalid, say
from livelihood.web.current import is_api
from livelihood.web.requests import AnyRequest


class FrameworkRefused(DomainError):
    """What is refused before any of our code has looked at it."""

    code = "bad-request"
    status = 400
    text = say("What was sent cannot be read, and nothing was saved. Load the page again and try once more.")

    def __init__(self, errors: Iterable[FieldError] = ()) -> None:
        super().__init__(self.text, errors)


class BadAddress(FrameworkRefused):
    text = say(
        "A part of this address is missing or does not fit; it may have been cut off on the way. Nothing was changed. "
        "Open the page from its list, or start again from today's work."
    )


class BadParameters(FrameworkRefused):
    text = say(
        "A part of the address is missing or does not fit. Put right what the errors name, and ask again."
    )


def check_address(request: AnyRequest) -> None:
    """Refuse a NUL, which PostgreSQL takes in no text, before any query is asked with it; one parameter given several
    times, of which all but the last would be passed over; and of the API a parameter that the handler does not take: a
    filter that is misspelt would show everything. Pages are forgiving there, because others append what they like to a
    link that is passed on.

    Raises `InvalidInput`, `BadParameters`.
    """
    several = repeated(request)
    if is_api(request.scope["path"]) and (faults := [*unknown(request), *several]):
        raise BadParameters(faults)
    parts = [*request.query_params.multi_items(), *request.path_params.items()]
    for name, value in parts:
        if "\x00" in name or "\x00" in str(value):
            raise invalid(
                name.replace("\x00", ""),
                say("This text holds a character that cannot be stored. Write it again."),
            )
    if several:
        raise InvalidInput(several)


def repeated(request: AnyRequest) -> list[FieldError]:
    """Each parameter that is given several times though only one value is meant."""
    if not request.scope["query_string"]:
        return []
    return [
        FieldError(
            name,
            say(
                "{name} stands {count} times in this address, and only one can be meant. Leave one of them.",
                name=name,
                count=count,
            ),
        )
        for name, declared in of_query(request.scope["route_handler"]).items()
        if not takes_several(declared) and (count := len(request.query_params.getall(name, []))) > 1
    ]


def unknown(request: AnyRequest) -> list[FieldError]:
    """Of the API, each parameter after the question mark that nothing is done with."""
    if not request.scope["query_string"] or not is_api(request.scope["path"]):
        return []
    known = of_query(request.scope["route_handler"])
    given = dict.fromkeys(name.replace("\x00", "") for name in request.query_params if name not in known)
    return [FieldError(name, _no_such(name, known)) for name in given]


def _no_such(name: str, known: Iterable[str]) -> Message:
    if not known:
        return say(
            "There is no parameter {name} here; this address takes none. Leave it out.", name=name[:40]
        )
    return say(
        "There is no parameter {name} here. Those of this address are: {known}.",
        name=name[:40],
        known=", ".join(known),
    )


@cache
def of_query(handler: BaseRouteHandler) -> Mapping[str, inspect.Type]:
    """What may stand after the question mark, and what is declared for it."""
    return {name: field.type for name, kind, field in of_address(handler) if kind is QueryParameter}


def of_address(
    handler: BaseRouteHandler,
) -> Iterator[tuple[str, type[QueryParameter | PathParameter], inspect.Field]]:
    """What the handler takes from the address, by itself or through what is provided to it: the name it has there, where
    it stands, and what is declared for it.
    """
    provided = handler.resolve_dependencies()
    taking: list[BaseRouteHandler | Provide] = [handler]
    for one in taking:
        declared = one.parsed_fn_signature.parameters
        for field in cast("inspect.StructType", inspect.type_info(one.signature_model)).fields:
            kind = declared[field.name].kwarg_definition
            if isinstance(kind, QueryParameter | PathParameter):
                yield extra_of(field.type).get("name") or field.name, type(kind), field
            elif (other := provided.get(field.name)) and other not in taking:
                taking.append(other)
