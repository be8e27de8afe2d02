"""When schools are open: years, vacations and holidays as data, never a formula."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import msgspec

from livelihood.followups.rules.numbers import NumberKey, Numbers

DAY = timedelta(days=1)


class Term(msgspec.Struct, frozen=True):
    starts_on: date
    ends_on: date


class SchoolYear(msgspec.Struct, frozen=True):
    """From the first to the last day of school; `key` as in "2026/27". Between its terms schools are shut."""

    key: str
    starts_on: date
    ends_on: date
    terms: tuple[Term, ...] = ()

    def between_terms(self) -> Iterator["Vacation"]:
        if not self.terms:
            return
        shut_from = self.starts_on
        for term in sorted(self.terms, key=lambda term: term.starts_on):
            if shut_from < term.starts_on:
                yield Vacation(shut_from, term.starts_on - DAY)
            shut_from = term.ends_on + DAY
        if shut_from <= self.ends_on:
            yield Vacation(shut_from, self.ends_on)


class Vacation(msgspec.Struct, frozen=True):
    """Schools shut within a year: the break around Khmer New Year, a flood, an epidemic."""

    starts_on: date
    ends_on: date


class Calendar(msgspec.Struct, frozen=True):
    """`school_days` in order; build it with `calendar()`."""

    years: tuple[SchoolYear, ...]
    vacations: tuple[Vacation, ...]
    school_days: tuple[date, ...]

    def covers(self, day: date) -> bool:
        """Whether anything is known of this day; outside of the years known, plans are provisional."""
        return bool(self.years) and self.years[0].starts_on <= day <= self.years[-1].ends_on

    def on_vacation(self, day: date) -> bool:
        """Whether schools are shut for longer than a holiday or a weekend: a vacation, or between two years."""
        return not any(year.starts_on <= day <= year.ends_on for year in self.years) or any(
            vacation.starts_on <= day <= vacation.ends_on for vacation in self.vacations
        )

    def year_of(self, day: date) -> SchoolYear | None:
        return next((year for year in self.years if year.starts_on <= day <= year.ends_on), None)

    def is_school_day(self, day: date) -> bool:
        place = bisect_left(self.school_days, day)
        return place < len(self.school_days) and self.school_days[place] == day

    def first_school_day(self, day: date) -> date | None:
        """This day or the next one with schools open before any vacation; None where a vacation comes first."""
        while self.covers(day) and not self.on_vacation(day):
            if self.is_school_day(day):
                return day
            day += DAY
        return None

    def a_year_ended(self, after: date, by: date) -> bool:
        """Whether a school year came to its end between the two days."""
        return any(after <= year.ends_on < by for year in self.years)

    def count(self, opens_on: date, closes_on: date) -> int:
        """School days from the one day to the other, both included."""
        return bisect_right(self.school_days, closes_on) - bisect_left(self.school_days, opens_on)

    def nth_school_day(self, opens_on: date, number: int) -> date | None:
        """The day by which so many school days have passed; None beyond the last year known."""
        place = bisect_left(self.school_days, opens_on) + number - 1
        return self.school_days[place] if place < len(self.school_days) else None


def followed_by(before: Calendar, day: date, after: Calendar) -> Calendar:
    """The one until that day, the other from then on: of a family that has moved to another province."""
    breaks = [
        Vacation(one.starts_on, min(one.ends_on, day - DAY))
        for one in before.vacations
        if one.starts_on < day
    ]
    breaks += [
        Vacation(max(one.starts_on, day), one.ends_on) for one in after.vacations if one.ends_on >= day
    ]
    open_before = before.school_days[: bisect_left(before.school_days, day)]
    open_after = after.school_days[bisect_left(after.school_days, day) :]
    return Calendar(
        after.years,
        tuple(sorted(breaks, key=lambda vacation: vacation.starts_on)),
        open_before + open_after,
    )


def is_weekend(day: date, numbers: Numbers) -> bool:
    """Weeks begin on Monday; how many days of one schools are open is policy."""
    return day.weekday() >= numbers.on(NumberKey.SCHOOL_DAYS_A_WEEK, day)


def calendar(
    years: Iterable[SchoolYear],
    numbers: Numbers,
    vacations: Iterable[Vacation] = (),
    holidays: Iterable[date] = (),
) -> Calendar:
    """The days of the week that schools are open, within the years and their terms, outside of vacations and holidays."""
    shut = frozenset(holidays)
    in_order = tuple(sorted(years, key=lambda year: year.starts_on))
    between = (one for year in in_order for one in year.between_terms())
    breaks = tuple(sorted((*vacations, *between), key=lambda vacation: vacation.starts_on))
    open_days: list[date] = []
    for year in in_order:
        day = year.starts_on
        while day <= year.ends_on:
            on_break = any(one.starts_on <= day <= one.ends_on for one in breaks)
            if day not in shut and not on_break and not is_weekend(day, numbers):
                open_days.append(day)
            day += DAY
    return Calendar(in_order, breaks, tuple(open_days))
