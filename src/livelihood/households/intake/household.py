"""The rows of one household, from the first that names its village to the last of its members."""

from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Protocol
from uuid import UUID

from livelihood.errors import say
from livelihood.households import phones
from livelihood.households.intake.cells import HOUSEHOLD_COLUMNS, IDPOOR, Cell, Row, clean, plain
from livelihood.households.intake.dates import read_date
from livelihood.households.intake.faults import Faults, shown
from livelihood.households.intake.person import read_member
from livelihood.households.intake.shapes import Household, KnownHouseholds, ListedPlace, Member
from livelihood.households.rules import BirthPrecision, IDPoor, Relationship, latest_birth, surely
from livelihood.households.search_key import normalise

WHOLE = "Household"
_MOST_MEMBERS = 30
_LONGEST_CARD = 30
_LONGEST_SOURCE = 80
_YOUNGER = frozenset({Relationship.SON, Relationship.DAUGHTER, Relationship.GRANDCHILD})


def village_code(value: Cell) -> str:
    """A spreadsheet that took the code for a number drops the zero in front; villages have eight digits."""
    text = plain(value)
    return text.zfill(8) if len(text) == 7 and text.isdecimal() else text


class Head(Protocol):
    @property
    def family_name_km(self) -> str | None: ...
    @property
    def given_name_km(self) -> str | None: ...
    @property
    def family_name_latin(self) -> str | None: ...
    @property
    def given_name_latin(self) -> str | None: ...
    @property
    def born_on(self) -> date: ...
    @property
    def born_precision(self) -> BirthPrecision: ...


def recognised_by(head: Head, card: str | None) -> tuple[str, ...]:
    """Keys that two records of one household are likely to share: the card, or the head's name and birth."""
    born = f"{head.born_on}:{head.born_precision}"
    scripts = (
        ("km", head.family_name_km, head.given_name_km),
        ("latin", head.family_name_latin, head.given_name_latin),
    )
    keys = [
        f"{script}:{normalise(family)} {normalise(given)}:{born}"
        for script, family, given in scripts
        if family and given
    ]
    return (*keys, f"card:{card}") if card else tuple(keys)


class HouseholdReader:
    """The rows of one household, with the faults found in them."""

    def __init__(self, rows: Sequence[Row], household_id: UUID, today: date) -> None:
        self.rows = rows
        self.first = rows[0]
        self.id = household_id
        self.today = today
        self.faults = Faults()

    def read(
        self, places: Mapping[str, ListedPlace], known: KnownHouseholds, earlier: dict[str, str]
    ) -> Household | None:
        place = self.place(places)
        phone, asked = phones.read(clean(self.first["Phone"]))
        if asked:
            self.faults.warning(self.first, "Phone", asked)
        level, card, expires_on = self.idpoor()
        source = self.faults.text(self.first, "Referred by", _LONGEST_SOURCE)
        intake_on = self.intake()
        self.household_columns_once()
        members = self.members()
        self.born_before(intake_on, members)
        looks_like = self.duplicate(members, card, known, earlier)
        if place is None or place.office_id is None or self.faults.errors:
            return None
        return Household(
            row=self.first.number,
            id=self.id,
            office_id=place.office_id,
            village_code=place.code,
            phone=phone,
            idpoor_level=level,
            idpoor_card=card,
            idpoor_expires_on=expires_on,
            referral_source=source,
            intake_on=intake_on,
            members=tuple(members),
            looks_like=looks_like,
            asks=bool(self.faults.found),
        )

    def place(self, places: Mapping[str, ListedPlace]) -> ListedPlace | None:
        column = "Village code"
        code = village_code(self.first[column])
        place = places.get(code)
        if not code:
            self.faults.error(
                self.first,
                column,
                say("The village code is missing. Write the eight digits of the gazetteer."),
            )
        elif place is None:
            self.faults.error(
                self.first,
                column,
                say(
                    "There is no village {code} in the gazetteer. Look the village up by its name and write its eight "
                    "digits.",
                    code=code[:20],
                ),
            )
        elif place.office_id is None:
            self.faults.error(
                self.first,
                column,
                say(
                    "No office serves the province of {code} {village}. Look at the code, or ask the administrator "
                    "which office is to serve it.",
                    code=code,
                    village=place.name_latin,
                ),
            )
        elif not place.may_import:
            self.faults.error(
                self.first,
                column,
                say(
                    "{code} {village} belongs to an office for which you may not import households. Send this "
                    "household to that office, or look at the code.",
                    code=code,
                    village=place.name_latin,
                ),
            )
        else:
            self.village_name(place)
            return place
        return None

    def village_name(self, place: ListedPlace) -> None:
        written = _squeezed(clean(self.first["Village"]))
        names = [_squeezed(place.name_km), _squeezed(place.name_latin)]
        if not written or any(written in name or name in written for name in names):
            return
        if max(SequenceMatcher(None, written, name).ratio() for name in names) < 0.6:
            self.faults.warning(
                self.first,
                "Village",
                say(
                    "“{value}” is not the village of the code {code}, which is {village}. The code counts; is it the "
                    "right one?",
                    value=shown(self.first, "Village"),
                    code=place.code,
                    village=place.name_latin,
                ),
            )

    def idpoor(self) -> tuple[IDPoor, str | None, date | None]:
        level = self.faults.chosen(self.first, "IDPoor", IDPOOR, "Level 1 (ក្រ១), Level 2 (ក្រ២), No")
        card = self.faults.text(self.first, "IDPoor card", _LONGEST_CARD)
        expires = self.faults.checked(self.first, "IDPoor expiry", read_date)
        if card and not self.first.text("IDPoor"):
            self.faults.warning(
                self.first,
                "IDPoor",
                say("There is an IDPoor card, but no level. Look at the card: is it level 1 or level 2?"),
            )
        return IDPoor(level or IDPoor.NONE), card and plain(card), expires.on if expires else None

    def intake(self) -> date:
        column = "Intake date"
        before = len(self.faults.found)
        read = self.faults.checked(self.first, column, read_date)
        if read is None and len(self.faults.found) == before:
            self.faults.warning(
                self.first,
                column,
                say(
                    "The date of the intake is missing; {day} is taken. Write the day on which the family was "
                    "registered.",
                    day=self.today.strftime("%d/%m/%Y"),
                ),
            )
        if read and read.on > self.today:
            self.faults.error(
                self.first,
                column,
                say(
                    "“{value}” is in the future. Write the day on which the family was registered.",
                    value=self.first.text(column),
                ),
            )
        return read.on if read else self.today

    def born_before(self, intake_on: date, members: Sequence[Member]) -> None:
        for member in members:
            if member.born_on > intake_on:
                row = self.row_of(member)
                self.faults.error(
                    row,
                    "Date of birth",
                    say(
                        "“{value}” is after the intake on {day}. Look at both; a child born since then is added to "
                        "the household afterwards.",
                        value=shown(row, "Date of birth"),
                        day=intake_on.strftime("%d/%m/%Y"),
                    ),
                )

    def row_of(self, member: Member) -> Row:
        return next(row for row in self.rows if row.number == member.row)

    def household_columns_once(self) -> None:
        for row in self.rows[1:]:
            for column in HOUSEHOLD_COLUMNS:
                if row.text(column) and row.text(column) != self.first.text(column):
                    self.faults.warning(
                        row,
                        column,
                        say(
                            "“{value}” is not used: what concerns the whole household is read from its first row ({row}).",
                            value=shown(row, column),
                            row=str(self.first.number),
                        ),
                    )

    def members(self) -> list[Member]:
        if len(self.rows) > _MOST_MEMBERS:
            self.faults.error(
                self.first,
                WHOLE,
                say(
                    "The household has {count} rows; {most} is the most. Does the next household lack its number?",
                    count=str(len(self.rows)),
                    most=str(_MOST_MEMBERS),
                ),
            )
            return []
        read = [
            read_member(row, self.id, position, self.today, self.faults)
            for position, row in enumerate(self.rows, 1)
        ]
        members = [member for member in read if member]
        self.heads(whole=len(members) == len(self.rows), members=members)
        self.children(whole=len(members) == len(self.rows), members=members)
        return members

    def heads(self, *, whole: bool, members: Sequence[Member]) -> None:
        heads = [member for member in members if member.relationship is Relationship.HEAD]
        if not heads and whole:
            self.faults.error(
                self.first,
                "Relationship",
                say("The household has no head. Write Head on the row of the person who is the head."),
            )
        for head in heads[1:]:
            self.faults.error(
                self.row_of(head),
                "Relationship",
                say(
                    "The household has a second head; the first is on row {row}. Leave one, or begin a household here "
                    "with a number of its own.",
                    row=str(heads[0].row),
                ),
            )
        if len(heads) == 1:
            self.older_than(heads[0], members)

    def older_than(self, head: Member, members: Sequence[Member]) -> None:
        for member in members:
            surely_older = latest_birth(member.born_on, member.born_precision) < head.born_on
            if member.relationship in _YOUNGER and surely_older:
                row = self.row_of(member)
                self.faults.warning(
                    row,
                    "Date of birth",
                    say(
                        "“{value}”: this child would be older than the head of the household. Look at the year and at "
                        "the relationship.",
                        value=shown(row, "Date of birth"),
                    ),
                )

    def children(self, *, whole: bool, members: Sequence[Member]) -> None:
        """A member who could not be read may be the child, so only whole households are asked about."""
        if whole and all(surely(member, 18, self.today) for member in members):
            self.faults.warning(
                self.first,
                WHOLE,
                say(
                    "The household has no child under 18. Are its children missing from the list, or does it come in "
                    "without follow-ups for a child?"
                ),
            )

    def duplicate(
        self, members: Sequence[Member], card: str | None, known: KnownHouseholds, earlier: dict[str, str]
    ) -> str | None:
        head = next((member for member in members if member.relationship is Relationship.HEAD), None)
        if head is None:
            return None
        keys = recognised_by(head, card and plain(card))
        registered = next((known[key] for key in keys if key in known), None)
        listed = next((earlier[key] for key in keys if key in earlier), None)
        for key in keys:
            earlier.setdefault(key, str(self.first.number))
        if registered:
            self.faults.warning(
                self.first,
                WHOLE,
                say(
                    "It looks like household {code}, which is registered already. It stays out unless you choose it.",
                    code=registered,
                ),
            )
        elif listed:
            self.faults.warning(
                self.first,
                WHOLE,
                say(
                    "It looks like the household of row {row}. It stays out unless you choose it.",
                    row=listed,
                ),
            )
        return registered or listed


def _squeezed(name: str) -> str:
    return normalise(name).replace(" ", "")
