"""What is wrong with a value, in a sentence made from the type that its field declares."""

import re

import msgspec
from msgspec import inspect

from livelihood.binding.declared import VILLAGE, unwrap
from livelihood.errors import Amount, Message, out_of_range, say
from livelihood.written import WRITTEN

WHOLE = re.compile(r"-?[0-9]{1,40}", re.ASCII)


def money_bounds(info: inspect.Type, minor: int, value: str, currency: str) -> Message:
    least, most = _least_and_most(info)
    if most is not None and minor > most:
        return say(
            "{value} is too much here. Write {most} or less.", value=value, most=Amount(most, currency)
        )
    if least == 0:
        return say("{value} is too little here. Write zero or more.", value=value)
    return say("{value} is too little here. Write an amount above zero.", value=value)


def sentence(info: inspect.Type, raw: object) -> Message:
    """What is wrong with a value, from the type its field declares."""
    value = shown(raw)
    match info:
        case inspect.DateType():
            return say("{value} is not a date. Write year-month-day, as in 2026-12-14.", value=value)
        case inspect.DateTimeType():
            return say("{value} is not an instant. Write it as in 2026-12-14T08:30:00+07:00.", value=value)
        case inspect.EnumType(cls=cls):
            choices = ", ".join(str(kind.value) for kind in cls)
            return say("{value} is not one of: {choices}.", value=value, choices=choices)
        case inspect.LiteralType(values=values):
            return say("{value} is not one of: {choices}.", value=value, choices=", ".join(map(str, values)))
        case inspect.UUIDType():
            return say("{value} is not an id. Copy it from the record that is meant.", value=value)
        case inspect.BoolType():
            return say("{value} is neither true nor false.", value=value)
        case inspect.IntType() if isinstance(raw, int) and not isinstance(raw, bool):
            return bounds(info, value)
        case inspect.IntType():
            return say("{value} is not a whole number. Write it in digits, as in 20.", value=value)
        case inspect.StrType(max_length=most) if (
            isinstance(raw, str) and most is not None and len(raw) > most
        ):
            return say("This is too long: {count} characters, at most {most}.", count=len(raw), most=most)
        case inspect.StrType() if isinstance(raw, str) and not re.search(WRITTEN, raw):
            return say("This is needed. Fill it in.")
        case inspect.StrType(pattern=pattern) if pattern == VILLAGE:
            return say(
                "{value} is no village. Choose it from the list, or write its eight digits.", value=value
            )
        case inspect.StrType():
            return say(
                "{value} has not the form needed here. The description of the API shows it.", value=value
            )
        case _:
            return say("{value} does not fit here.", value=value)


def fault_of(declared: inspect.Type, text: str) -> Message:
    """What is wrong with a part of an address, from the type that is declared for it."""
    info, _ = unwrap(declared)
    if not isinstance(info, inspect.IntType) or not WHOLE.fullmatch(text):
        return sentence(info, text)
    least, most = _least_and_most(info)
    number = int(text)
    if str(number) != text and (least is None or least <= number) and (most is None or number <= most):
        return say(
            "{value} begins with a zero that means nothing. Write {number}.", value=shown(text), number=number
        )
    return sentence(info, number)


def bounds(info: inspect.Type, value: str) -> Message:
    match _least_and_most(info):
        case (int(least), int(most)):
            return out_of_range(value, least, most)
        case (int(least), None):
            return say("{value} is too small. Write {least} or more.", value=value, least=least)
        case (None, int(most)):
            return say("{value} is too large. Write {most} or less.", value=value, most=most)
        case _:
            return say("{value} is longer than any number here. Write a shorter one.", value=value)


def _least_and_most(info: inspect.Type) -> tuple[int | None, int | None]:
    assert isinstance(info, inspect.IntType)
    least = info.ge if info.ge is not None else None if info.gt is None else info.gt + 1
    most = info.le if info.le is not None else None if info.lt is None else info.lt - 1
    return least, most


def shown(raw: object) -> str:
    text = raw if isinstance(raw, str) else msgspec.json.encode(raw).decode()
    return text if len(text) <= 40 else f"{text[:40]}…"
