"""Write down what `desired()` says: load a batch's facts, compare with what is stored, apply the difference.

The workers run this for every household whose facts changed; a recorded visit runs it for its own household, so
that its effect shows at once. Running it twice, or in two places, changes nothing.
"""

import logging
from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, all_, bindparam, delete, func, insert, literal, select, update

from livelihood.clock import Clock
from livelihood.db.actor import Named
from livelihood.db.models import Dirty
from livelihood.db.work import Database, UnitOfWork
from livelihood.followups.models import Alert, FollowUp
from livelihood.followups.queries import facts
from livelihood.followups.rules.alerts import AlertClosed
from livelihood.followups.rules.desired import desired
from livelihood.households.models import Household

log = logging.getLogger(__name__)

WORKER = Named("worker")
BATCH = 100


async def reconcile(uow: UnitOfWork, household_ids: Sequence[UUID], *, clock: Clock) -> None:
    """Bring these households' follow-ups and alerts up to date. Their rows must be locked by the caller."""
    today = clock.today()

    def local_day(instant: datetime) -> date:
        return instant.astimezone(clock.zone).date()

    protocols = await facts.PROTOCOLS.all(uow)
    calendar = await facts.school_calendar(uow)
    follow_ups: dict[UUID, dict[str, object]] = {}
    alerts: dict[UUID, dict[str, object]] = {}
    changes: list[dict[str, object]] = []
    for loaded in await facts.load(uow, household_ids, local_day):
        plan = desired(loaded.household, protocols, calendar, today, local_day)
        place: dict[str, object] = {"household_id": loaded.household.id, "office_id": loaded.office_id}
        follow_ups |= {one.id: msgspec.structs.asdict(one) | place for one in plan.follow_ups}
        alerts |= {one.id: msgspec.structs.asdict(one) | place for one in plan.alerts}
        if plan.next_change_on != loaded.next_change_on:
            changes.append({"id": loaded.household.id, "next_change_on": plan.next_change_on})
    await _write_follow_ups(uow, household_ids, follow_ups)
    await _write_alerts(uow, household_ids, alerts, today)
    if changes:
        await uow.session.execute(update(Household), changes)


async def _write_follow_ups(
    uow: UnitOfWork, household_ids: Sequence[UUID], wanted: dict[UUID, dict[str, object]]
) -> None:
    stored = {one.id: one for one in await facts.FOLLOW_UPS.all(uow, ids=list(household_ids))}
    gone = stored.keys() - wanted.keys()
    if gone:
        await uow.session.execute(
            delete(FollowUp).where(FollowUp.id.in_(gone)).execution_options(synchronize_session=False)
        )
    changed = [row for key, row in wanted.items() if key in stored and _differs(stored[key], row)]
    if changed:
        await uow.session.execute(update(FollowUp), changed)
    new = [row for key, row in wanted.items() if key not in stored]
    if new:
        await uow.session.execute(insert(FollowUp), new)


async def _write_alerts(
    uow: UnitOfWork, household_ids: Sequence[UUID], wanted: dict[UUID, dict[str, object]], today: date
) -> None:
    """An alert is never taken away, because somebody may have acted on it: it closes when nothing calls for it."""
    stored = {one.id: one for one in await facts.ALERTS.all(uow, ids=list(household_ids))}
    uncalled = [
        {"id": key, "closed_on": today, "closed_because": AlertClosed.FACTS_CHANGED}
        for key, one in stored.items()
        if key not in wanted and one.closed_on is None
    ]
    changed = [row for key, row in wanted.items() if key in stored and _differs(stored[key], row)]
    closing = [row for row in changed if row["closed_on"] is not None]
    opening = [row for row in changed if row["closed_on"] is None]
    # What closes goes first: a child has one open alert of a kind at any moment.
    for rows in (uncalled, closing, opening):
        if rows:
            await uow.session.execute(update(Alert), rows)
    new = [row for key, row in wanted.items() if key not in stored]
    if new:
        await uow.session.execute(insert(Alert), new)


def _differs(stored: msgspec.Struct, row: dict[str, object]) -> bool:
    return any(getattr(stored, name) != row[name] for name in stored.__struct_fields__)


async def tick(database: Database, clock: Clock, *, batch: int = BATCH) -> int:
    """Work off everything that is dirty, one transaction a batch; says how many households were looked at.

    What is dirty stays so until its batch is committed, so a kill at any moment loses nothing. A household that
    cannot be worked out is left dirty, logged, and does not hold up the others.
    """
    async with database.work(WORKER) as uow:
        await _mark_those_whose_day_has_come(uow, clock)
    looked_at, size = 0, batch
    broken: list[UUID] = []
    while True:
        taken: list[UUID] = []
        try:
            async with database.work(WORKER) as uow:
                taken += await _take(uow, size, broken)
                if taken:
                    await reconcile(uow, taken, clock=clock)
        except Exception:
            if not taken:
                raise
            if len(taken) == 1:
                log.exception("household %s could not be worked out; it stays dirty", taken[0])
                broken += taken
            size = 1
            continue
        if not taken:
            return looked_at
        looked_at += len(taken)


async def _take(uow: UnitOfWork, size: int, broken: list[UUID]) -> list[UUID]:
    """Lock some dirty households that nobody else has, and take their marks away.

    The lock lets rows of the household be written meanwhile; who writes facts leaves a new mark.
    """
    # The limit comes after the lock, or workers would all wait for the same oldest few.
    oldest = select(func.min(Dirty.id)).where(Dirty.household_id == Household.id).scalar_subquery()
    found = await uow.session.scalars(
        select(Household.id)
        .where(
            select(Dirty.id).where(Dirty.household_id == Household.id).exists(),
            Household.id != all_(bindparam("broken", broken, type_=ARRAY(Uuid))),
        )
        .order_by(oldest)
        .limit(size)
        .with_for_update(skip_locked=True, key_share=True)
    )
    taken = list(found)
    if taken:
        await uow.session.execute(
            delete(Dirty).where(Dirty.household_id.in_(taken)).execution_options(synchronize_session=False)
        )
    return taken


async def _mark_those_whose_day_has_come(uow: UnitOfWork, clock: Clock) -> None:
    """By state and not by the hour: a day on which no worker ran is caught up by the next tick."""
    due = select(Household.id, Household.office_id, literal("a day has come")).where(
        Household.next_change_on <= clock.today(),
        ~select(Dirty.id).where(Dirty.household_id == Household.id).exists(),
    )
    await uow.session.execute(insert(Dirty).from_select(["household_id", "office_id", "cause"], due))
