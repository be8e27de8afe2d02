"""Protocols, numbers and the calendar as people read them: with who added what, and what is still assumed."""

from datetime import date, datetime
from typing import TypeVar

import msgspec
from sqlalchemy import Text, literal_column, select

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, invalid, say
from livelihood.followups import models
from livelihood.followups.queries.numbers import in_order
from livelihood.followups.queries.policy import PROTOCOLS, YEARS, public_holidays
from livelihood.followups.rules.drafted_upon import mark
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.rules.protocols import Protocol
from livelihood.followups.schemas_policy import (
    CalendarOut,
    ClosureOut,
    HolidayOut,
    NumberOut,
    ProtocolOut,
    PublicHoliday,
    ValueOut,
    VersionOut,
    YearOut,
)
from livelihood.households.models import Place
from livelihood.households.rules import Level


class AddedRow(msgspec.Struct, frozen=True):
    key: str
    version: int
    added_by: str | None
    added_at: datetime | None


class ValueRow(msgspec.Struct, frozen=True):
    key: str
    effective_from: date
    added_by: str
    added_at: datetime | None


class ProvinceRow(msgspec.Struct, frozen=True):
    code: str
    name_km: str
    name_latin: str


ADDED = Read(
    select(
        models.Protocol.key,
        models.Protocol.version,
        Staff.name.label("added_by"),
        models.Protocol.added_at,
    ).outerjoin(Staff, Staff.id == models.Protocol.added_by),
    AddedRow,
)
VALUES_ADDED = Read(
    select(
        models.PolicyNumber.key,
        models.PolicyNumber.effective_from,
        Staff.name.label("added_by"),
        models.PolicyNumber.added_at,
    ).join(Staff, Staff.id == models.PolicyNumber.added_by),
    ValueRow,
)
# Worked out of the rest where it is told; the row has the place for it.
_UNMARKED = literal_column("''", Text).label("mark")
YEARS_SAID = Read(
    select(
        *(getattr(models.SchoolYear, name) for name in YearOut.__struct_fields__ if name != "mark"), _UNMARKED
    ).order_by(models.SchoolYear.starts_on),
    YearOut,
)
CLOSURES_SAID = Read(
    select(
        models.Vacation.id,
        models.Vacation.name,
        models.Vacation.starts_on,
        models.Vacation.ends_on,
        models.Vacation.province_code.label("province"),
        models.Vacation.assumed,
        models.Vacation.source,
        _UNMARKED,
    ).order_by(models.Vacation.starts_on, models.Vacation.id),
    ClosureOut,
)
HOLIDAYS_SAID = Read(
    select(
        models.HolidayOverride.id,
        models.HolidayOverride.name,
        models.HolidayOverride.day,
        models.HolidayOverride.is_holiday,
        models.HolidayOverride.province_code.label("province"),
        models.HolidayOverride.assumed,
        models.HolidayOverride.source,
        _UNMARKED,
    ).order_by(models.HolidayOverride.day, models.HolidayOverride.id),
    HolidayOut,
)
PROVINCES = Read(
    select(Place.code, Place.name_km, Place.name_latin)
    .where(Place.level == Level.PROVINCE.value)
    .order_by(Place.code),
    ProvinceRow,
)


async def protocols(reading: Reading, today: date) -> list[ProtocolOut]:
    reading.actor.require(Permission.POLICY_READ)
    added = {(row.key, row.version): row for row in await ADDED.all(reading)}
    versions: dict[str, list[Protocol]] = {}
    for one in await PROTOCOLS.all(reading):
        versions.setdefault(one.key, []).append(one)
    return [
        ProtocolOut(
            key,
            in_force_on(known, today).version,
            [
                VersionOut(one, added[key, one.version].added_by, added[key, one.version].added_at)
                for one in sorted(known, key=lambda one: one.version, reverse=True)
            ],
        )
        for key, known in versions.items()
    ]


async def protocol(reading: Reading, key: str, today: date) -> ProtocolOut:
    """Raises `NotFound`."""
    found = next((one for one in await protocols(reading, today) if one.key == key), None)
    if found is None:
        raise NotFound(say("There is no protocol of this name. Choose one from the list of protocols."))
    return found


def in_force_on(versions: list[Protocol], day: date) -> Protocol:
    """The version that counts for windows opening that day; before the first, the first."""
    begun = [one for one in versions if one.effective_from <= day]
    return max(begun or versions, key=lambda one: one.version if begun else -one.version)


async def numbers(reading: Reading, today: date) -> list[NumberOut]:
    reading.actor.require(Permission.POLICY_READ)
    said = {(row.key, row.effective_from): row for row in await VALUES_ADDED.all(reading)}
    values: dict[NumberKey, list[ValueOut]] = {key: [] for key in NumberKey}
    for one in await in_order(reading):
        row = said.get((one.key.value, one.effective_from))
        by = (row.added_by, row.added_at) if row else (None, None)
        values[one.key].append(ValueOut(one.value, one.effective_from, one.source, *by))
    found: list[NumberOut] = []
    for key, known in values.items():
        known.sort(key=lambda one: one.effective_from, reverse=True)
        # As in the rules: before the first value, the first.
        now = next((one for one in known if one.effective_from <= today), known[-1])
        found.append(NumberOut(key, now.value, now.effective_from, known))
    return found


async def number(reading: Reading, key: str, today: date) -> NumberOut:
    """Raises `NotFound`."""
    found = next((one for one in await numbers(reading, today) if one.key == key), None)
    if found is None:
        raise NotFound(say("There is no number of this name. Choose one from the list of policy numbers."))
    return found


async def calendar(reading: Reading, province: str = "", *, language: str) -> CalendarOut:
    """All that is said of the calendar; with a province, what holds there. Holidays are named in the language."""
    reading.actor.require(Permission.POLICY_READ)
    if province and province not in {one.code for one in await PROVINCES.all(reading)}:
        raise invalid(
            "province", say("There is no province {code}. Choose one from the list.", code=province)
        )
    listed = public_holidays(await YEARS.all(reading), "km" if language == "km" else "en_US")
    holds = {None, province} if province else None
    return CalendarOut(
        [marked(one) for one in await YEARS_SAID.all(reading)],
        [marked(one) for one in await CLOSURES_SAID.all(reading) if holds is None or one.province in holds],
        [marked(one) for one in await HOLIDAYS_SAID.all(reading) if holds is None or one.province in holds],
        [PublicHoliday(day, name) for day, name in sorted(listed.items())],
    )


Entry = TypeVar("Entry", YearOut, ClosureOut, HolidayOut)


def marked(one: Entry) -> Entry:
    return msgspec.structs.replace(one, mark=mark(one.said))
