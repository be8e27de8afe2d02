"""What a workbook's cells may hold, and the words that lists use for the few answers a column has."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime

import msgspec

from livelihood.errors import Message, say
from livelihood.households.search_key import normalise

Cell = str | float | bool | date | datetime | None

# The columns of an intake list by their headings; the household's are filled on its first row only.
HOUSEHOLD_COLUMNS = (
    "Village code",
    "Village",
    "Phone",
    "IDPoor",
    "IDPoor card",
    "IDPoor expiry",
    "Referred by",
    "Intake date",
)
COLUMNS = (
    "No",
    "Village code",
    "Village",
    "Relationship",
    "Family name (Khmer)",
    "Given name (Khmer)",
    "Family name (Latin)",
    "Given name (Latin)",
    "Sex",
    "Date of birth",
    "Phone",
    "IDPoor",
    "IDPoor card",
    "IDPoor expiry",
    "Referred by",
    "In school",
    "School",
    "Grade",
    "Work hours/week",
    "Chores hours/week",
    "Hazards",
    "Intake date",
)


class Row(msgspec.Struct, frozen=True):
    """One row below the headings; `number` is the one that the spreadsheet shows beside it."""

    number: int
    cells: Mapping[str, Cell]

    def __getitem__(self, column: str) -> Cell:
        return self.cells.get(column)

    def text(self, column: str) -> str:
        return plain(self.cells.get(column))


def clean(value: Cell) -> str:
    """The cell's text to keep: no invisible characters, single spaces, digits as they were written."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        return f"{value:.0f}" if float(value).is_integer() else repr(value)
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    visible = "".join(c for c in value if c in "\t\n" or not unicodedata.category(c).startswith("C"))
    return " ".join(unicodedata.normalize("NFC", visible).split())


def plain(value: Cell) -> str:
    """The cell's text to compare or count with: digits of any script become 0 to 9."""
    return "".join(str(unicodedata.decimal(c, c)) for c in clean(value))


def _words(**answers: str) -> dict[str, str]:
    """Each answer's spellings, normalised: `{spelling: answer}`."""
    return {normalise(word): answer for answer, words in answers.items() for word in words.split("|")}


SEXES = _words(
    female="F|Female|W|Woman|Girl|ស្រី|ស|នារី",
    male="M|Male|Man|Boy|ប្រុស|ប|បុរស",
)
# `child` is a son or a daughter, as the sex says.
RELATIONSHIPS = _words(
    head="Head|Head of household|Household head|មេគ្រួសារ",
    spouse="Spouse|Husband|Wife|ប្តី|ប្រពន្ធ|សហព័ទ្ធ",
    son="Son|កូនប្រុស",
    daughter="Daughter|កូនស្រី",
    child="Child|កូន",
    grandchild="Grandchild|Grandson|Granddaughter|Grand child|ចៅ|ចៅប្រុស|ចៅស្រី",
    parent="Parent|Father|Mother|ឪពុក|ម្តាយ",
    sibling="Sibling|Brother|Sister|បង|ប្អូន|បងប្អូន|បងប្រុស|បងស្រី|ប្អូនប្រុស|ប្អូនស្រី",
    niece_nephew="Niece|Nephew|Niece/nephew|ក្មួយ|ក្មួយប្រុស|ក្មួយស្រី",
    other_relative="Relative|Other relative|Aunt|Uncle|Grandparent|Grandfather|Grandmother|Cousin|សាច់ញាតិ|ជីតា|ជីដូន",
    not_related="Not related|Unrelated|Other|មិនមែនសាច់ញាតិ",
)
ANSWERS = _words(yes="Yes|Y|True|1|បាទ|ចាស|មាន|ហើយ|នៅរៀន", no="No|None|N|False|0|ទេ|អត់|មិន|គ្មាន|មិនរៀន")
IDPOOR = _words(
    none="No|None|N|0|-|ទេ|គ្មាន|អត់",
    level_1="Level 1|1|L1|Level1|Poor 1|Poor1|IDPoor 1|ID Poor 1|ក្រ1|ក្រ 1|ក្រីក្រ1|ក្រីក្រ 1|កម្រិត1|កម្រិត 1",
    level_2="Level 2|2|L2|Level2|Poor 2|Poor2|IDPoor 2|ID Poor 2|ក្រ2|ក្រ 2|ក្រីក្រ2|ក្រីក្រ 2|កម្រិត2|កម្រិត 2",
)
# The hazardous conditions that observations know, under the words that lists use for them.
HAZARDS = _words(
    underground="Underground work|Underground|Mining|Mine|រណ្តៅរ៉ែ",
    heavy_loads="Heavy loads|Heavy load|Carrying heavy loads|លើករបស់ធ្ងន់",
    offshore_fishing="Offshore fishing|Fishing at sea|Sea fishing|នេសាទសមុទ្រ",
    kilns="Kilns|Kiln|Brick kiln|Brick kilns|ឡឥដ្ឋ",
    firefighting="Firefighting|Fire fighting|ពន្លត់អគ្គិភ័យ",
    construction="Construction and demolition|Construction|Demolition|សំណង់",
    chemicals="Chemicals|Chemical|សារធាតុគីមី",
    high_heat="High heat|Heat|កម្តៅខ្លាំង",
    pesticides="Pesticide spraying|Pesticides|Pesticide|បាញ់ថ្នាំ|ថ្នាំពុល",
)
_PARTS = re.compile(r"[,;/\n]| and | និង ")


def split(value: Cell) -> list[str]:
    """The several answers of one cell."""
    return [part.strip() for part in _PARTS.split(clean(value)) if part.strip()]


def read_hours(value: Cell) -> int | Message | None:
    """Whole hours of one week, or the sentence that refuses them."""
    text = plain(value)
    if not text:
        return None
    hours = _number(re.sub(r"\s*(h|hours?|ម៉ោង)$", "", text, flags=re.IGNORECASE))
    if hours is None or hours < 0 or not hours.is_integer():
        return say("“{value}” is not a number of hours. Write only the whole number, such as 12.", value=text)
    if hours > 168:
        return say(
            "{value} hours are more than a week has (168). Write the hours of one week, not of a month.",
            value=text,
        )
    return int(hours)


def read_grade(value: Cell) -> int | Message | None:
    text = plain(value)
    if not text:
        return None
    grade = _number(re.sub(r"^(grade|ថ្នាក់ទី|ថ្នាក់)\s*", "", text, flags=re.IGNORECASE))
    if grade is None or not grade.is_integer() or not 1 <= grade <= 12:
        return say(
            "“{value}” is not a grade: grades are 1 to 12. Leave it empty for a child not yet in grade 1.",
            value=text,
        )
    return int(grade)


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"-?\d{1,6}(\.\d{1,3})?", text) else None
