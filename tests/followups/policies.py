"""Drafts of policy, previewed and put into force, for tests."""

import re
from typing import Any
from uuid import UUID

from livelihood.binding import bind
from livelihood.clock import Clock
from livelihood.followups import previewing
from livelihood.followups.queries import previews
from livelihood.followups.reconcile import tick
from livelihood.followups.rules.consequences import Level
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.rules.previews import Counts
from livelihood.followups.schemas_policy import (
    ClosureIn,
    HolidayIn,
    NumberIn,
    PreviewOut,
    VersionIn,
    YearIn,
)
from livelihood.followups.service import policy
from tests.support.world import Person, World

FIELD = re.compile(r'<input type="[^"]*" (?:id="[^"]+" )?name="([^"]+)" value="([^"]*)"')
CHOSEN = re.compile(r'<select id="[^"]+" name="([^"]+)".*?<option value="([^"]*)" selected>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
ROWS = "SELECT f.*, h.village_code FROM follow_ups f JOIN households h ON h.id = f.household_id"


def slot(months: int = 0, days: int = 0, before: int = 14, after: int = 14, **more: Any) -> dict[str, Any]:
    return {"months": months, "days": days, "before": before, "after": after, **more}


def version(effective_from: str, *slots: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The body of a draft of `school_retention`; without slots, one check fewer than the version before."""
    kept = [slot(1), slot(2), slot(3), *(slot(month, after=30) for month in (6, 9, 12, 18))]
    yearly = slot(days=14, before=7, after=13, since="school_year")
    return {
        "based_on": 1,
        "effective_from": effective_from,
        "source": "Decided by the programme board",
        "from_age": 6,
        "to_age": 17,
        "slots": list(slots) or [*kept, yearly],
        **more,
    }


def closure(starts_on: str, ends_on: str, **more: Any) -> dict[str, Any]:
    return {
        "name": "Flood",
        "starts_on": starts_on,
        "ends_on": ends_on,
        "source": "Provincial office",
        **more,
    }


async def drafted(world: World, person: Person, kind: str, body: dict[str, Any], clock: Clock) -> UUID:
    """Asks for the preview; `kind` is a protocol's key, a number's, `closure`, `holiday`, or a school year's first."""
    async with world.work(person) as uow:
        if kind == "closure":
            return await policy.draft_closure(uow, bind(ClosureIn, body, typed=True), clock=clock)
        if kind == "holiday":
            return await policy.draft_holiday(uow, bind(HolidayIn, body, typed=True), clock=clock)
        if kind in set(NumberKey):
            return await policy.draft_number(uow, kind, bind(NumberIn, body, typed=True), clock=clock)
        if kind.isdecimal():
            return await policy.draft_year(uow, int(kind), bind(YearIn, body, typed=True), clock=clock)
        return await policy.draft_version(uow, kind, bind(VersionIn, body, typed=True), clock=clock)


async def previewed(world: World, person: Person, preview_id: UUID, clock: Clock) -> PreviewOut:
    await previewing.tick(world.worker, clock, batch=2)
    async with world.read(person) as reads:
        return await previews.one(reads, preview_id, clock=clock)


async def in_force(world: World, person: Person, preview_id: UUID, clock: Clock) -> None:
    """And the workers have done the rest."""
    async with world.work(person) as uow:
        await policy.put_into_force(uow, preview_id, clock=clock)
    await tick(world.worker, clock)


async def stored(world: World) -> dict[Any, dict[str, Any]]:
    return {row["id"]: dict(row) for row in await world.owner_rows(ROWS)}


async def stands(world: World) -> dict[str, dict[Any, dict[str, Any]]]:
    """Everything that is derived from policy: follow-ups, open alerts, and what was told."""
    return {
        "follow_ups": await stored(world),
        "alerts": {
            row["id"]: dict(row)
            for row in await world.owner_rows("SELECT * FROM alerts WHERE closed_on IS NULL")
        },
        "told": {
            row["id"]: dict(row)
            for row in await world.owner_rows(
                "SELECT * FROM consequences WHERE kind = ANY ($1)", [level.value for level in Level]
            )
        },
    }


def difference(
    before: dict[str, dict[Any, dict[str, Any]]], after: dict[str, dict[Any, dict[str, Any]]]
) -> list[Counts]:
    """By office, as a preview counts it."""

    def differing(table: str) -> dict[Any, dict[str, Any]]:
        was, will = before[table], after[table]
        keys = was.keys() | will.keys()
        if table != "follow_ups":
            keys = was.keys() ^ will.keys()
        return {
            key: will.get(key) or was[key]
            for key in keys
            if was.get(key) != will.get(key) and not (_idle(was.get(key)) and _idle(will.get(key)))
        }

    rows = {table: differing(table) for table in before}
    found: list[Counts] = []
    for office in sorted({row["office_id"] for one in rows.values() for row in one.values()}):
        mine = {
            table: {key: row for key, row in one.items() if row["office_id"] == office}
            for table, one in rows.items()
        }
        every = [row for one in mine.values() for row in one.values()]
        was, will = before["follow_ups"], after["follow_ups"]
        both = [(was[key], will[key]) for key in mine["follow_ups"] if key in was and key in will]
        aspects = [_aspects(*pair) for pair in both]
        found.append(
            Counts(
                office,
                len({row["household_id"] for row in every}),
                len({row["member_id"] for row in every if row["member_id"]}),
                sum("moved" in one for one in aspects),
                sum(key not in will for key in mine["follow_ups"]),
                sum(key not in was for key in mine["follow_ups"]),
                len(mine["told"]),
                sum(key in after["alerts"] for key in mine["alerts"]),
                sum(key in before["alerts"] for key in mine["alerts"]),
                to_home=sum("home" in one for one in aspects),
                to_school=sum("school" in one for one in aspects),
                lapses=sum("lapses" in one for one in aspects),
                otherwise=sum(not one for one in aspects),
            )
        )
    return found


def _idle(row: dict[str, Any] | None) -> bool:
    """Nobody has it to do: it is not there, or is cancelled."""
    return row is None or row.get("settled") == "cancelled"


def _aspects(was: dict[str, Any], will: dict[str, Any]) -> set[str]:
    """What a reader would call the difference between two rows that differ; nothing: none of these."""
    found = {will["purpose"]} if was["purpose"] != will["purpose"] else set[str]()
    if any(was[day] != will[day] for day in ("opens_on", "due_on", "closes_on")):
        return found | {"moved"}
    return found | {"lapses"} if was["lapses_on"] != will["lapses_on"] else found


def typed(html: str) -> dict[str, str]:
    """What the form on the page would send."""
    form = html[html.index('<form method="post" action="/p') :]
    found = {name: value for pattern in (FIELD, HIDDEN, CHOSEN) for name, value in pattern.findall(form)}
    return {name: value for name, value in found.items() if name != "next"}
