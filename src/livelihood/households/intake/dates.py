"""Dates as people write them into lists."""

import re
from datetime import date, datetime

import msgspec

from livelihood.errors import Message, say
from livelihood.households.intake.cells import Cell, plain
from livelihood.households.rules import BirthPrecision

# In the order of trying; `d`, `m` and `y` are digits, 1 where a form has no day or month.
_SEPARATOR = r"\s*[/.\-]\s*"
_FORMS: tuple[tuple[BirthPrecision, re.Pattern[str]], ...] = (
    (
        BirthPrecision.DAY,
        re.compile(rf"(?P<d>\d{{1,2}}){_SEPARATOR}(?P<m>\d{{1,2}}){_SEPARATOR}(?P<y>\d{{1,4}})"),
    ),
    (BirthPrecision.DAY, re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[T ]00:00(?::00)?)?")),
    (BirthPrecision.MONTH, re.compile(rf"(?P<m>\d{{1,2}}){_SEPARATOR}(?P<y>\d{{2,4}})")),
    (BirthPrecision.YEAR, re.compile(r"(?P<y>\d{4})")),
)

# The Buddhist calendar runs 543 years ahead; its years of living people lie here.
_BUDDHIST = range(2440, 2700)
_EARLIEST = 1900


class ReadDate(msgspec.Struct, frozen=True):
    """A birth date's precision serves every date of a list. `on` is the first day that the writing allows: 2017 is 1 January 2017 with precision `year`."""

    on: date
    precision: BirthPrecision


def read_date(value: Cell) -> ReadDate | Message | None:
    """The date in a cell, None where it is empty, or the sentence that refuses it.

    Read are a spreadsheet's date, dd/mm/yyyy (also with dots or dashes), yyyy-mm-dd, mm/yyyy and a bare year, in
    ASCII or Khmer digits. Day comes before month, always. What could be read in two ways is refused.
    """
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return _checked(value.day, value.month, value.year, str(value.strftime("%d/%m/%Y")))
    text = plain(value)
    return _written(text) if text else None


def _written(text: str) -> ReadDate | Message:
    for precision, form in _FORMS:
        if match := form.fullmatch(text):
            parts = match.groupdict(default="1")
            if len(parts["y"]) < 4:
                return say("“{value}”: write the year with four digits, such as 2015, not 15.", value=text)
            found = _checked(int(parts.get("d", 1)), int(parts.get("m", 1)), int(parts["y"]), text)
            return ReadDate(found.on, precision) if isinstance(found, ReadDate) else found
    return say(
        "“{value}” is not a date. Write day/month/year, such as 25/01/2019, or only the year, such as 2019.",
        value=text,
    )


def _checked(day: int, month: int, year: int, text: str) -> ReadDate | Message:
    if year in _BUDDHIST:
        return say(
            "“{value}” looks like a year of the Buddhist calendar. Write {year} instead (543 less).",
            value=text,
            year=str(year - 543),
        )
    if year < _EARLIEST:
        return say("“{value}” is before 1900. Look at the year and write it with four digits.", value=text)
    if not 1 <= month <= 12:
        return say(
            "“{value}”: there is no month {month}. Write the day first, then the month, such as 25/01/2019.",
            value=text,
            month=str(month),
        )
    try:
        return ReadDate(date(year, month, day), BirthPrecision.DAY)
    except ValueError:
        return say(
            "“{value}”: there is no such day. Look at the day and the month; where only the year is sure, "
            "write the year alone.",
            value=text,
        )
