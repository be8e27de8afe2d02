"""Each field is converted by itself, so that one that is wrong hides none of the others."""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar, cast

import msgspec
from msgspec import inspect

from livelihood.binding.declared import as_type, extra_of, unwrap
from livelihood.binding.sentences import WHOLE, bounds, money_bounds, sentence, shown
from livelihood.errors import FieldError, InvalidInput, Message, say

T = TypeVar("T", bound=msgspec.Struct)

MINOR_DIGITS = {"USD": 2, "KHR": 0}

# Commas only between groups of three: "120,50" may be a hundred and twenty to whoever typed it, so it is asked again.
AMOUNT = re.compile(r"-?([0-9]{1,24}|[0-9]{1,3}(,[0-9]{3}){1,7})(\.[0-9]{1,6})?", re.ASCII)
ROW = re.compile(r"[0-9]{1,4}")
# What the database, and a JSON document of ours, can hold of a number without bounds of its own.
LARGEST_WHOLE = 2**63 - 1
KHMER_DIGITS = {0x17E0 + digit: str(digit) for digit in range(10)}


class Faults:
    def __init__(self) -> None:
        self.found: list[FieldError] = []

    def add(self, path: str, message: Message) -> None:
        self.found.append(FieldError(path, message))


_FAULTY = object()
STAND_IN = "–"


def bind(into: type[T], raw: object, *, typed: bool) -> T:
    """The struct, or `InvalidInput` with every fault.

    `typed` is true for JSON, where 5 is a number and "5" is not; false for forms, where all is text, a blank is
    absent, and each name may come several times (`raw` then maps names to lists of texts).
    """
    found, faults = _bound(into, raw, typed=typed)
    if faults:
        raise InvalidInput(faults)
    return cast("T", found)


def bind_as_far(into: type[T], raw: object) -> tuple[T, list[FieldError]]:
    """Of a form: the struct and its faults, as far as a rule can be asked about it all the same.

    A text that is missing has `STAND_IN` in its place; a value that may be left out and is wrong is left out. Raises
    `InvalidInput` where something else is wrong. What is bound with faults is for asking alone, and never kept.
    """
    found, faults = _bound(into, raw, typed=False, stand_in=True)
    if found is _FAULTY:
        raise InvalidInput(faults)
    return cast("T", found), faults


def _bound(
    into: type[msgspec.Struct], raw: object, *, typed: bool, stand_in: bool = False
) -> tuple[object, list[FieldError]]:
    faults = Faults()
    currency = _text(raw.get("currency")) if isinstance(raw, Mapping) else None
    # One that is unknown is a fault of its own field; the amounts beside it are read as where none is named.
    known = currency if currency in MINOR_DIGITS else "USD"
    binder = _Binder(faults, typed=typed, currency=known, stand_in=stand_in)
    found = binder.struct(cast("inspect.StructType", inspect.type_info(into)), raw, "")
    return found, faults.found


class _Binder:
    def __init__(self, faults: Faults, *, typed: bool, currency: str, stand_in: bool) -> None:
        self.faults = faults
        self.typed = typed
        self.currency = currency
        self.stand_in = stand_in

    def struct(self, info: inspect.StructType, raw: object, path: str) -> object:
        if not isinstance(raw, Mapping):
            self.faults.add(path, say("This must be an object with named fields."))
            return _FAULTY
        given = cast("Mapping[str, object]", raw)
        values: dict[str, object] = {}
        known = {field.encode_name for field in info.fields} | ({info.tag_field} if info.tag_field else set())
        if info.forbid_unknown_fields:
            for name in given.keys() - known:
                self.faults.add(
                    _join(path, name), say("There is no field {name} here. Remove it.", name=name)
                )
        for field in info.fields:
            value = self.given(given, field)
            at = _join(path, field.encode_name)
            if value is msgspec.UNSET:
                if field.required:
                    self.faults.add(at, say("This is needed. Fill it in."))
                    values[field.name] = _FAULTY
                continue
            values[field.name] = self.value(field.type, value, at)
        if self.stand_in:
            for field in info.fields:
                if values.get(field.name) is _FAULTY:
                    self.spare(field, values)
        if any(value is _FAULTY for value in values.values()):
            return _FAULTY
        try:
            return info.cls(**values)
        except ValueError as error:  # a struct's own __post_init__, which speaks in Messages
            self.faults.add(
                path, error.args[0] if isinstance(error.args[0], Message) else say("This is not right.")
            )
            return _FAULTY

    def spare(self, field: inspect.Field, values: dict[str, object]) -> None:
        kind, _ = unwrap(field.type)
        if isinstance(kind, inspect.StructType | inspect.UnionType | inspect.ListType | inspect.VarTupleType):
            return
        if not field.required:
            del values[field.name]
        elif isinstance(kind, inspect.StrType) and re.search(kind.pattern or "", STAND_IN):
            values[field.name] = STAND_IN

    def given(self, raw: Mapping[str, object], field: inspect.Field) -> object:
        value = raw.get(field.encode_name, msgspec.UNSET)
        if self.typed or value is msgspec.UNSET:
            return value
        kind, _ = unwrap(field.type)
        if isinstance(value, list) and not isinstance(kind, inspect.ListType | inspect.VarTupleType):
            value = cast("list[object]", value)[-1] if value else msgspec.UNSET
        if isinstance(value, str):
            value = value.strip()
            return value or msgspec.UNSET
        if isinstance(value, list):
            kept = [item for item in cast("list[object]", value) if item != ""]
            return kept or msgspec.UNSET
        return value

    def value(self, declared: inspect.Type, raw: object, path: str) -> object:
        info, optional = unwrap(declared)
        if raw is None:
            if optional:
                return None
            self.faults.add(path, say("This is needed. Fill it in."))
            return _FAULTY
        if isinstance(info, inspect.StructType):
            return self.struct(info, raw, path)
        if isinstance(info, inspect.UnionType):
            return self.tagged(info, raw, path)
        if isinstance(info, inspect.ListType | inspect.VarTupleType):
            return self.sequence(info, raw, path)
        return self.scalar(info, declared, raw, path)

    def tagged(self, info: inspect.UnionType, raw: object, path: str) -> object:
        members = [kind for kind in info.types if isinstance(kind, inspect.StructType)]
        if not members:
            return self.scalar(info, info, raw, path)
        tag_field = members[0].tag_field or "type"
        tag = _text(cast("Mapping[str, object]", raw).get(tag_field)) if isinstance(raw, Mapping) else None
        for member in members:
            if member.tag == tag:
                return self.struct(member, raw, path)
        names = ", ".join(str(member.tag) for member in members)
        self.faults.add(
            _join(path, tag_field), say("{value} is not one of: {choices}.", value=tag or "–", choices=names)
        )
        return _FAULTY

    def sequence(self, info: inspect.ListType | inspect.VarTupleType, raw: object, path: str) -> object:
        if not isinstance(raw, Sequence | Mapping) or isinstance(raw, str):
            self.faults.add(path, say("This must be a list."))
            return _FAULTY
        entries = list(_entries(cast("Sequence[object] | Mapping[str, object]", raw)))
        items = [self.value(info.item_type, item, _join(path, key)) for key, item in entries]
        if info.min_length and len(items) < info.min_length:
            self.faults.add(
                path, say("At least {n} needed here; there are {count}.", n=info.min_length, count=len(items))
            )
        if info.max_length is not None and len(items) > info.max_length:
            self.faults.add(
                path, say("At most {n} fit here; there are {count}.", n=info.max_length, count=len(items))
            )
        if any(item is _FAULTY for item in items):
            return _FAULTY
        return items if isinstance(info, inspect.ListType) else tuple(items)

    def scalar(self, info: inspect.Type, declared: inspect.Type, raw: object, path: str) -> object:
        if isinstance(raw, str) and "\x00" in raw:
            self.faults.add(path, say("This text holds a character that cannot be stored. Write it again."))
            return _FAULTY
        if not self.typed and isinstance(raw, str):
            if extra_of(declared).get("money"):
                return self.money(info, raw, path)
            if isinstance(info, inspect.BoolType):
                return raw.lower() in {"on", "true", "1", "yes"}
            if isinstance(info, inspect.IntType) and WHOLE.fullmatch(raw.translate(KHMER_DIGITS)):
                raw = int(raw.translate(KHMER_DIGITS))
        try:
            found = msgspec.convert(raw, as_type(info), strict=self.typed)
        except msgspec.ValidationError:
            self.faults.add(path, sentence(info, raw))
            return _FAULTY
        if isinstance(info, inspect.IntType) and abs(found) > LARGEST_WHOLE:
            self.faults.add(path, bounds(info, shown(raw)))
            return _FAULTY
        return found

    def money(self, info: inspect.Type, raw: str, path: str) -> object:
        digits = MINOR_DIGITS[self.currency]
        found = AMOUNT.fullmatch(raw.translate(KHMER_DIGITS))
        minor = Decimal(found[0].replace(",", "")).scaleb(digits) if found else Decimal("NaN")
        if not minor.is_finite() or minor != minor.to_integral_value():
            example = "120.50" if digits else "480000"
            self.faults.add(
                path,
                say(
                    "{value} is not an amount of {currency}. Write it as in {example}.",
                    value=raw[:40],
                    currency=self.currency,
                    example=example,
                ),
            )
            return _FAULTY
        try:
            return msgspec.convert(int(minor), as_type(info))
        except msgspec.ValidationError:
            self.faults.add(path, money_bounds(info, int(minor), raw[:40], self.currency))
            return _FAULTY


def row_number(text: str) -> int | None:
    """Of a row in the name of a form's field; anything else comes from no page of ours."""
    return int(text) if ROW.fullmatch(text) else None


def _entries(raw: Sequence[object] | Mapping[str, object]) -> Iterator[tuple[str, object]]:
    if isinstance(raw, Mapping):
        # A form's numbered rows keep their numbers, so that a fault stands beside its own row.
        yield from sorted(raw.items(), key=lambda entry: row_number(entry[0]) or 0)
    else:
        yield from ((str(position), item) for position, item in enumerate(raw))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _text(raw: object) -> str | None:
    if isinstance(raw, list) and raw:
        raw = cast("list[object]", raw)[-1]
    return raw if isinstance(raw, str) else None
