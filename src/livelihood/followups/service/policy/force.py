"""Changes of policy as they take effect, as they were looked at."""

from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import Dirty
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, NotFound, say
from livelihood.followups import models
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries import previews
from livelihood.followups.rules.calendar_drafts import key_of
from livelihood.followups.rules.policy import (
    Change,
    ClosureGone,
    ClosureSet,
    HolidayGone,
    HolidaySet,
    NewProtocol,
    NewVersion,
    NumberSet,
    YearSet,
    concerned,
)
from livelihood.followups.rules.previews import PreviewState, Staleness, stale
from livelihood.followups.schemas_policy import ConfirmationIn
from livelihood.followups.service.policy.possible import require_possible

# Changes of policy take turns, so that each is checked against what the one before has left.
_POLICY = 0x901C


async def put_into_force(uow: UnitOfWork, preview_id: UUID, *, clock: Clock) -> Change:
    """Let a change that was previewed take effect, and have the workers look at whomever it concerns.

    Done already, it changes nothing. Raises `NotFound`, `InvalidInput`, and `Conflict` where the preview is not done,
    out of date, or overtaken by somebody else's change.
    """
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    await uow.session.execute(select(func.pg_advisory_xact_lock(_POLICY)))
    preview = await previews.row(uow, preview_id)
    change = preview.change
    if preview.state is PreviewState.IN_FORCE:
        return change
    policy = await policies.in_full(uow)
    await require_possible(uow, policy, change, clock=clock)
    if preview.state is not PreviewState.DONE:
        raise Conflict(say("This preview is not done. Wait until it is, or make it again."))
    same = policies.fingerprint(policy) == preview.built_on
    why = stale(preview.asked_at, preview.asked_on, clock.now(), clock.today(), same_policy=same)
    if why is Staleness.POLICY_CHANGED:
        raise Conflict(
            say(
                "Another change took effect since this preview was made, so it no longer tells what happens. Preview again."
            )
        )
    if why is Staleness.TOO_OLD:
        raise Conflict(
            say(
                "This preview is more than an hour old or of another day, so families may have changed. Preview again."
            )
        )
    whom = previews.families(concerned(policy, change))
    await write(uow, change, clock=clock)
    cause = literal(f"policy: {change.__struct_config__.tag}")
    await uow.session.execute(
        insert(Dirty).from_select(["household_id", "office_id", "cause"], whom.add_columns(cause)).inline()
    )
    await uow.session.execute(
        update(models.Preview)
        .where(models.Preview.id == preview_id)
        .values(state=PreviewState.IN_FORCE, in_force_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    uow.wake()
    return change


async def confirm(uow: UnitOfWork, kind: str, key: str, data: ConfirmationIn) -> None:
    """Say that assumed days are right as they are. No day changes, so no family has to be looked at again."""
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    await uow.session.execute(select(func.pg_advisory_xact_lock(_POLICY)))
    table, where = _record(kind, key)
    found = await uow.session.execute(
        update(table)
        .where(where)
        .values(assumed=False, source=data.source)
        .execution_options(synchronize_session=False)
    )
    if cast("Any", found).rowcount != 1:
        raise NotFound(
            say(
                "There is no such entry in the calendar. Look at the calendar as it stands, and choose one of its entries."
            )
        )


def _record(kind: str, key: str) -> tuple[Any, Any]:
    if kind == "years" and key.isdecimal() and len(key) == 4:
        return models.SchoolYear, models.SchoolYear.key == key_of(int(key))
    try:
        record_id = UUID(key)
    except ValueError as error:
        raise NotFound(
            say(
                "There is no such entry in the calendar. Look at the calendar as it stands, and choose one of its entries."
            )
        ) from error
    table = models.Vacation if kind == "closures" else models.HolidayOverride
    return table, table.id == record_id


async def write(uow: UnitOfWork, change: Change, *, clock: Clock) -> None:
    match change:
        case NewVersion(protocol=protocol) | NewProtocol(protocol=protocol):
            # Named parts alone are JSON; days stay days.
            lists = {name: msgspec.to_builtins(getattr(protocol, name)) for name in ("anchors", "slots")}
            values = msgspec.structs.asdict(protocol) | lists
            await uow.session.execute(
                insert(models.Protocol).values(**values, added_by=uow.actor.id, added_at=clock.now())
            )
        case NumberSet(number=number):
            values = msgspec.structs.asdict(number)
            await uow.session.execute(
                insert(models.PolicyNumber).values(**values, added_by=uow.actor.id, added_at=clock.now())
            )
        case YearSet(year=year):
            said: dict[str, object] = {
                "starts_on": year.starts_on,
                "ends_on": year.ends_on,
                "terms": msgspec.to_builtins(year.terms),
                "assumed": change.assumed,
                "source": change.source,
            }
            await _set(uow, models.SchoolYear, {"key": year.key}, said)
        case ClosureSet(closure=closure):
            said = {"starts_on": closure.starts_on, "ends_on": closure.ends_on}
            said |= {"province_code": closure.province, "name": change.name}
            said |= {"assumed": change.assumed, "source": change.source}
            await _set(uow, models.Vacation, {"id": closure.id}, said)
        case HolidaySet(holiday=holiday):
            said = {"day": holiday.day, "is_holiday": holiday.is_holiday}
            said |= {"province_code": holiday.province, "name": change.name}
            said |= {"assumed": change.assumed, "source": change.source}
            await _set(uow, models.HolidayOverride, {"id": holiday.id}, said)
        case ClosureGone(closure=closure):
            await uow.session.execute(delete(models.Vacation).where(models.Vacation.id == closure.id))
        case HolidayGone(holiday=holiday):
            await uow.session.execute(
                delete(models.HolidayOverride).where(models.HolidayOverride.id == holiday.id)
            )


async def _set(uow: UnitOfWork, table: Any, key: dict[str, object], said: dict[str, object]) -> None:
    await uow.session.execute(
        upsert(table).values(**key, **said).on_conflict_do_update(index_elements=list(key), set_=said)
    )
