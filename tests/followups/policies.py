"""Drafts of policy, previewed and put into force, for tests."""

from typing import Any
from uuid import UUID

from livelihood.binding import bind
from livelihood.clock import Clock
from livelihood.followups import previewing
from livelihood.followups.queries import previews
from livelihood.followups.reconcile import tick
from livelihood.followups.schemas_policy import ClosureIn, HolidayIn, PreviewOut, VersionIn, YearIn
from livelihood.followups.service import policy
from tests.support.world import Person, World


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
    """Asks for the preview; `kind` is a protocol's key, `closure`, `holiday`, or a school year's first."""
    async with world.work(person) as uow:
        if kind == "closure":
            return await policy.draft_closure(uow, bind(ClosureIn, body, typed=True), clock=clock)
        if kind == "holiday":
            return await policy.draft_holiday(uow, bind(HolidayIn, body, typed=True), clock=clock)
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
