"""Telephone numbers: written in any way people here write them, kept as E.164 (`+85512345678`)."""

import re
import unicodedata

import phonenumbers

from livelihood.errors import Message, say

_SEVERAL = re.compile(r"[/,;\n|]| or | ឬ ")
_INTERNATIONAL = re.compile(r"^00(?=[1-9])")
_LONGEST = 60


def e164(value: object) -> str | None:
    """The Cambodian number in `value`, or None where there is none to be read; Khmer digits are digits."""
    text = _plain(value)
    if not text or len(text) > _LONGEST:
        return None
    try:
        number = phonenumbers.parse(_INTERNATIONAL.sub("+", text), "KH")
    except phonenumbers.NumberParseException:
        return None
    if number.country_code != 855 or not phonenumbers.is_valid_number_for_region(number, "KH"):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def read(value: object) -> tuple[str | None, Message | None]:
    """The number of a list's cell and, where not all of the cell was understood, a sentence that asks."""
    text = _plain(value)
    if not text:
        return None, None
    number = e164(text)
    if number is not None:
        return number, None
    first = next((found for part in _SEVERAL.split(text) if (found := e164(part))), None)
    if first is not None:
        return first, say(
            "“{value}” holds more than one number; {number} is kept. Add the others on the household's page.",
            value=text[:_LONGEST],
            number=first,
        )
    return None, say(
        "“{value}” is not a Cambodian telephone number, so none is kept. Numbers here have 8 or 9 digits after "
        "the 0 or +855, such as 012 345 678; ask the family and write it on the household's page.",
        value=text[:_LONGEST],
    )


def shown(number: str) -> str:
    """A kept number as people here read it aloud: `012 345 678`."""
    return phonenumbers.format_number(
        phonenumbers.parse(number, "KH"), phonenumbers.PhoneNumberFormat.NATIONAL
    )


def _plain(value: object) -> str:
    """A spreadsheet turns 012345678 into the number 12345678.0; digits of any script count."""
    if value is None or isinstance(value, bool):
        return ""
    text = f"{value:.0f}" if isinstance(value, float) else str(value)
    text = "".join(c for c in text if unicodedata.category(c) != "Cf")
    return "".join(str(unicodedata.decimal(c, c)) for c in text).strip()
