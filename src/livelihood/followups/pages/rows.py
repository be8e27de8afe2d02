"""Rows of a form that asks the same of several people. Each is of whom it names, whatever number it has: meanwhile
others became due, were checked by a colleague, or left.
"""

import re
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from itertools import count
from uuid import UUID

from livelihood.errors import FieldError, InvalidInput
from livelihood.web.requests import Form


def named(form: Form, rows: str) -> dict[UUID, int]:
    """Of each member whom a row names, its number; in the order in which the rows are read."""
    field = re.compile(rf"{rows}-([0-9]{{1,4}})-member_id")
    found = ((int(match[1]), name) for name in form.values if (match := field.fullmatch(name)))
    return {member_id: row for row, name in sorted(found) if (member_id := form.id(name))}


def answered(form: Form, rows: str) -> set[UUID]:
    """Whom something was said of, beyond naming them."""
    said = {
        parts[1]
        for name in form.values
        if (parts := name.split("-", 2))[0] == rows and len(parts) == 3 and parts[2] != "member_id"
        if form.value(name).strip()
    }
    return {member_id for member_id, row in named(form, rows).items() if str(row) in said}


def numbered(form: Form, rows: str, member_ids: Iterable[UUID]) -> list[int]:
    """The row of each of these people: the one that names them already, else one of which nothing was typed, even where
    it names nobody who can be found.
    """
    kept = named(form, rows)
    field = re.compile(rf"{rows}-([0-9]{{1,4}})-")
    typed = (int(match[1]) for name in form.values if (match := field.match(name)))
    free = count(max(typed, default=-1) + 1)
    return [kept[one] if one in kept else next(free) for one in member_ids]


@contextmanager
def faults_at_rows(form: Form, rows: str) -> Generator[None]:
    """Around a verb, which counts the people from 0 on: each fault goes to the row that names whom it is about."""
    try:
        yield
    except InvalidInput as error:
        numbers = list(named(form, rows).values())
        raise InvalidInput(
            [FieldError(_moved(one.field, rows, numbers), one.message) for one in error.errors], error.message
        ) from error


def _moved(field: str, rows: str, numbers: list[int]) -> str:
    head, *parts = field.split(".")
    if head != rows or len(parts) != 2 or int(parts[0]) >= len(numbers):
        return field
    return f"{rows}.{numbers[int(parts[0])]}.{parts[1]}"
