"""The types that fields declare, as msgspec describes them."""

import datetime as dt
import uuid
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import inspect

T = TypeVar("T", bound=msgspec.Struct)

# An amount in the currency's smallest unit. JSON gives the whole number; a form's "120.50" is read as money in
# the currency that the same form names (USD where it names none).
MONEY = {"money": True}

# A village's code in the gazetteer.
VILLAGE = "^[0-9]{8}$"


class Input(msgspec.Struct, forbid_unknown_fields=True):
    """What a request brings; fields nobody asked for are refused, so that a misspelt one is not lost silently."""


class Page(msgspec.Struct, Generic[T]):
    """One page of a list; `next_cursor` is opaque, and empty on the last page."""

    items: list[T]
    next_cursor: str | None = None


def unwrap(declared: inspect.Type) -> tuple[inspect.Type, bool]:
    """The type inside `Annotated` and `| None`, and whether None is welcome."""
    info = declared.type if isinstance(declared, inspect.Metadata) else declared
    if isinstance(info, inspect.UnionType) and info.includes_none:
        others = tuple(kind for kind in info.types if not isinstance(kind, inspect.NoneType))
        return (unwrap(others[0])[0] if len(others) == 1 else inspect.UnionType(others)), True
    return info, False


def takes_several(declared: inspect.Type) -> bool:
    return isinstance(unwrap(declared)[0], inspect.ListType | inspect.VarTupleType)


def extra_of(declared: inspect.Type) -> dict[str, Any]:
    if isinstance(declared, inspect.Metadata):
        return declared.extra or {}
    if isinstance(declared, inspect.UnionType):
        return next((found for kind in declared.types if (found := extra_of(kind))), {})
    return {}


def as_type(info: inspect.Type) -> Any:
    """The Python type again, with its constraints: what `msgspec.convert` takes."""
    match info:
        case inspect.IntType():
            return _meta(int, gt=info.gt, ge=info.ge, lt=info.lt, le=info.le)
        case inspect.FloatType():
            return _meta(float, gt=info.gt, ge=info.ge, lt=info.lt, le=info.le)
        case inspect.StrType():
            return _meta(str, min_length=info.min_length, max_length=info.max_length, pattern=info.pattern)
        case inspect.EnumType(cls=cls) | inspect.CustomType(cls=cls):
            return cls
        case inspect.LiteralType(values=values):
            return Literal[values]
        case _:
            return _PLAIN[type(info)]


def _meta(kind: type, **constraints: Any) -> Any:
    return Annotated[
        kind, msgspec.Meta(**{name: value for name, value in constraints.items() if value is not None})
    ]


_PLAIN: dict[type, Any] = {
    inspect.BoolType: bool,
    inspect.DateType: dt.date,
    inspect.DateTimeType: dt.datetime,
    inspect.TimeType: dt.time,
    inspect.DecimalType: Decimal,
    inspect.UUIDType: uuid.UUID,
    inspect.AnyType: Any,
}
