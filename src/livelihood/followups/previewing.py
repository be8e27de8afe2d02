"""Work out what a change of policy would do: `desired()` with the change in it beside `desired()` without.

In slices, each a short transaction that says how far it has come: whatever is killed goes on from there. Nothing is
written but the preview itself.
"""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

import msgspec
from sqlalchemy import func, select, update

from livelihood.clock import Clock
from livelihood.db.actor import WORKER
from livelihood.db.work import Database, UnitOfWork
from livelihood.followups import models
from livelihood.followups.queries import facts, previews
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries.facts import Loaded
from livelihood.followups.queries.previews import PreviewRow
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.measures import MEASURED, afresh, had_it_held, measured, presumed, rests_on
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.policy import NumberSet, Policy, changed, concerned
from livelihood.followups.rules.previews import PreviewState, Tally
from livelihood.households.models import Household

log = logging.getLogger(__name__)

BATCH = 100
SECONDS = 10.0


async def tick(database: Database, clock: Clock, *, batch: int = BATCH, seconds: float = SECONDS) -> int:
    """Go on with whatever previews were asked for, the oldest first; says how many households were looked at.

    It stops after so many seconds, so that no run comes near its timeout; the next tick goes on.
    """
    until = time.monotonic() + seconds
    looked_at = 0
    while True:
        async with database.work(WORKER) as uow:
            preview = await previews.NEXT.first(uow)
            if preview is None:
                return looked_at
            looked_at += await _go_on(uow, preview, batch, clock=clock)
        if time.monotonic() >= until:
            return looked_at


async def _go_on(uow: UnitOfWork, preview: PreviewRow, batch: int, *, clock: Clock) -> int:
    policy = await policies.in_full(uow)
    if policies.fingerprint(policy) != preview.built_on or not _readable(preview):
        await _write(uow, preview.id, state=PreviewState.OVERTAKEN, done_at=clock.now())
        return 0
    wanted = previews.families(concerned(policy, preview.change))
    total = preview.total
    if total is None:
        total = await uow.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    if preview.last_id is not None:
        wanted = wanted.where(Household.id > preview.last_id)
    ids = list(await uow.session.scalars(wanted.order_by(Household.id).limit(batch)))
    if not ids:
        await _write(uow, preview.id, state=PreviewState.DONE, total=total, done_at=clock.now())
        return 0
    tally = Tally.of(preview.counts, preview.examples)
    left_out = await _compare(uow, ids, policy, preview, tally, clock=clock)
    await _write(
        uow,
        preview.id,
        total=total,
        last_id=ids[-1],
        looked_at=preview.looked_at + len(ids),
        left_out=preview.left_out + left_out,
        counts=msgspec.to_builtins(sorted(tally.counts.values(), key=lambda one: one.office_id)),
        examples=msgspec.to_builtins(tally.examples),
    )
    return len(ids)


def _readable(preview: PreviewRow) -> bool:
    """One that a later release was asked for must not keep those behind it waiting."""
    with suppress(previews.PreviewUnreadable):
        return bool(preview.change)
    return False


async def _compare(
    uow: UnitOfWork,
    ids: Sequence[UUID],
    policy: Policy,
    preview: PreviewRow,
    tally: Tally,
    *,
    clock: Clock,
) -> int:
    """Says how many families could not be worked out; they stay as they are, and so are not counted."""
    after = changed(policy, preview.change)
    left_out = 0
    for loaded in await facts.load(uow, ids, clock.local_day):
        try:
            was, will = (_worked_out(loaded, one, preview, clock) for one in (policy, after))
            found = _measured(loaded, policy, preview, clock)
        except Exception:
            log.exception("household %s could not be worked out for a preview", loaded.household.id)
            left_out += 1
            continue
        tally.add(loaded.office_id, loaded.code, was, will)
        tally.measure(loaded.office_id, *found)
    return left_out


def _measured(loaded: Loaded, policy: Policy, preview: PreviewRow, clock: Clock) -> tuple[int, int, int]:
    """What the number decides of this family, what it would had it held all along, and how many records tell of it;
    nothing for other changes.
    """
    if not isinstance(preview.change, NumberSet) or preview.change.number.key not in MEASURED:
        return 0, 0, 0
    number, today = preview.change.number, preview.asked_on
    fresh = msgspec.structs.replace(loaded, household=afresh(loaded.household))
    now, with_it = (
        _worked_out(fresh, policy, preview, clock, numbers)
        for numbers in (Numbers(policy.numbers), had_it_held(policy.numbers, number))
    )
    of = rests_on(number.key, loaded.household, now, today)
    if number.key is NumberKey.PRESUMED_GONE_DAYS:
        return presumed(loaded.household, today), presumed(loaded.household, today, number.value), of
    return measured(number.key, now, today), measured(number.key, with_it, today), of


def _worked_out(
    loaded: Loaded, policy: Policy, preview: PreviewRow, clock: Clock, numbers: Numbers | None = None
) -> Plan:
    return desired(
        loaded.household,
        policy.protocols,
        policies.calendar_for(policy, loaded.household),
        preview.asked_on,
        clock.local_day,
        numbers or Numbers(policy.numbers),
    )


async def _write(uow: UnitOfWork, preview_id: UUID, **values: object) -> None:
    await uow.session.execute(
        update(models.Preview)
        .where(models.Preview.id == preview_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
