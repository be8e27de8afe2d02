"""Errors a person can cause, as facts and sentences; HTTP and languages are the web layer's business."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import ClassVar

import msgspec


class Amount(msgspec.Struct, frozen=True):
    """Money in a sentence, in the currency's smallest unit; written out in the reader's language."""

    minor: int
    currency: str


class OneOf(msgspec.Struct, frozen=True):
    """Several in a sentence of which any will do, as in "caseworker, monitor or supervisor"."""

    words: "tuple[Message, ...]"

    def __str__(self) -> str:
        return ", ".join(map(str, self.words))


class Message(msgspec.Struct, frozen=True):
    """A sentence for a person: English text with `{name}` places, and what belongs in them.

    The text is the key into the translation catalogue; dates and money among the values are written out in the
    reader's language when the sentence is shown.
    """

    text: str
    values: Mapping[str, object] = {}

    def __str__(self) -> str:
        return self.text.format(**self.values)


def say(text: str, /, **values: object) -> Message:
    """Mark a sentence for translation (Babel collects the calls)."""
    return Message(text, values)


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field; `field` is its path in the input, as in `tranches.0.amount`."""

    field: str
    message: Message


class DomainError(Exception):
    """A refusal. Subclasses are named for the fact (`GrantAlreadyDisbursed`) and carry its status."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def __init__(self, message: Message, errors: Iterable[FieldError] = ()) -> None:
        super().__init__(str(message))
        self.message = message
        self.errors = tuple(errors)


class NotFound(DomainError):
    """Absent, or another office's: the two answer alike, so that ids cannot be probed."""

    code = "not-found"
    status = 404


class Forbidden(DomainError):
    """`permission` is the one that is missing, for whoever programs against us; people are told the roles."""

    code = "forbidden"
    status = 403

    def __init__(self, message: Message, permission: str = "") -> None:
        super().__init__(message)
        self.permission = permission


class Conflict(DomainError):
    code = "conflict"
    status = 409


class Stale(DomainError):
    """The record changed since it was read; `current` is its state now."""

    code = "stale"
    status = 412

    def __init__(self, message: Message, current: object) -> None:
        super().__init__(message)
        self.current = current


class InvalidInput(DomainError):
    """Every field that is wrong, at once."""

    code = "invalid-input"
    status = 422

    def __init__(self, errors: Iterable[FieldError], message: Message | None = None) -> None:
        super().__init__(message or say("Some fields need a look; nothing was saved."), errors)


def out_of_range(value: object, least: int, most: int) -> Message:
    """A number that is wrong by its size alone; the bounds are those that really hold for its field."""
    return say(
        "{value} is not between {least} and {most}. Write a number in that range.",
        value=value,
        least=least,
        most=most,
    )


def invalid(field: str, text: Message) -> InvalidInput:
    """One field is wrong, by a rule that needed more than the field itself to see."""
    return InvalidInput([FieldError(field, text)])


def past_faults(
    field: str, day: date, *, today: date, since: date | None = None, too_early: Message | None = None
) -> list[FieldError]:
    """Of a day on which something has happened: today at the latest, and not before `since`, which `too_early` says."""
    if day > today:
        return [
            FieldError(
                field,
                say(
                    "{day} is in the future. Write the day on which it was so, today at the latest.", day=day
                ),
            )
        ]
    return [FieldError(field, too_early)] if since and day < since and too_early else []
