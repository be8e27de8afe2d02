"""English and Khmer from one catalogue; the Khmer is a draft until a native speaker has signed it off."""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.dates import format_date
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from livelihood.errors import Amount, Message, OneOf
from livelihood.web.components import money_text
from livelihood.web.current import LANGUAGE

LOCALES = Path(__file__).parent / "locales"


@cache
def catalogue(language: str) -> NullTranslations:
    """Read from the .po file as it stands: no compiled copy that could lag behind it."""
    source = LOCALES / f"{language}.po"
    if not source.exists():
        return NullTranslations()
    with source.open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


def gettext(text: str) -> str:
    """In the language of the request being answered."""
    return catalogue(LANGUAGE.get()).ugettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    return catalogue(LANGUAGE.get()).ungettext(one, many, count)


def sentence(message: Message) -> str:
    """The message in the reader's language, with its dates and inner messages written out in it."""
    return gettext(message.text).format(**_written(message.values))


def _written(values: Mapping[str, object]) -> dict[str, object]:
    return {name: written(value) for name, value in values.items()}


def written(value: object) -> object:
    """One value of a sentence as people write it."""
    if isinstance(value, Message):
        return sentence(value)
    if isinstance(value, OneOf):
        locale = "km" if LANGUAGE.get() == "km" else "en_GB"
        return format_list([sentence(one) for one in value.words], style="or", locale=locale)
    if isinstance(value, Amount):
        return money_text(value.minor, value.currency, LANGUAGE.get())
    if isinstance(value, date) and not isinstance(value, datetime):
        return format_date(value, "d MMM y", locale=LANGUAGE.get())
    return value
