"""Checks that are marked as missed, and that taken back, by people of every role; and what holds of them ever after."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from random import Random
from typing import Any
from uuid import UUID

from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, Forbidden
from livelihood.followups import service
from livelihood.followups.schemas_closed import CloseChecksIn
from livelihood.followups.service.alerts import ChildIsMissing
from livelihood.followups.service.closed_checks import CheckIsNotDue
from tests.followups.alert_model import Alerts
from tests.followups.decisions import done, of_role
from tests.followups.lives import ClosedCheck, Life
from tests.support.world import World

ROLES = ("monitor", "caseworker", "manager", "supervisor", "supervisor", "supervisor", "supervisor")
ROWS = "SELECT * FROM follow_ups WHERE household_id = $1 ORDER BY id"


async def mark_or_take_back(
    world: World, life: Life, random: Random, alerts: Alerts, today: date, met: Counter[str]
) -> list[Life]:
    """Says which family was worked out by it."""
    if life.closed_checks and random.random() < 0.3:
        return await take_back(world, life, random, met)
    rows = await world.owner_rows(ROWS, life.id)
    due = [row for row in rows if _is_due(row, today)]
    if not rows:
        return []
    row = random.choice(due if due and random.random() < 0.9 else rows)
    child = row["member_id"]
    role = random.choice(ROLES)
    refused: type[DomainError] | None = None
    if role != "supervisor":
        refused = Forbidden
    elif not _is_due(row, today):
        refused = CheckIsNotDue
    elif child is not None and alerts.is_missing(child):
        refused = ChildIsMissing
    body = CloseChecksIn(follow_up_ids=[row["id"]], reason="The bridge is out")

    async def verb(uow: UnitOfWork) -> None:
        await service.close_checks(uow, life.id, body, clock=world.clock)

    if not await done(world, await of_role(world, role, life), verb, refused, met):
        return []
    known = [one.id for one in life.closed_checks]
    (made,) = await world.owner_rows(
        "SELECT id FROM closed_checks WHERE household_id = $1 AND reopened_at IS NULL AND id <> ALL ($2)",
        life.id,
        known,
    )
    life.closed_checks.append(ClosedCheck(made["id"], row["id"], today))
    met["marked as missed"] += 1
    return [life]


async def take_back(world: World, life: Life, random: Random, met: Counter[str]) -> list[Life]:
    closed = random.choice(life.closed_checks)
    role = random.choice(ROLES)

    async def verb(uow: UnitOfWork) -> None:
        await service.reopen_check(uow, closed.id, clock=world.clock)

    refused = None if role == "supervisor" else Forbidden
    if not await done(world, await of_role(world, role, life), verb, refused, met):
        return []
    life.closed_checks.remove(closed)
    met["taken back"] += 1
    return [life]


def _is_due(row: Any, today: date) -> bool:
    return row["settled"] is None and row["opens_on"] <= today < row["lapses_on"]


def what_was_marked_is_missed(rows: Mapping[UUID, Any], lives: Iterable[Life], met: Counter[str]) -> None:
    """From its day on, unless a visit answered it or they had left before; and nothing else is settled as missed. One
    that has moved to after that day is to be made.
    """
    missed = {key for key, row in rows.items() if row["settled"] == "missed"}
    for life in lives:
        for closed in life.closed_checks:
            row = rows.get(closed.check)
            if row is None:
                continue
            if row["opens_on"] > closed.on:
                met["moved after it was marked"] += 1
                continue
            missed.discard(closed.check)
            if row["settled"] == "missed":
                assert row["settled_on"] <= closed.on
            elif row["settled"] == "cancelled":
                assert row["settled_on"] < closed.on
            else:
                assert row["settled"] in {"done", "done_late"}
                met["answered after it was marked"] += 1
    assert not missed
