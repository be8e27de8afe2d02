"""What a manager changes in two years, drawn at random within what a draft may say: protocols, closures, holidays,
numbers.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import msgspec

from livelihood.db.actor import Named
from livelihood.followups.queries import policy as policies
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.calendar_drafts import closure_faults, holiday_faults
from livelihood.followups.rules.number_drafts import number_faults
from livelihood.followups.rules.numbers import NumberKey, PolicyNumber
from livelihood.followups.rules.policy import Closure, ClosureSet, Holiday, HolidaySet, Policy
from livelihood.followups.rules.protocol_drafts import Draft, SlotDraft, faults, next_version
from livelihood.followups.rules.protocols import Protocol, Since
from livelihood.followups.service.policy import newest
from tests.followups.lives import Bars
from tests.followups.plan_model import begun_anew_on
from tests.followups.policies import closure, drafted, in_force, previewed
from tests.support.world import World

# Of every province, of Kampong Thom, of Svay Rieng.
PROVINCES = (None, "06", "20")
KINDS = (
    "school_retention",
    "school_retention",
    "high_risk",
    "extra_check",
    "business_support",
    "closure",
    "closure",
    "closure of a province",
    "closure of a province",
    "holidays",
    "holidays",
    "number",
    "number",
    "number",
    "number",
    "number",
    "number",
    "number",
)
NUMBERS = {
    "escalate_supervisor_days": (7, 20),
    "escalate_manager_days": (25, 40),
    "missing_after_failed_attempts": (2, 4),
    "attendance_bar_percent": (70, 90),
    "at_risk_days_in_a_row": (2, 5),
    "at_risk_days_in_a_month": (4, 7),
    "presumed_gone_days": (15, 26),
    "not_re_enrolled_days": (20, 60),
    "school_age_from": (5, 7),
    "school_days_a_week": (5, 6),
    "school_days_in_window": (5, 20),
}


@dataclass
class Changed:
    """What changed today; `version`: the new version of a protocol, and `before`, its checks until then."""

    version: Protocol | None = None
    before: Sequence[Any] = ()


def drawn(random: Random, days: int) -> dict[int, str]:
    """On which day something is changed, and what."""
    return dict(zip(random.sample(range(30, days - 60), len(KINDS)), KINDS, strict=True))


async def change(world: World, kind: str, random: Random, bars: Bars, today: date) -> Changed:
    """By the manager, through its preview; everybody whom it concerns is worked out again."""
    match kind:
        case "closure":
            await closed(world, random.choice(PROVINCES), random, today)
        case "closure of a province":
            await closed(world, random.choice(PROVINCES[1:]), random, today)
        case "holidays":
            await holidays(world, random, today)
        case "number":
            await number(world, random, bars, today)
        case _:
            changed = await version(world, kind, random, today)
            assert changed.version
            bars.ask(kind, changed.version.effective_from, changed.version.from_age)
            return changed
    return Changed()


async def policy_of(world: World) -> Policy:
    async with world.owner.read(Named("setup")) as reads:
        return await policies.in_full(reads)


async def put_in_force(world: World, kind: str, body: dict[str, Any]) -> None:
    manager = await world.person("manager")
    preview = await drafted(world, manager, kind, body, world.clock)
    await previewed(world, manager, preview, world.clock)
    await in_force(world, manager, preview, world.clock)


async def version(world: World, key: str, random: Random, today: date) -> Changed:
    before = newest(await policy_of(world), key)
    draft = draft_of(before, random, today)
    # Recurring checks come by themselves as days pass: as they are today, but for the change.
    await tick(world.worker, world.clock)
    stored = await checks_of(world, key)
    body = {
        "based_on": before.version,
        "effective_from": draft.effective_from.isoformat(),
        "source": draft.source,
        "from_age": draft.from_age,
        "to_age": draft.to_age,
        "slots": [msgspec.to_builtins(one) for one in draft.slots],
    }
    await put_in_force(world, key, body)
    return Changed(next_version(before, draft), stored)


def draft_of(before: Protocol, random: Random, today: date) -> Draft:
    """Any draft in which the rules find no fault."""
    while True:
        draft = Draft(
            effective_from=today + timedelta(days=random.choice([0, 0, 40, 90])),
            source="A test",
            slots=tuple(SLOTS[before.key](random)),
            from_age=random.choice([6, 3, 7]),
            to_age=random.choice([16, 17, 17]),
        )
        if not faults(before, draft, today):
            return draft


def _plan(random: Random) -> list[SlotDraft]:
    months = sorted(random.sample([1, 2, 3, 4, 6, 9, 12, 15, 18, 21, 24], random.randint(3, 7)))
    return [
        SlotDraft(month, random.randint(0, 9), random.randint(3, 20), random.randint(3, 32))
        for month in months
    ]


def _of_school(random: Random) -> list[SlotDraft]:
    yearly = SlotDraft(
        days=random.randint(7, 40), before=7, after=random.randint(5, 30), since=Since.SCHOOL_YEAR
    )
    return [*_plan(random), yearly] if random.random() < 0.7 else _plan(random)


def _of_risk(random: Random) -> list[SlotDraft]:
    every = random.choice([7, 10, 14, 21, 28])
    return [
        SlotDraft(
            before=random.randint(0, every // 2),
            after=random.randint(0, every // 2),
            every_days=every,
            times=random.randint(5, 30),
            ahead=random.randint(1, 3),
        )
    ]


def _extra(random: Random) -> list[SlotDraft]:
    return [SlotDraft(days=random.randint(7, 28), before=random.randint(0, 6), after=random.randint(3, 14))]


SLOTS = {
    "school_retention": _of_school,
    "business_support": _plan,
    "high_risk": _of_risk,
    "extra_check": _extra,
}


async def closed(world: World, province: str | None, random: Random, today: date) -> None:
    """Schools of one province or of all are shut for some weeks, or have been already; by some days at least."""
    policy = await policy_of(world)
    while True:
        first = today + timedelta(days=random.randint(-5, 120))
        draft = Closure(uuid4(), first, first + timedelta(days=random.randint(5, 40)), province)
        if not closure_faults(policy, ClosureSet(draft, "Flood", False, "A test"), policies.calendar_of):
            body = closure(draft.starts_on.isoformat(), draft.ends_on.isoformat())
            return await put_in_force(world, "closure", _of(province, body))


async def holidays(world: World, random: Random, today: date) -> None:
    """Days of mourning in one province or in all, each a change of its own; or one on which schools are open."""
    province = random.choice(PROVINCES)
    await holiday(world, province, random, today, is_holiday=True)
    await holiday(world, random.choice([None, province]), random, today, is_holiday=random.random() < 0.7)


async def holiday(
    world: World, province: str | None, random: Random, today: date, *, is_holiday: bool
) -> None:
    policy = await policy_of(world)
    listed = policies.public_holidays(policy.years)
    days = 120.0
    while True:
        # There are months without a holiday on which schools could be open all the same.
        day = today + timedelta(days=random.randint(1, int(days)))
        days += 0.2
        change = HolidaySet(Holiday(uuid4(), day, is_holiday, province), "Mourning", False, "A test")
        if not holiday_faults(policy, change, listed, policies.calendar_of):
            body = {
                "name": "Mourning",
                "day": day.isoformat(),
                "is_holiday": is_holiday,
                "source": "A test",
            }
            return await put_in_force(world, "holiday", _of(province, body))


def _of(province: str | None, body: dict[str, Any]) -> dict[str, Any]:
    return {**body, "province": province} if province else body


async def number(world: World, random: Random, bars: Bars, today: date) -> None:
    """From today on, or announced; not always another one than was announced for later."""
    policy = await policy_of(world)
    while True:
        key = random.choice(list(NUMBERS))
        value, day = random.randint(*NUMBERS[key]), today + timedelta(days=random.choice([0, 0, 0, 40]))
        if not number_faults(policy.numbers, PolicyNumber(NumberKey(key), day, value, "A test"), today):
            bars.change(key, day, value)
            body = {"effective_from": day.isoformat(), "value": value, "source": "A test"}
            return await put_in_force(world, key, body)


async def checks_of(world: World, key: str) -> Sequence[Any]:
    return await world.owner_rows(
        "SELECT id, anchor_id, member_id, slot, opens_on, due_on, closes_on FROM follow_ups WHERE protocol = $1 "
        "ORDER BY id",
        key,
    )


def what_had_opened_stays(before: Sequence[Any], after: Sequence[Any], new: Protocol) -> None:
    """A new version rewrites nothing that anybody was asked to do, and counts for all that opens from its day on; but
    for the one check of the old that may fill the gap between the two.
    """
    start = new.effective_from
    opened = [tuple(row) for row in before if row["opens_on"] < start]
    assert [tuple(row) for row in after if row["opens_on"] < start] == opened
    keys = tuple(slot.key for slot in new.slots)
    others = Counter(
        (row["anchor_id"], row["member_id"], begun_anew_on(row))
        for row in after
        if row["opens_on"] >= start and not row["slot"].startswith(keys)
    )
    assert not others or max(others.values()) == 1
