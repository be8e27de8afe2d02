"""Who was away is checked on the return: once more, from what the domain says and from the days of anchors alone.

"Seasonal migration: `away_until` and a check on return." A check stands on its own day, as the calendar puts it, or on
a return; what waits for a return is answered by what was found on that day or later.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from livelihood.followups.rules.policy import Policy
from tests.followups.alert_model import followed_since
from tests.followups.confirmation_model import there_on
from tests.followups.lives import GROWN, Away, Bars, Child, Gap, Life
from tests.followups.plan_model import OF_A_CHILD, Schools

DAY = timedelta(days=1)


class Begun(NamedTuple):
    """What a plan counts from; `heard_on`: of what somebody found, when it was recorded."""

    on: date
    heard_on: date | None = None


def months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def on_the_calendar(day: date, purpose: str, schools: Schools) -> date:
    if purpose != "school" or schools.stay_shut(day):
        return day
    while not schools.are_open(day):
        day += DAY
    return day


def own_days(row: Any, begun: Begun, policy: Policy) -> Iterator[date]:
    """On which day the check would be by any version of its protocol, but for schools and for who is away; nothing of
    what counts from the school years. Of a finding that was heard of late from the day on which it was, where the check
    would have opened before.
    """
    for slot in (
        one for version in policy.protocols if version.key == row["protocol"] for one in version.slots
    ):
        start = months_later(begun.on, slot.months) + timedelta(days=slot.days)
        number = row["slot"].removeprefix(f"{slot.key}_")
        if slot.since == "anchor" and not slot.every_days and slot.key == row["slot"]:
            opened = begun.heard_on is not None and start - timedelta(days=slot.before) < begun.heard_on
            yield begun.heard_on + (start - begun.on) if opened and begun.heard_on else start
        elif slot.every_days and number.isdecimal() and row["slot"] != number:
            yield start + timedelta(days=slot.every_days * int(number))


def what_moved_waits_for_the_return(
    rows: Iterable[Any], anchors: Mapping[UUID, Begun], life: Life, schools: Schools, policy: Policy
) -> int:
    """Of the checks of one family; says how many wait for a return."""
    found = 0
    for row in rows:
        begun = anchors.get(row["anchor_id"])
        if begun is None or row["planned_purpose"] not in OF_A_CHILD or row["provisional"]:
            continue
        own = list(own_days(row, begun, policy))
        stands = {on_the_calendar(day, row["planned_purpose"], schools) for day in own}
        if not own or row["due_on"] in stands:
            continue
        seen = there_on(life, row["member_id"])
        returns = [
            back
            for one in life.times_away()
            if one.child in {None, row["member_id"]} and (back := one.back_on(seen)) <= row["due_on"]
        ]
        assert returns, row
        assert row["opens_on"] >= max(returns), row
        assert row["due_on"] == on_the_calendar(max(returns), row["planned_purpose"], schools), row
        if row["settled"] in {"done", "done_late"}:
            assert row["settled_on"] >= max(returns), row
        found += 1
    return found


def awaited(life: Life, child: UUID, bars: Bars) -> Iterator[tuple[Away | Gap, date]]:
    """Each time away after which the child is to be checked, with the day from which on: that of the return, or on which
    it was told of. To have been seen since they left, and before that day, was the check.
    """
    since = followed_since(life, child, bars)
    for one in life.times_away():
        begins = max(one.until, one.said_on, one.back_said_on)
        if one.child not in {None, child} or since is None or max(since, one.since + DAY) > one.until:
            continue
        if not any(one.since < day < begins for day in there_on(life, child)):
            yield one, begins


def on_every_return_there_is_a_check(rows: Iterable[Any], life: Life, schools: Schools, bars: Bars) -> int:
    """By some check of a child that opens then, or else by one that is there for it; says how many of these there are."""
    found = 0
    mine = [row for row in rows if row["member_id"] and row["planned_purpose"] in OF_A_CHILD]
    for child, who in life.children.items():
        of_child = [row for row in mine if row["member_id"] == child]
        extra = [row for row in of_child if row["anchor_kind"] == "return"]
        called = list(awaited(life, child, bars))
        assert len(extra) <= len({one.since for one, _ in called})
        seen = there_on(life, child)
        backs = {one.back_on(seen) for one in life.times_away() if one.child in {None, child}}
        for row in extra:
            days = {begins for _, begins in called} | backs
            assert row["opens_on"] in {on_the_calendar(day, "school", schools) for day in days}
            assert row["due_on"] == row["opens_on"]
            assert row["closes_on"] >= row["due_on"] + timedelta(days=14)
        for one, begins in called:
            day, last = _awaited_on(life, child, begins, schools, seen)
            if _is_a_child_there(who, last):
                # Of who came to the family meanwhile one may have heard when it had closed.
                came = who.joined_on > one.since
                assert any(
                    one.until <= row["opens_on"] <= last and (row["reminds"] or came) for row in of_child
                ), (one, day)
        found += len(extra)
    return found


def _awaited_on(life: Life, child: UUID, day: date, schools: Schools, seen: list[date]) -> tuple[date, date]:
    """Where they have left again by then, on the next return; with the day on which schools are open."""
    while True:
        due = on_the_calendar(day, "school", schools)
        closed = due + timedelta(days=14)
        later = [
            one.back_on(seen)
            for one in life.times_away()
            if one.child in {None, child} and one.said_on <= closed and one.since <= due < one.back_on(seen)
        ]
        if not later:
            return day, due
        day = max(later)


def _is_a_child_there(who: Child, day: date) -> bool:
    return who.joined_on <= day < who.turns(GROWN)
