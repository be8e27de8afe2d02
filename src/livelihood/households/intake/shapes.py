"""What an intake list becomes: households that can come in, and faults that say where and what to do."""

from collections.abc import Mapping
from datetime import date
from typing import Literal
from uuid import UUID

import msgspec

from livelihood.errors import Message
from livelihood.households.rules import BirthPrecision, IDPoor, Relationship, Sex

Severity = Literal["error", "warning"]


class Fault(msgspec.Struct, frozen=True):
    """An error keeps its household out; a warning asks. `column` is a heading, or `Household` for the whole of one."""

    row: int
    column: str
    severity: Severity
    value: str
    message: Message


class ListedPlace(msgspec.Struct, frozen=True):
    """A village that the list names. `office_id` is None where no office serves its province."""

    code: str
    name_km: str
    name_latin: str
    office_id: int | None
    may_import: bool


class Education(msgspec.Struct, frozen=True):
    in_school: bool
    school: str | None
    grade: int | None


class Work(msgspec.Struct, frozen=True):
    """Hours of one week; None where the list is silent, which is not zero."""

    economic_hours: int | None
    chore_hours: int | None
    hazards: tuple[str, ...]


class Member(msgspec.Struct, frozen=True):
    row: int
    id: UUID
    relationship: Relationship
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    sex: Sex
    born_on: date
    born_precision: BirthPrecision
    education: Education | None
    work: Work | None


class Household(msgspec.Struct, frozen=True):
    """Ready to be registered. `id` follows from what the rows say, so the same rows are the same household again.

    `looks_like` names the household of this file or of the register that it may repeat; `asks` is whether any
    warning stands against it.
    """

    row: int
    id: UUID
    office_id: int
    village_code: str
    phone: str | None
    idpoor_level: IDPoor
    idpoor_card: str | None
    idpoor_expires_on: date | None
    referral_source: str | None
    intake_on: date
    members: tuple[Member, ...]
    looks_like: str | None
    asks: bool

    @property
    def head(self) -> Member:
        return next(member for member in self.members if member.relationship is Relationship.HEAD)


class ImportPlan(msgspec.Struct, frozen=True):
    """`refused` counts the households that errors keep out; `faults` stand in the order of the sheet."""

    households: tuple[Household, ...]
    faults: tuple[Fault, ...]
    refused: int

    def to_import(self, confirmed: frozenset[int] | None) -> tuple[Household, ...]:
        """Those to come in. `confirmed` are the first rows of households that warnings ask about and a person
        wants; without an answer, all come in but those that look like a household already there.
        """
        if confirmed is None:
            return tuple(h for h in self.households if h.looks_like is None)
        return tuple(h for h in self.households if not h.asks or h.row in confirmed)


# Keys by which one household is recognised, to where it was found: a code of the register.
KnownHouseholds = Mapping[str, str]
