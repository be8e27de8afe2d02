"""What stands in the way of a change: faults of its own, or what has happened since it was drafted."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import select

from livelihood.clock import Clock
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, FieldError, InvalidInput, NotFound, invalid, say
from livelihood.followups.queries.calendar_said import stands
from livelihood.followups.queries.policy import calendar_of, public_holidays
from livelihood.followups.rules.calendar_drafts import (
    closure_faults,
    first_of,
    holiday_faults,
    key_of,
    year_faults,
)
from livelihood.followups.rules.drafted_upon import mark, newest_of, overtaken
from livelihood.followups.rules.new_protocols import Naming, new_faults
from livelihood.followups.rules.number_drafts import number_faults
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.rules.policy import (
    Change,
    Closure,
    ClosureGone,
    ClosureSet,
    Holiday,
    HolidayGone,
    HolidaySet,
    NewProtocol,
    NewVersion,
    NumberSet,
    Policy,
    Said,
    YearSet,
)
from livelihood.followups.rules.protocol_drafts import Draft, drafts_of
from livelihood.followups.rules.protocols import Protocol
from livelihood.households.models import Place
from livelihood.households.rules import Level


def newest(policy: Policy, key: str) -> Protocol:
    """The last version of a protocol, in force or still to come. Raises `NotFound`."""
    found = newest_of(policy, key)
    if found is None:
        raise NotFound(say("There is no protocol of this name. Choose one from the list of protocols."))
    return found


def number_key(key: str) -> NumberKey:
    """Raises `NotFound`."""
    if key not in set(NumberKey):
        raise NotFound(say("There is no number of this name. Choose one from the list of policy numbers."))
    return NumberKey(key)


def require_in_turn(policy: Policy, first: int) -> None:
    """School years are added one after another, so that none is forgotten in between."""
    known = [first_of(year.key) for year in policy.years]
    if known and first not in {*known, min(known) - 1, max(known) + 1}:
        raise NotFound(
            say(
                "School years are added one after another. The next one is {key}.", key=key_of(max(known) + 1)
            )
        )


def require_newest(before: Protocol, based_on: int) -> None:
    if before.version != based_on:
        raise Conflict(
            say(
                "Somebody has put version {version} of this protocol into force meanwhile. Look at it, and draft your "
                "change upon it.",
                version=before.version,
            )
        )


ENTRY_CHANGED = say(
    "Somebody has changed this entry of the calendar since your change was drafted, and your change would undo that. "
    "Look at it as it stands now, and draft your change upon it."
)


def require_upon(stands: Said | None, based_on: str | None) -> None:
    """Without `based_on` a change is drafted upon what stands."""
    if based_on is not None and based_on != mark(stands):
        raise Conflict(ENTRY_CHANGED)


async def require_possible(uow: UnitOfWork, policy: Policy, change: Change, *, clock: Clock) -> None:
    """What was possible when it was drafted may be so no longer, and what it was drafted upon may have changed."""
    if not isinstance(change, NewVersion) and overtaken(policy, change, await stands(uow, change)):
        raise Conflict(ENTRY_CHANGED)
    _require_possible(policy, change, clock=clock)


def _require_possible(policy: Policy, change: Change, *, clock: Clock) -> None:
    match change:
        case NewVersion(protocol=protocol):
            require_newest(newest(policy, protocol.key), protocol.version - 1)
            if protocol.effective_from < clock.today():
                raise Conflict(
                    say(
                        "{day}, from which this version was to hold, is past. Draft it anew with a later day.",
                        day=protocol.effective_from,
                    )
                )
        case NewProtocol(protocol=protocol):
            draft = Draft(
                protocol.effective_from,
                protocol.source,
                drafts_of(protocol),
                protocol.from_age,
                protocol.to_age,
            )
            naming = Naming(protocol.name_en, protocol.name_km, protocol.anchors)
            refuse(new_faults(policy.protocols, naming, draft, clock.today()))
            if any(one.key == protocol.key for one in policy.protocols):
                raise Conflict(
                    say("Somebody has made a protocol of nearly the same name meanwhile. Draft yours anew.")
                )
        case NumberSet(number=number):
            refuse(number_faults(policy.numbers, number, clock.today()))
        case YearSet():
            refuse(year_faults(policy, change, calendar_of))
        case ClosureSet():
            refuse(closure_faults(policy, change, calendar_of))
        case HolidaySet():
            refuse(holiday_faults(policy, change, public_holidays(policy.years), calendar_of))
        case ClosureGone(closure=closure):
            named(policy.closures, closure.id)
        case HolidayGone(holiday=holiday):
            named(policy.holidays, holiday.id)


def refuse(found: list[FieldError]) -> None:
    if found:
        raise InvalidInput(found)


def named(records: Iterable[Closure | Holiday], record_id: UUID) -> Any:
    found = next((one for one in records if one.id == record_id), None)
    if found is None:
        raise NotFound(
            say(
                "There is no such entry in the calendar. Look at the calendar as it stands, and choose one of its entries."
            )
        )
    return found


async def require_province(uow: UnitOfWork, code: str | None) -> None:
    if code is None:
        return
    known = select(Place.code).where(Place.code == code, Place.level == Level.PROVINCE.value)
    if await uow.session.scalar(known) is None:
        raise invalid("province", say("There is no province {code}. Choose one from the list.", code=code))
