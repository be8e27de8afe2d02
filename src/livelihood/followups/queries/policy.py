"""Policy as it is stored, and the school calendar of a province that follows from it."""

import hashlib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache

import holidays
import msgspec
from sqlalchemy import select

from livelihood.db.reader import Read, Reading
from livelihood.followups import models
from livelihood.followups.queries import numbers
from livelihood.followups.rules.calendar import Calendar, SchoolYear, Vacation, calendar, followed_by
from livelihood.followups.rules.facts import AnchorKind, Household
from livelihood.followups.rules.numbers import NumberKey, Numbers, PolicyNumber
from livelihood.followups.rules.policy import Closure, Holiday, Policy
from livelihood.followups.rules.protocols import Protocol, Slot, in_force

COUNTRY = "KH"

PROTOCOLS = Read(
    select(*(getattr(models.Protocol, name) for name in Protocol.__struct_fields__)).order_by(
        models.Protocol.key, models.Protocol.version
    ),
    Protocol,
)
YEARS = Read(
    select(*(getattr(models.SchoolYear, name) for name in SchoolYear.__struct_fields__)).order_by(
        models.SchoolYear.starts_on
    ),
    SchoolYear,
)
CLOSURES = Read(
    select(
        models.Vacation.id,
        models.Vacation.starts_on,
        models.Vacation.ends_on,
        models.Vacation.province_code.label("province"),
    ).order_by(models.Vacation.starts_on, models.Vacation.id),
    Closure,
)
HOLIDAYS = Read(
    select(
        models.HolidayOverride.id,
        models.HolidayOverride.day,
        models.HolidayOverride.is_holiday,
        models.HolidayOverride.province_code.label("province"),
    ).order_by(models.HolidayOverride.day, models.HolidayOverride.id),
    Holiday,
)


async def in_full(reading: Reading) -> Policy:
    return Policy(
        tuple(await PROTOCOLS.all(reading)),
        tuple(await YEARS.all(reading)),
        tuple(await CLOSURES.all(reading)),
        tuple(await HOLIDAYS.all(reading)),
        await numbers.in_order(reading),
    )


async def checked_again(reading: Reading, day: date) -> Slot | None:
    """The first check of a child who is found out of school on this day, as the protocol says that is in force then."""
    found = in_force(await PROTOCOLS.all(reading), AnchorKind.OUT_OF_SCHOOL, day)
    slots = [slot for protocol in found for slot in protocol.slots if slot.months or slot.days]
    return min(slots, key=lambda slot: (slot.months, slot.days), default=None)


def fingerprint(policy: Policy) -> bytes:
    """The same for the same policy, and for no other."""
    return hashlib.sha256(msgspec.json.encode(policy)).digest()


def calendar_for(policy: Policy, household: Household) -> Calendar:
    """When schools are open where the family lives: what was due before it moved stays as the schools were there."""
    found = calendar_of(policy, household.province)
    for move in reversed(household.moves):
        found = followed_by(calendar_of(policy, move.province), move.on, found)
    return found


def calendar_of(policy: Policy, province: str | None) -> Calendar:
    """When schools of this province are open; what is said of the province goes before what is said of all."""
    shut = tuple(one.vacation for one in policy.closures if one.province in {None, province})
    days = {one.day: one.is_holiday for one in policy.holidays if one.province is None}
    days |= {one.day: one.is_holiday for one in policy.holidays if one.province == province}
    week = tuple(one for one in policy.numbers if one.key is NumberKey.SCHOOL_DAYS_A_WEEK)
    return _built(policy.years, shut, tuple(sorted(days.items())), week)


@lru_cache(maxsize=64)
def _built(
    years: tuple[SchoolYear, ...],
    vacations: tuple[Vacation, ...],
    overrides: tuple[tuple[date, bool], ...],
    week: tuple[PolicyNumber, ...],
) -> Calendar:
    """Provinces of which nothing is said of their own share one."""
    shut = set(public_holidays(years))
    shut |= {day for day, is_holiday in overrides if is_holiday}
    shut -= {day for day, is_holiday in overrides if not is_holiday}
    return calendar(years, Numbers(week), vacations, shut)


def public_holidays(years: Iterable[SchoolYear], language: str = "en_US") -> dict[date, str]:
    """The published list over these school years, with their names in a language."""
    spanned = {day.year for year in years for day in (year.starts_on, year.ends_on)}
    return dict(holidays.country_holidays(COUNTRY, years=sorted(spanned), language=language))
