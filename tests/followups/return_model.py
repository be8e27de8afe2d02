"""Who was away is checked on the return: once more, from what the domain says and from the days of anchors alone.

"Seasonal migration: `away_until` and a check on return." A check stands on its own day, as the calendar puts it, or on
a return; what waits for a return is answered by what was found on that day or later.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from livelihood.followups.rules.policy import Policy
from tests.followups.confirmation_model import there_on
from tests.followups.lives import Life
from tests.followups.plan_model import OF_A_CHILD, Schools

DAY = timedelta(days=1)


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


def own_days(row: Any, anchored_on: date, policy: Policy) -> Iterator[date]:
    """On which day the check would be by any version of its protocol, but for schools and for who is away; nothing of
    what counts from the school years.
    """
    for slot in (
        one for version in policy.protocols if version.key == row["protocol"] for one in version.slots
    ):
        start = months_later(anchored_on, slot.months) + timedelta(days=slot.days)
        number = row["slot"].removeprefix(f"{slot.key}_")
        if slot.since == "anchor" and not slot.every_days and slot.key == row["slot"]:
            yield start
        elif slot.every_days and number.isdecimal() and row["slot"] != number:
            yield start + timedelta(days=slot.every_days * int(number))


def what_moved_waits_for_the_return(
    rows: Iterable[Any], anchors: Mapping[UUID, date], life: Life, schools: Schools, policy: Policy
) -> int:
    """Of the checks of one family; says how many wait for a return."""
    found = 0
    for row in rows:
        anchored_on = anchors.get(row["anchor_id"])
        if anchored_on is None or row["planned_purpose"] not in OF_A_CHILD or row["provisional"]:
            continue
        own = list(own_days(row, anchored_on, policy))
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
