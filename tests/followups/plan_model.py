"""What holds of every check that is planned, whatever the protocols say: from what the domain says, and from nothing
of the code but the rows.

"Members aged 6–17 on the day of the slot, or as old as the protocol says, joiners and children turning 6 included. A school check falls on a working
day with schools open, and the window holds at least ten school days; a slot inside a vacation becomes a home check. A
check lapses on the day the next ordinary slot of the same plan, subject and purpose opens, but after it closed; for the
last one 90 days later. The extra check of a child out of school, in 14 days, is planned anew each time that the child is
found so again, where none stands; whoever sees the child makes good the one that is overdue. Seasonal migration: a check on return. Died, moved, turned 18, case closed: the rest is
cancelled."
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property, lru_cache
from itertools import groupby
from typing import Any
from uuid import UUID

import holidays

from livelihood.followups.rules.policy import Policy
from tests.followups.confirmation_model import there_on
from tests.followups.lives import AT_SCHOOL, GROWN, Life
from tests.followups.silence_model import Row, Window, answered, makes_good

DAY = timedelta(days=1)
PROVINCE = {"KPT": "06", "KMP": "07", "SVR": "20"}
OF_A_CHILD = frozenset({"school", "home"})
PUBLISHED = holidays.country_holidays("KH", years=range(2024, 2031))


@dataclass(frozen=True)
class Schools:
    """Those of one province, by the tables as they are now; of a family that moved, those of another one until then."""

    policy: Policy
    province: str
    until: date = date.min
    before: str = ""

    def where(self, day: date) -> str:
        return self.before if day < self.until else self.province

    def on_vacation(self, day: date) -> bool:
        return not any(year.starts_on <= day <= year.ends_on for year in self.policy.years) or any(
            one.starts_on <= day <= one.ends_on and one.province in {None, self.where(day)}
            for one in self.policy.closures
        )

    @cached_property
    def said(self) -> dict[date, bool]:
        """Days that differ from the published list; what is said of the province goes before what is said of all."""
        days = {one.day: one.is_holiday for one in self.policy.holidays if one.province is None}
        return days | {
            one.day: one.is_holiday for one in self.policy.holidays if one.province == self.where(one.day)
        }

    def are_open(self, day: date) -> bool:
        is_holiday = self.said.get(day, day in PUBLISHED)
        in_week = day.weekday() < self.number("school_days_a_week", day)
        return in_week and not is_holiday and not self.on_vacation(day)

    def number(self, key: str, day: date) -> int:
        known = sorted((one.effective_from, one.value) for one in self.policy.numbers if one.key == key)
        return max([known[0], *(one for one in known if one[0] <= day)])[1]

    def stay_shut(self, day: date) -> bool:
        """A vacation comes before the next day with schools open."""
        while not self.on_vacation(day):
            if self.are_open(day):
                return False
            day += DAY
        return True

    @cached_property
    def open_days(self) -> list[date]:
        first, last = self.policy.years[0].starts_on, self.policy.years[-1].ends_on
        days = (first + n * DAY for n in range((last - first).days + 1))
        return [day for day in days if self.are_open(day)]

    def days_open(self, first: date, last: date) -> int:
        return bisect_right(self.open_days, last) - bisect_left(self.open_days, first)


made = lru_cache(Schools)


def schools_of(policy: Policy, life: Life) -> Schools:
    if life.came_from and life.moved_on:
        return made(policy, PROVINCE[life.office], life.moved_on, PROVINCE[life.came_from])
    return made(policy, PROVINCE[life.office])


def everything_planned_holds(rows: Sequence[Any], lives: Iterable[Life], policy: Policy) -> None:
    """Of the stored checks of all families."""
    by_family = {life.id: life for life in lives}
    youngest: dict[str, int] = {}
    for one in policy.protocols:
        youngest[one.key] = min(one.from_age, youngest.get(one.key, AT_SCHOOL))
    for row in rows:
        life = by_family[row["household_id"]]
        if row["planned_purpose"] == "school":
            falls_on_a_school_day(row, schools_of(policy, life))
        if row["member_id"] and row["planned_purpose"] in OF_A_CHILD:
            child = life.children[row["member_id"]]
            # Whoever is followed is checked on a return.
            old_enough = child.turns(youngest.get(row["protocol"], 0))
            assert max(old_enough, child.joined_on) <= row["due_on"] < child.turns(GROWN)
    lapse_when_the_next_one_opens(rows)


def falls_on_a_school_day(row: Any, schools: Schools) -> None:
    if row["slot"].startswith("instead_"):
        # Of what a young person does instead of school no register can tell.
        assert row["purpose"] == "home"
    elif row["purpose"] == "home":
        assert schools.stay_shut(row["due_on"])
    elif not row["provisional"]:
        assert schools.are_open(row["due_on"])
        enough = schools.number("school_days_in_window", row["opens_on"])
        assert schools.days_open(row["opens_on"], row["closes_on"]) >= enough


def lapse_when_the_next_one_opens(rows: Sequence[Any]) -> None:
    def plan(row: Any) -> tuple[str, ...]:
        names = ("anchor_id", "protocol", "member_id", "planned_purpose")
        return *(str(row[name]) for name in names), str(begun_anew_on(row))

    for _, group in groupby(sorted(rows, key=plan), plan):
        mine = list(group)
        for row in mine:
            later = [one["opens_on"] for one in mine if one["due_on"] > row["due_on"]]
            after = row["closes_on"] + DAY
            if row["reminds"]:
                lapses = max(min(later), after) if later else row["closes_on"] + timedelta(days=90)
            else:
                lapses = after
            assert row["lapses_on"] == lapses


def begun_anew_on(row: Any) -> date | None:
    """The later finding from which an extra check counts."""
    _, _, day = row["slot"].partition("_on_")
    return date.fromisoformat(day) if day else None


def one_extra_check_stands(
    checks: Mapping[date, Window], raised: Collection[date], found: Iterable[date], life: Life, child: UUID
) -> None:
    """After each finding one stands, and never two. `checks`: by the day from which they count, the first of each;
    `raised`: the days of alerts; `found`: all findings of a child who is surely of the age for a check.
    """
    answers = answered(life, child)
    for day in checks:
        assert not any(one.stands(answers, day) for begun, one in checks.items() if begun < day)
    for day in found:
        stands = day in checks or any(
            one.stands(answers, day) for begun, one in checks.items() if begun < day
        )
        # What stood may have given way to that of the next alert.
        assert stands or any(begun > day for begun in checks.keys() & set(raised))
        assert day in checks or day not in raised or day < max(raised)


def what_was_answered_is_settled(rows: Mapping[UUID, Any], life: Life, windows: Iterable[Window]) -> None:
    """A check is settled by a day of its window if something of such a day answers it, and only then."""
    for one in windows:
        row = rows[one.check]
        is_answered = one.is_answered(answered(life, one.child))
        is_done = row["settled"] in {"done", "done_late"}
        assert is_done or not is_answered
        assert is_answered or not (is_done and row["settled_on"] <= one.closes_on)
        if row["anchor_kind"] == "out_of_school":
            overdue = (row["closes_on"] + DAY, row["lapses_on"] - DAY)
            assert is_done or not one.is_answered(makes_good(life, one.child), *overdue)


def nobody_is_looked_for_in_vain(
    rows: Sequence[Any],
    due: Iterable[Any],
    lives: Iterable[Life],
    board: Mapping[UUID, Row],
    anchored: Mapping[UUID, date],
    today: date,
) -> None:
    """Whoever is said to be away is to be checked on the return; whoever left, or was given up, is not to be checked.
    `anchored`: on which day each plan began; an extra check of a later finding begins with that.
    """
    by_family = {life.id: life for life in lives}
    begun = {
        row["id"]: begun_anew_on(row) or anchored[row["anchor_id"]]
        for row in rows
        if row["anchor_id"] in anchored
    }
    for row in rows:
        life = by_family[row["household_id"]]
        if row["member_id"] and row["planned_purpose"] in OF_A_CHILD:
            seen = there_on(life, row["member_id"])
            assert not life.is_away(row["member_id"], row["due_on"], row["closes_on"], seen)
    for one in due:
        life = by_family[one.household_id]
        assert not (life.closed_on and life.closed_on <= today)
        if one.member_id:
            assert not life.has_left(one.member_id, today)
            lost = board[one.member_id].lost_on if one.member_id in board else None
            # But by a plan that began since.
            assert lost is None or begun.get(one.id, date.max) > lost
    for row in rows:
        if row["because"] == "lost":
            days = [day for child, day in by_family[row["household_id"]].lost if child == row["member_id"]]
            assert begun.get(row["id"], date.min) <= max(days)
