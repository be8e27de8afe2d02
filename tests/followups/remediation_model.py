"""Who is out of child labour, once more: from what the domain says, and from nothing of the code.

"Remediated: two in-person visits, child seen, 90–200 days apart, not in child labour and in education (or 15+ in decent
work or training), with no contrary observation between." Contrary is that they work too much, are out of school, or are
missing; and once more it takes that they were found in child labour since.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from livelihood.followups.rules.facts import Mode
from livelihood.observations.rules import Work
from tests.followups.alert_model import Alert, is_alarm
from tests.followups.confirmation_model import learns, vouches, was_there, works_well
from tests.followups.lives import GROWN, Found, Life, Visited


def remediated(life: Life, child: UUID, alerts: Collection[Alert]) -> list[date]:
    """On which days, as far as the records say now."""
    who, mine = (
        life.children[child],
        [one for one in life.of(child) if life.children[child].age(one.day) < GROWN],
    )
    missing = {
        one.opened_on
        for one in alerts
        if one.kind == "missing_child"
        and one.child == child
        and one.because not in {"corrected", "facts_changed"}
    }
    labour = sorted({one.day for one in mine if is_labour(one, who.age(one.day))})
    contrary = {*missing, *labour}
    for day in {one.day for one in mine}:
        of_day = [one for one in mine if one.day == day]
        out = any(learns(one) is False for one in of_day)
        lawful = who.age(day) >= 15 and works_well(of_day) and not any(one.gone for one in of_day)
        if any(is_alarm(one) for one in of_day) or (out and not lawful):
            contrary.add(day)
    well = [
        day for day in sorted({one.day for one in mine}) if is_well(life, child, day) and day not in contrary
    ]
    found: list[date] = []
    for number, start in enumerate(labour):
        end = labour[number + 1] if number + 1 < len(labour) else date.max
        pairs = [
            later
            for later in well
            for first in well
            if start < first < later < end
            and 90 <= (later - first).days <= 200
            and not any(first <= day <= later for day in contrary)
        ]
        found += [min(pairs)] if pairs else []
    return found


def is_labour(found: Found, age: int) -> bool:
    said = found.details
    if not isinstance(said, Work):
        return False
    bar = 1 if 5 <= age <= 11 else 14 if 12 <= age <= 14 else 43 if age >= 15 else 10_000
    return (said.economic_hours or 0) >= bar or (age < 15 and age >= 5 and (said.chore_hours or 0) >= 21)


def is_well(life: Life, child: UUID, day: date) -> bool:
    """Seen that day by somebody who was there, who asked of their work and of what they learn."""
    age = life.children[child].age(day)
    in_person = [one for one in life.of(child) if one.day == day and one.visit.mode is Mode.IN_PERSON]
    asked = any(
        isinstance(one.details, Work)
        and one.details.economic_hours is not None
        and (one.details.chore_hours is not None or not 5 <= age <= 14)
        for one in in_person
    )
    seen = any(vouches(one) for one in in_person) or any(
        one.day == day and was_there(one, child) for one in life.log if isinstance(one, Visited)
    )
    learning = any(learns(one) for one in in_person)
    return seen and asked and (learning or (age >= 15 and works_well(in_person)))
