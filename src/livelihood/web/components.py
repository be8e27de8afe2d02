"""How days, money and names are written for a reader: pure functions of a language, used by the templates."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Literal, Protocol

import msgspec
from babel.dates import format_date, get_day_names
from babel.numbers import format_decimal

Language = Literal["en", "km"]

LOCALES: Mapping[str, str] = {"en": "en_GB", "km": "km"}

# Minor units per unit. The riel has none in use: an amount of it is whole riel.
DIGITS: Mapping[str, int] = {"USD": 2, "KHR": 0}

CURRENCY_WORDS: Mapping[str, str] = {"USD": "ដុល្លារ", "KHR": "រៀល"}


class Named(Protocol):
    """Whoever has a name; any part may be absent."""

    @property
    def family_name_km(self) -> str | None: ...
    @property
    def given_name_km(self) -> str | None: ...
    @property
    def family_name_latin(self) -> str | None: ...
    @property
    def given_name_latin(self) -> str | None: ...


class Name(msgspec.Struct, frozen=True):
    """A name in one script, with the language tag that a screen reader and the font need."""

    text: str
    lang: Literal["km", "km-Latn"]


class Place(msgspec.Struct, frozen=True):
    """A place of the navigation; the label is already in the reader's language. `also` are pages elsewhere that are of it."""

    href: str
    label: str
    icon: str
    also: tuple[str, ...] = ()
    active: bool = False


def money_text(minor: int, currency: str, language: str = "en") -> str:
    """`USD 120.00`; in Khmer the currency is a word after the amount.

    Both languages group and point alike, so that a figure read out over the phone is the figure on the screen.
    """
    digits = DIGITS[currency]
    amount = format_decimal(
        Decimal(minor).scaleb(-digits),
        format="#,##0." + "0" * digits if digits else "#,##0",
        locale=LOCALES[language],
    )
    return f"{amount} {CURRENCY_WORDS[currency]}" if language == "km" else f"{currency} {amount}"


def money_typed(minor: int, currency: str) -> str:
    """As one types it into a form."""
    digits = DIGITS[currency]
    return f"{minor // 10**digits}.{minor % 10**digits:0{digits}d}" if digits else str(minor)


def day_text(on: date, language: str = "en", today: date | None = None) -> str:
    """`Tue 14 Dec`; the year is added where it is not that of `today`, or no `today` is given."""
    pattern = "EEE d MMM" if today is not None and on.year == today.year else "EEE d MMM y"
    return format_date(on, pattern, locale=LOCALES[language])


def days_text(first: date, last: date, language: str = "en", today: date | None = None) -> str:
    """`4 Jan – 1 Feb`; a year is added where it is not that of `today`, once where both days are in it."""
    years = [on.year for on in (first, last) if today is None or on.year != today.year]
    of_first = "d MMM y" if first.year in years and first.year != last.year else "d MMM"
    of_last = "d MMM y" if last.year in years else "d MMM"
    locale = LOCALES[language]
    return f"{format_date(first, of_first, locale=locale)} – {format_date(last, of_last, locale=locale)}"


def month_text(on: date, language: str = "en") -> str:
    """`November 2026`."""
    return format_date(on, "LLLL y", locale=LOCALES[language])


def weekday_texts(language: str = "en") -> list[str]:
    """`Mo` to `Su`, short enough for a column of days."""
    names = get_day_names("short", "stand-alone", LOCALES[language])
    return [names[day] for day in range(7)]


def names_of(person: Named) -> list[Name]:
    """The names there are, family name first, Khmer before Latin; empty where nobody has written one down."""
    found: list[Name] = []
    khmer = written(person.family_name_km, person.given_name_km)
    latin = written(person.family_name_latin, person.given_name_latin)
    if khmer:
        found.append(Name(khmer, "km"))
    if latin:
        found.append(Name(latin, "km-Latn"))
    return found


def written(family: str | None, given: str | None) -> str:
    return " ".join(part for part in (family, given) if part)


def name_text(person: Named) -> str:
    """Both names on one line, for titles and messages: `សុខ ដារ៉ា (Sok Dara)`."""
    names = names_of(person)
    return f"{names[0].text} ({names[1].text})" if len(names) == 2 else "".join(name.text for name in names)


# What the component macros call by name; the template engine is given all of them.
GLOBALS: Mapping[str, Callable[..., object]] = {
    "day_text": day_text,
    "days_text": days_text,
    "money_text": money_text,
    "month_text": month_text,
    "name_text": name_text,
    "names_of": names_of,
    "weekday_texts": weekday_texts,
}
