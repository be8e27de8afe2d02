"""Faults, gathered while rows are read."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from livelihood.errors import Message, say
from livelihood.households.intake.cells import Cell, Row, clean
from livelihood.households.intake.shapes import Fault, Severity
from livelihood.households.search_key import normalise

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

_LONGEST_SHOWN = 120


class Faults:
    def __init__(self) -> None:
        self.found: list[Fault] = []

    def error(self, row: Row, column: str, message: Message) -> None:
        self._add("error", row, column, message)

    def warning(self, row: Row, column: str, message: Message) -> None:
        self._add("warning", row, column, message)

    def _add(self, severity: Severity, row: Row, column: str, message: Message) -> None:
        self.found.append(Fault(row.number, column, severity, shown(row, column), message))

    @property
    def errors(self) -> bool:
        return any(fault.severity == "error" for fault in self.found)

    def checked(self, row: Row, column: str, read: Callable[[Cell], T | Message | None]) -> T | None:
        """What `read` makes of the cell; its refusal becomes an error there."""
        value = read(row[column])
        if isinstance(value, Message):
            self.error(row, column, value)
            return None
        return value

    def chosen(self, row: Row, column: str, words: Mapping[str, str], choices: str) -> str | None:
        """The answer that the cell's word stands for; any other word is an error, an empty cell is None."""
        word = normalise(clean(row[column]))
        if not word:
            return None
        if word not in words:
            self.error(
                row,
                column,
                say(
                    "“{value}” is not one of the answers here. Write {choices}.",
                    value=shown(row, column),
                    choices=choices,
                ),
            )
        return words.get(word)

    def text(self, row: Row, column: str, most: int) -> str | None:
        """The cell's text to keep; longer than `most` is an error."""
        text = clean(row[column])
        if len(text) > most:
            self.error(
                row,
                column,
                say(
                    "The text has {length} characters; {most} is the most. Shorten it.",
                    length=str(len(text)),
                    most=str(most),
                ),
            )
            return None
        return text or None


def shown(row: Row, column: str) -> str:
    return clean(row[column])[:_LONGEST_SHOWN]
