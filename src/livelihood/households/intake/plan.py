"""The whole list judged: which households can come in, and what is wrong where."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID, uuid5

from livelihood.errors import say
from livelihood.households.intake.cells import COLUMNS, Row, clean
from livelihood.households.intake.dates import ReadDate, read_date
from livelihood.households.intake.faults import Faults
from livelihood.households.intake.household import WHOLE, HouseholdReader, village_code
from livelihood.households.intake.shapes import Household, ImportPlan, KnownHouseholds, ListedPlace
from livelihood.households.search_key import normalise

_NAMESPACE = UUID("6f0a4f0e-6c5e-5f2b-9a39-1d6f0f6f1c55")
_ORDER = {column: place for place, column in enumerate((WHOLE, *COLUMNS))}


def village_codes(rows: Iterable[Row]) -> frozenset[str]:
    """The codes that the list names, to fetch their places by."""
    return frozenset(code for row in rows if (code := village_code(row["Village code"])))


def cards_and_births(rows: Iterable[Row]) -> tuple[frozenset[str], frozenset[date]]:
    """What to fetch those registered households by that the list may repeat."""
    cards = frozenset(card for row in rows if (card := row.text("IDPoor card")))
    read = (read_date(row["Date of birth"]) for row in rows)
    return cards, frozenset(born.on for born in read if isinstance(born, ReadDate))


def plan(
    rows: Sequence[Row], places: Mapping[str, ListedPlace], known: KnownHouseholds, today: date
) -> ImportPlan:
    faults = Faults()
    groups = _groups(rows, faults)
    repeated: Counter[str] = Counter()
    earlier: dict[str, str] = {}
    households: list[Household] = []
    refused = 0
    for group in groups:
        content = _content(group)
        repeated[content] += 1
        reader = HouseholdReader(group, uuid5(_NAMESPACE, f"{content} {repeated[content]}"), today)
        household = reader.read(places, known, earlier)
        faults.found.extend(reader.faults.found)
        if household is None:
            refused += 1
        else:
            households.append(household)
    found = sorted(faults.found, key=lambda fault: (fault.row, _ORDER[fault.column]))
    return ImportPlan(tuple(households), tuple(found), refused)


def _groups(rows: Sequence[Row], faults: Faults) -> list[list[Row]]:
    """A household begins where a row has a number of its own or, without numbers, a village code."""
    groups: list[list[Row]] = []
    number = ""
    for row in rows:
        own = row.text("No")
        begins = own != number if own else bool(row.text("Village code"))
        if begins:
            groups.append([row])
            number = own
        elif groups:
            groups[-1].append(row)
        else:
            faults.error(
                row,
                WHOLE,
                say(
                    "The row belongs to no household: none begins above it. Fill in the number and the village code "
                    "on the first row of each household."
                ),
            )
    return groups


def _content(group: Sequence[Row]) -> str:
    """What the rows say, however it is typed, and wherever in the list they stand."""
    cells = ("\x1f".join(normalise(clean(row[column])) for column in COLUMNS[1:]) for row in group)
    return hashlib.sha256("\x1e".join(cells).encode()).hexdigest()
