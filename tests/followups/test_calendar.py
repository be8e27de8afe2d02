"""When schools are open, and where a school check falls."""

from datetime import date, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.followups.rules.ages import add_months, age_on, turns
from livelihood.followups.rules.calendar import Vacation, calendar
from livelihood.followups.rules.facts import Household, Member
from livelihood.followups.rules.protocols import Purpose
from livelihood.households.rules import BirthPrecision
from tests.followups.families import (
    BREAKS,
    CALENDAR,
    DAYS,
    HOLIDAYS,
    NUMBERS,
    YEARS,
    at,
    child,
    families,
    family,
    grant,
    of,
    plan,
)


@pytest.mark.parametrize(
    ("day", "months", "then"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 8, 31), 3, date(2026, 11, 30)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_clamp_to_the_last_day(day: date, months: int, then: date) -> None:
    assert add_months(day, months) == then


@given(st.dates(date(2000, 1, 1), date(2040, 1, 1)), st.integers(0, 240))
def test_months_land_in_the_right_month_and_never_drift(day: date, months: int) -> None:
    then = add_months(day, months)
    assert (then.year * 12 + then.month) - (day.year * 12 + day.month) == months
    assert then.day == day.day or (then.day < day.day and add_months(then, 1).month != then.month)


@pytest.mark.parametrize(
    ("precision", "fifteen_on"),
    [
        (BirthPrecision.DAY, date(2025, 5, 20)),
        (BirthPrecision.MONTH, date(2025, 5, 31)),
        (BirthPrecision.YEAR, date(2025, 12, 31)),
        (BirthPrecision.ESTIMATED, date(2025, 12, 31)),
    ],
)
def test_someone_is_as_old_as_their_latest_possible_birthday(
    precision: BirthPrecision, fifteen_on: date
) -> None:
    who = Member(child().id, date(2010, 5, 20), precision)
    assert turns(who, 15) == fifteen_on
    assert age_on(who, fifteen_on) == 15
    assert age_on(who, date(2025, 5, 19)) == 14


def test_a_check_on_a_holiday_or_weekend_moves_forward() -> None:
    # 1 May 2026 is a Friday and a holiday; the next school day is Monday, the 4th.
    month_1 = of(plan(family(child(), anchors=(grant(date(2026, 4, 1)),)), date(2026, 4, 1)), "month_1")
    assert month_1.due_on == date(2026, 5, 4)
    assert month_1.purpose is Purpose.SCHOOL
    assert month_1.opens_on == date(2026, 4, 20)


def test_a_window_that_a_vacation_eats_stays_open_for_ten_school_days() -> None:
    # Month 1 of a grant of 22 March is due on 22 April, just after the break of 5 to 20 April.
    month_1 = of(plan(family(child(), anchors=(grant(date(2026, 3, 22)),)), date(2026, 3, 22)), "month_1")
    assert month_1.opens_on == date(2026, 4, 8)
    assert CALENDAR.count(month_1.opens_on, month_1.closes_on) == 11
    day_before = of(plan(family(child(), anchors=(grant(date(2026, 3, 21)),)), date(2026, 3, 21)), "month_1")
    assert CALENDAR.count(day_before.opens_on, day_before.closes_on) == 10


def test_a_check_inside_a_vacation_becomes_a_home_check() -> None:
    # Two months after 10 August is 10 October, between two school years.
    found = plan(family(child(), anchors=(grant(date(2026, 8, 10)),)), date(2026, 8, 10))
    month_2 = of(found, "month_2")
    assert (month_2.purpose, month_2.due_on) == (Purpose.HOME, date(2026, 10, 10))
    assert not month_2.provisional


def test_a_weekend_that_ends_the_school_year_does_not_move_a_check_across_the_vacation() -> None:
    # 30 and 31 August 2025 are a weekend and the last days of the school year.
    month_1 = of(plan(family(child(), anchors=(grant(date(2025, 7, 30)),)), date(2025, 8, 1)), "month_1")
    assert (month_1.purpose, month_1.due_on) == (Purpose.HOME, date(2025, 8, 30))


def test_beyond_the_last_school_year_checks_are_unshifted_and_provisional() -> None:
    found = plan(family(child(), anchors=(grant(date(2029, 3, 3)),)), date(2029, 3, 3))
    month_12 = of(found, "month_12")
    assert month_12.provisional
    assert month_12.due_on == date(2030, 3, 3)


def test_every_school_year_in_the_plan_has_a_re_enrolment_check_in_weeks_two_to_four() -> None:
    found = plan(family(child(), anchors=(grant(date(2025, 12, 1)),)), date(2025, 12, 1))
    checks = [one for one in found.follow_ups if one.slot.startswith("re_enrolment")]
    assert [one.slot for one in checks] == ["re_enrolment_2026/27", "re_enrolment_2027/28"]
    assert (checks[0].opens_on, checks[0].closes_on) == (date(2026, 11, 9), date(2026, 11, 29))


@given(families(), DAYS, st.integers(1, 40))
@settings(max_examples=80, deadline=None)
def test_a_closure_of_days_that_are_over_takes_nothing_back(
    household: Household, day: date, days: int
) -> None:
    """Neither an alert, nor that somebody was told; and a visit that answered a check answers as many still."""
    today = max([day, *(one.happened_on for one in household.visits)]) + timedelta(days=400)
    before = plan(household, today)
    told = msgspec.structs.replace(
        household,
        happened=tuple(msgspec.structs.replace(one, recorded_at=at(today)) for one in before.consequences),
    )
    shut = calendar(YEARS, NUMBERS, (*BREAKS, Vacation(day, day + timedelta(days=days))), HOLIDAYS)
    after = plan(told, today, shut)
    assert after.alerts == before.alerts
    assert {one.id for one in before.consequences} <= {one.id for one in after.consequences}
    done = {one.id for one in before.follow_ups if one.settled_by}
    assert done <= {one.id for one in after.follow_ups if one.settled_by}
