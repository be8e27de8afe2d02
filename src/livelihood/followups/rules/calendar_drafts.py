"""Whether a change to the school calendar holds together: every fault, as a sentence beside its field."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from livelihood.errors import FieldError, say
from livelihood.followups.rules.calendar import Calendar, SchoolYear, is_weekend
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.policy import (
    Change,
    Closure,
    ClosureSet,
    Holiday,
    HolidaySet,
    Policy,
    YearSet,
    changed,
)

LONGEST_YEAR = 400
KEY = re.compile(r"(20[0-9]{2})/([0-9]{2})", re.ASCII)

CalendarOf = Callable[[Policy, str | None], Calendar]


def key_of(first: int) -> str:
    """The school year that begins in this one or, delayed, in the next: 2026 is "2026/27"."""
    return f"{first}/{(first + 1) % 100:02d}"


def first_of(key: str) -> int:
    return int(key[:4])


def year_faults(policy: Policy, change: YearSet, calendar_of: CalendarOf) -> list[FieldError]:
    found = [*_year(policy, change.year), *_terms(change.year)]
    if not found:
        # Where terms are said, it is between them that the days were lost.
        last = f"terms.{len(change.year.terms) - 1}.ends_on" if change.year.terms else "ends_on"
        found += [
            *_closures_left(policy, change.year),
            *_without_school(policy, change, calendar_of, last),
        ]
    return found


def closure_faults(policy: Policy, change: ClosureSet, calendar_of: CalendarOf) -> list[FieldError]:
    """A closure that is over is taken too. Floods are heard of afterwards, and on such days nobody could have found a child
    at school: a check that lies in them is no longer missed for having been asked of a shut school. What visits answered,
    which alerts stand, and who was told what stays as it was; the rest is what the preview shows.
    """
    found = list(_closure(policy, change.closure))
    return found or list(_without_school(policy, change, calendar_of, "ends_on"))


def holiday_faults(
    policy: Policy, change: HolidaySet, listed: Mapping[date, str], calendar_of: CalendarOf
) -> list[FieldError]:
    """`listed` are the public holidays as they are published."""
    found = list(_holiday(policy, change.holiday, listed))
    return found or list(_without_school(policy, change, calendar_of, "day"))


def _year(policy: Policy, year: SchoolYear) -> Iterator[FieldError]:
    matched = KEY.fullmatch(year.key)
    if matched is None or key_of(first_of(year.key)) != year.key:
        yield FieldError("key", say("{key} is no school year. Write it as in 2026/27.", key=year.key[:20]))
        return
    if year.starts_on.year not in {first_of(year.key), first_of(year.key) + 1}:
        yield FieldError(
            "starts_on",
            say(
                "The school year {key} cannot begin on {day}. Choose a day in one of its two years.",
                key=year.key,
                day=year.starts_on,
            ),
        )
    if year.ends_on <= year.starts_on:
        yield FieldError(
            "ends_on",
            say("The last day is not after the first, {day}. Choose a later one.", day=year.starts_on),
        )
    elif (year.ends_on - year.starts_on).days > LONGEST_YEAR:
        yield FieldError(
            "ends_on", say("A school year of more than thirteen months is none. Choose an earlier last day.")
        )
    for other in policy.years:
        if other.key != year.key and other.starts_on <= year.ends_on and year.starts_on <= other.ends_on:
            before = other.starts_on < year.starts_on
            yield FieldError(
                "starts_on" if before else "ends_on",
                say(
                    "The school year {other} lasts from {first} to {last}. Let this one begin after it, or end before "
                    "it.",
                    other=other.key,
                    first=other.starts_on,
                    last=other.ends_on,
                ),
            )


def _terms(year: SchoolYear) -> Iterator[FieldError]:
    for row, term in enumerate(year.terms):
        if term.ends_on < term.starts_on:
            yield FieldError(
                f"terms.{row}.ends_on",
                say("The term ends before it begins, {day}. Choose a later day.", day=term.starts_on),
            )
        for field, day in (("starts_on", term.starts_on), ("ends_on", term.ends_on)):
            if not year.starts_on <= day <= year.ends_on:
                yield FieldError(
                    f"terms.{row}.{field}",
                    say(
                        "{day} is outside the school year, {first} to {last}. Choose a day within it.",
                        day=day,
                        first=year.starts_on,
                        last=year.ends_on,
                    ),
                )
        for other in year.terms[:row]:
            if other.starts_on <= term.ends_on and term.starts_on <= other.ends_on:
                yield FieldError(
                    f"terms.{row}.starts_on",
                    say(
                        "This term runs into the one from {first} to {last}. Let them follow each other.",
                        first=other.starts_on,
                        last=other.ends_on,
                    ),
                )


def _closures_left(policy: Policy, year: SchoolYear) -> Iterator[FieldError]:
    """What was shut within the year as it was, and would now lie in no year at all."""
    before = next((one for one in policy.years if one.key == year.key), None)
    for closure in policy.closures:
        if before and _within(closure, before) and not _within(closure, year):
            field = "starts_on" if closure.starts_on < year.starts_on else "ends_on"
            yield FieldError(
                field,
                say(
                    "Schools are said to be shut from {first} to {last}, which would lie outside the year. Change or "
                    "remove that closure first.",
                    first=closure.starts_on,
                    last=closure.ends_on,
                ),
            )


def _within(closure: Closure, year: SchoolYear) -> bool:
    return year.starts_on <= closure.starts_on and closure.ends_on <= year.ends_on


def _closure(policy: Policy, closure: Closure) -> Iterator[FieldError]:
    if closure.ends_on < closure.starts_on:
        yield FieldError(
            "ends_on",
            say("The last day is before the first, {day}. Choose a later one.", day=closure.starts_on),
        )
        return
    if not any(_within(closure, year) for year in policy.years):
        holding = next(
            (one for one in policy.years if one.starts_on <= closure.starts_on <= one.ends_on), None
        )
        if holding is None:
            yield FieldError(
                "starts_on",
                say(
                    "{day} lies in no school year, so schools are shut anyway. Choose a day within one, or add the "
                    "school year first.",
                    day=closure.starts_on,
                ),
            )
        else:
            yield FieldError(
                "ends_on",
                say(
                    "The school year {key} ends on {day}. Let the closure end by then.",
                    key=holding.key,
                    day=holding.ends_on,
                ),
            )
    for other in policy.closures:
        if (
            other.id != closure.id
            and other.province == closure.province
            and other.starts_on <= closure.ends_on
            and closure.starts_on <= other.ends_on
        ):
            yield FieldError(
                "starts_on",
                say(
                    "Schools are said to be shut from {first} to {last} already. Change that closure instead.",
                    first=other.starts_on,
                    last=other.ends_on,
                ),
            )


def _holiday(policy: Policy, holiday: Holiday, listed: Mapping[date, str]) -> Iterator[FieldError]:
    day = holiday.day
    if not any(year.starts_on <= day <= year.ends_on for year in policy.years):
        yield FieldError(
            "day",
            say("{day} lies in no school year, so it changes nothing. Choose a day within one.", day=day),
        )
        return
    if is_weekend(day, Numbers(policy.numbers)):
        yield FieldError(
            "day",
            say(
                "{day} is a day of the week without school anyway. Choose one on which schools are open.",
                day=day,
            ),
        )
        return
    if any(
        one.id != holiday.id and one.day == day and one.province == holiday.province
        for one in policy.holidays
    ):
        yield FieldError(
            "day", say("Something is said of {day} already. Change that instead of adding to it.", day=day)
        )
        return
    everywhere = {
        one.day: one.is_holiday for one in policy.holidays if one.province is None and one.id != holiday.id
    }
    is_holiday = everywhere.get(day, day in listed) if holiday.province else day in listed
    if holiday.is_holiday and is_holiday:
        yield FieldError("day", say("{day} is a public holiday already. Nothing needs to be said.", day=day))
    if not holiday.is_holiday and not is_holiday:
        yield FieldError("day", say("{day} is no public holiday, so schools are open anyway.", day=day))


def _without_school(
    policy: Policy, change: Change, calendar_of: CalendarOf, field: str
) -> Iterator[FieldError]:
    """A year in which schools are never open, in any province, is a slip: no check of it could be made at a school."""
    after = changed(policy, change)
    provinces = {None, *(one.province for one in after.closures), *(one.province for one in after.holidays)}
    for province in sorted(provinces, key=str):
        calendar = calendar_of(after, province)
        for year in calendar.years:
            if calendar.count(year.starts_on, year.ends_on) == 0:
                yield FieldError(
                    field,
                    say(
                        "The school year {key} would have no school day left. Leave some days open.",
                        key=year.key,
                    ),
                )
                return
