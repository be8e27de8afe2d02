"""A school year at a glance: months of days, each of one kind."""

from calendar import Calendar as Weeks
from datetime import date
from enum import StrEnum

import msgspec

from livelihood.followups.rules.ages import add_months
from livelihood.followups.rules.calendar import Calendar, SchoolYear, is_weekend
from livelihood.followups.rules.numbers import Numbers

MONDAY_FIRST = Weeks(0)


class DayKind(StrEnum):
    HOLIDAY = "holiday"
    OUTSIDE = "outside"
    SCHOOL = "school"
    SHUT = "shut"
    WEEKEND = "weekend"


class Day(msgspec.Struct, frozen=True):
    on: date
    kind: DayKind


class Month(msgspec.Struct, frozen=True):
    """Weeks from Monday; None where a day belongs to another month."""

    first: date
    weeks: list[list[Day | None]]
    school_days: int
    holidays: list[date]


def year_at_a_glance(calendar: Calendar, year: SchoolYear, numbers: Numbers) -> list[Month]:
    months: list[Month] = []
    first = year.starts_on.replace(day=1)
    while first <= year.ends_on:
        weeks = [
            [_day(calendar, year, on, numbers) if on.month == first.month else None for on in week]
            for week in MONDAY_FIRST.monthdatescalendar(first.year, first.month)
        ]
        days = [day for week in weeks for day in week if day]
        months.append(
            Month(
                first,
                weeks,
                sum(day.kind is DayKind.SCHOOL for day in days),
                [day.on for day in days if day.kind is DayKind.HOLIDAY],
            )
        )
        first = add_months(first, 1)
    return months


def _day(calendar: Calendar, year: SchoolYear, on: date, numbers: Numbers) -> Day:
    if not year.starts_on <= on <= year.ends_on:
        kind = DayKind.OUTSIDE
    elif calendar.on_vacation(on):
        kind = DayKind.SHUT
    elif is_weekend(on, numbers):
        kind = DayKind.WEEKEND
    else:
        kind = DayKind.SCHOOL if calendar.is_school_day(on) else DayKind.HOLIDAY
    return Day(on, kind)
