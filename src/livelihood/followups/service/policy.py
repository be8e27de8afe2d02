"""The verbs of policy: a change is drafted, looked at in a preview, and put into force as it was looked at."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

import msgspec
from sqlalchemy import delete, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import Dirty, new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, FieldError, InvalidInput, NotFound, invalid, say
from livelihood.followups import models
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries import previews
from livelihood.followups.queries.policy import calendar_of, public_holidays
from livelihood.followups.rules.calendar import SchoolYear, Term
from livelihood.followups.rules.calendar_drafts import (
    closure_faults,
    first_of,
    holiday_faults,
    key_of,
    year_faults,
)
from livelihood.followups.rules.policy import (
    Change,
    Closure,
    ClosureGone,
    ClosureSet,
    Holiday,
    HolidayGone,
    HolidaySet,
    NewVersion,
    Policy,
    YearSet,
    concerned,
)
from livelihood.followups.rules.previews import PreviewState, Staleness, stale
from livelihood.followups.rules.protocol_drafts import Draft, SlotDraft, faults, next_version
from livelihood.followups.rules.protocols import Protocol
from livelihood.followups.schemas_policy import (
    AgainIn,
    ClosureIn,
    ConfirmationIn,
    HolidayIn,
    VersionIn,
    YearIn,
)
from livelihood.households.models import Place
from livelihood.households.rules import Level

# Changes of policy take turns, so that each is checked against what the one before has left.
_POLICY = 0x901C
PREVIEW = "preview"


async def draft_version(uow: UnitOfWork, key: str, data: VersionIn, *, clock: Clock) -> UUID:
    """Ask for the preview of a protocol's next version; says the preview's id.

    Raises `NotFound`, `Conflict` where somebody has added a version since `based_on`, `InvalidInput`.
    """
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of {key}", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    before = newest(policy, key)
    _require_newest(before, data.based_on)
    draft = Draft(
        data.effective_from,
        data.source,
        tuple(SlotDraft(**msgspec.structs.asdict(slot)) for slot in data.slots),
        data.from_age,
        data.to_age,
    )
    _refuse(faults(before, draft, clock.today()))
    return await _ask(uow, preview_id, policy, NewVersion(next_version(before, draft)), clock=clock)


async def draft_year(uow: UnitOfWork, first: int, data: YearIn, *, clock: Clock) -> UUID:
    """Ask for the preview of a school year as it should be; a new one follows upon the last, or comes before the first.

    `first` is the year in which it begins by its name, 2026 for 2026/27.
    """
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of year {first}", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    require_in_turn(policy, first)
    terms = tuple(
        Term(term.starts_on, term.ends_on) for term in sorted(data.terms, key=lambda term: term.starts_on)
    )
    year = SchoolYear(key_of(first), data.starts_on, data.ends_on, terms)
    change = YearSet(year, data.assumed, data.source)
    _refuse(year_faults(policy, change, calendar_of))
    return await _ask(uow, preview_id, policy, change, clock=clock)


async def draft_closure(uow: UnitOfWork, data: ClosureIn, *, clock: Clock) -> UUID:
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of a closure", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    if data.closure_id is not None:
        _named(policy.closures, data.closure_id)
    await _require_province(uow, data.province)
    closure = Closure(data.closure_id or new_id(), data.starts_on, data.ends_on, data.province)
    change = ClosureSet(closure, data.name, data.assumed, data.source)
    _refuse(closure_faults(policy, change, calendar_of))
    return await _ask(uow, preview_id, policy, change, clock=clock)


async def draft_holiday(uow: UnitOfWork, data: HolidayIn, *, clock: Clock) -> UUID:
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of a holiday", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    if data.holiday_id is not None:
        _named(policy.holidays, data.holiday_id)
    await _require_province(uow, data.province)
    holiday = Holiday(data.holiday_id or new_id(), data.day, data.is_holiday, data.province)
    change = HolidaySet(holiday, data.name, data.assumed, data.source)
    _refuse(holiday_faults(policy, change, public_holidays(policy.years), calendar_of))
    return await _ask(uow, preview_id, policy, change, clock=clock)


async def draft_removal(uow: UnitOfWork, kind: str, record_id: UUID, data: AgainIn, *, clock: Clock) -> UUID:
    """Ask for the preview of a closure (`closures`) or of a holiday (`holidays`) that goes."""
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} without {record_id}", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    change: Change
    if kind == "closures":
        closure = _named(policy.closures, record_id)
        change = ClosureGone(closure, (await uow.session.get_one(models.Vacation, record_id)).name)
    else:
        holiday = _named(policy.holidays, record_id)
        change = HolidayGone(holiday, (await uow.session.get_one(models.HolidayOverride, record_id)).name)
    return await _ask(uow, preview_id, policy, change, clock=clock)


async def ask_again(uow: UnitOfWork, preview_id: UUID, data: AgainIn, *, clock: Clock) -> UUID:
    """Ask for a preview that is out of date once more; says the new one's id."""
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    again_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} again of {preview_id}", again_id, data):
        return again_id
    before = await previews.row(uow, preview_id)
    policy = await policies.in_full(uow)
    _require_possible(policy, before.what, clock=clock)
    return await _ask(uow, again_id, policy, before.what, clock=clock)


async def put_into_force(uow: UnitOfWork, preview_id: UUID, *, clock: Clock) -> Change:
    """Let a change that was previewed take effect, and have the workers look at whomever it concerns.

    Done already, it changes nothing. Raises `NotFound`, `InvalidInput`, and `Conflict` where the preview is not done,
    out of date, or overtaken by somebody else's change.
    """
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    await uow.session.execute(select(func.pg_advisory_xact_lock(_POLICY)))
    preview = await previews.row(uow, preview_id)
    change = preview.what
    if preview.state is PreviewState.IN_FORCE:
        return change
    policy = await policies.in_full(uow)
    _require_possible(policy, change, clock=clock)
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
    await _write(uow, change, clock=clock)
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
    table, where = _record(kind, key)
    found = await uow.session.execute(
        update(table)
        .where(where)
        .values(assumed=False, source=data.source)
        .execution_options(synchronize_session=False)
    )
    if cast("Any", found).rowcount != 1:
        raise NotFound(say("There is no such entry in the calendar."))


def _record(kind: str, key: str) -> tuple[Any, Any]:
    if kind == "years" and key.isdecimal():
        return models.SchoolYear, models.SchoolYear.key == key_of(int(key))
    try:
        record_id = UUID(key)
    except ValueError as error:
        raise NotFound(say("There is no such entry in the calendar.")) from error
    table = models.Vacation if kind == "closures" else models.HolidayOverride
    return table, table.id == record_id


def newest(policy: Policy, key: str) -> Protocol:
    """The last version of a protocol, in force or still to come. Raises `NotFound`."""
    versions = [one for one in policy.protocols if one.key == key]
    if not versions:
        raise NotFound(say("There is no protocol of this name."))
    return max(versions, key=lambda one: one.version)


def require_in_turn(policy: Policy, first: int) -> None:
    """School years are added one after another, so that none is forgotten in between."""
    known = [first_of(year.key) for year in policy.years]
    if known and first not in {*known, min(known) - 1, max(known) + 1}:
        raise NotFound(
            say(
                "School years are added one after another. The next one is {key}.", key=key_of(max(known) + 1)
            )
        )


def _require_newest(before: Protocol, based_on: int) -> None:
    if before.version != based_on:
        raise Conflict(
            say(
                "Somebody has put version {version} of this protocol into force meanwhile. Look at it, and draft your "
                "change upon it.",
                version=before.version,
            )
        )


def _require_possible(policy: Policy, change: Change, *, clock: Clock) -> None:
    """What was possible when it was drafted may be so no longer."""
    match change:
        case NewVersion(protocol=protocol):
            _require_newest(newest(policy, protocol.key), protocol.version - 1)
            if protocol.effective_from < clock.today():
                raise Conflict(
                    say(
                        "{day}, from which this version was to hold, is past. Draft it anew with a later day.",
                        day=protocol.effective_from,
                    )
                )
        case YearSet():
            _refuse(year_faults(policy, change, calendar_of))
        case ClosureSet():
            _refuse(closure_faults(policy, change, calendar_of))
        case HolidaySet():
            _refuse(holiday_faults(policy, change, public_holidays(policy.years), calendar_of))
        case ClosureGone(closure=closure):
            _named(policy.closures, closure.id)
        case HolidayGone(holiday=holiday):
            _named(policy.holidays, holiday.id)


def _refuse(found: list[FieldError]) -> None:
    if found:
        raise InvalidInput(found)


def _named(records: Iterable[Closure | Holiday], record_id: UUID) -> Any:
    found = next((one for one in records if one.id == record_id), None)
    if found is None:
        raise NotFound(say("There is no such entry in the calendar."))
    return found


async def _require_province(uow: UnitOfWork, code: str | None) -> None:
    if code is None:
        return
    known = select(Place.code).where(Place.code == code, Place.level == Level.PROVINCE.value)
    if await uow.session.scalar(known) is None:
        raise invalid("province", say("There is no province {code}. Choose one from the list.", code=code))


async def _ask(uow: UnitOfWork, preview_id: UUID, policy: Policy, change: Change, *, clock: Clock) -> UUID:
    """One preview of a person is worked out at a time: who asks anew has no use for the one before."""
    await uow.session.execute(
        update(models.Preview)
        .where(models.Preview.asked_by == uow.actor.id, models.Preview.state == PreviewState.ASKED.value)
        .values(state=PreviewState.DROPPED)
        .execution_options(synchronize_session=False)
    )
    await uow.session.execute(
        insert(models.Preview).values(
            id=preview_id,
            asked_by=uow.actor.id,
            asked_at=clock.now(),
            asked_on=clock.today(),
            what=msgspec.to_builtins(change),
            built_on=policies.fingerprint(policy),
            state=PreviewState.ASKED,
            looked_at=0,
            left_out=0,
            counts=[],
            examples=[],
        )
    )
    return preview_id


async def _write(uow: UnitOfWork, change: Change, *, clock: Clock) -> None:
    match change:
        case NewVersion(protocol=protocol):
            # Named parts alone are JSON; days stay days.
            lists = {name: msgspec.to_builtins(getattr(protocol, name)) for name in ("anchors", "slots")}
            values = msgspec.structs.asdict(protocol) | lists
            await uow.session.execute(
                insert(models.Protocol).values(**values, added_by=uow.actor.id, added_at=clock.now())
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
