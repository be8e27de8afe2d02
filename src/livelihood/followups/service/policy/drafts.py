"""Changes of policy as they are drafted: checked, and kept as a preview that the workers work out."""

from uuid import UUID

import msgspec
from sqlalchemy import insert, update

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, say
from livelihood.followups import models
from livelihood.followups.queries import calendar_said, previews
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries.policy import calendar_of, public_holidays
from livelihood.followups.rules.calendar import SchoolYear, Term
from livelihood.followups.rules.calendar_drafts import closure_faults, holiday_faults, key_of, year_faults
from livelihood.followups.rules.new_protocols import Naming, end_faults, ended, first_version, new_faults
from livelihood.followups.rules.number_drafts import number_faults
from livelihood.followups.rules.numbers import PolicyNumber
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
    YearSet,
)
from livelihood.followups.rules.previews import PreviewState
from livelihood.followups.rules.protocol_drafts import Draft, faults, next_version
from livelihood.followups.rules.protocols import PER
from livelihood.followups.schemas_policy import (
    AgainIn,
    ClosureIn,
    EndIn,
    HolidayIn,
    NewProtocolIn,
    NumberIn,
    VersionIn,
    YearIn,
)
from livelihood.followups.service.policy.possible import (
    named,
    newest,
    number_key,
    refuse,
    require_in_turn,
    require_newest,
    require_possible,
    require_province,
    require_upon,
)

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
    require_newest(before, data.based_on)
    draft = drafted(data)
    refuse(faults(before, draft, clock.today()))
    return await ask(uow, preview_id, policy, NewVersion(next_version(before, draft)), clock=clock)


async def draft_protocol(uow: UnitOfWork, data: NewProtocolIn, *, clock: Clock) -> UUID:
    """Ask for the preview of a protocol that is not there yet."""
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of a protocol", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    naming = Naming(data.name_en, data.name_km, data.anchors)
    draft = drafted(data)
    refuse(new_faults(policy.protocols, naming, draft, clock.today()))
    made = first_version(policy.protocols, naming, draft)
    return await ask(uow, preview_id, policy, NewProtocol(made), clock=clock)


async def draft_end(uow: UnitOfWork, key: str, data: EndIn, *, clock: Clock) -> UUID:
    """Ask for the preview of a protocol that plans nothing more from a day on.

    Raises `NotFound`, `Conflict` where somebody has added a version since `based_on`, `InvalidInput`.
    """
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of the end of {key}", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    before = newest(policy, key)
    require_newest(before, data.based_on)
    refuse(end_faults(before, data.effective_from, clock.today()))
    end = ended(before, data.effective_from, data.source)
    return await ask(uow, preview_id, policy, NewVersion(end), clock=clock)


def drafted(data: VersionIn | NewProtocolIn) -> Draft:
    """Raises `InvalidInput` where a check is said to be of somebody else than its purpose makes it."""
    refuse(
        [
            FieldError(
                f"slots.{row}.per", say("Of whom a check is follows from its purpose. Leave this out.")
            )
            for row, slot in enumerate(data.slots)
            if slot.per and slot.purpose and PER[slot.purpose] is not slot.per
        ]
    )
    return Draft(
        data.effective_from,
        data.source,
        tuple(slot.draft() for slot in data.slots),
        data.from_age,
        data.to_age,
    )


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
    before = await calendar_said.year(uow, year.key)
    require_upon(before, data.based_on)
    change = YearSet(year, data.assumed, data.source, before)
    refuse(year_faults(policy, change, calendar_of))
    return await ask(uow, preview_id, policy, change, clock=clock)


async def draft_closure(uow: UnitOfWork, data: ClosureIn, *, clock: Clock) -> UUID:
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of a closure", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    if data.closure_id is not None:
        named(policy.closures, data.closure_id)
    before = await calendar_said.closure(uow, data.closure_id)
    require_upon(before, data.based_on)
    await require_province(uow, data.province)
    closure = Closure(data.closure_id or new_id(), data.starts_on, data.ends_on, data.province)
    change = ClosureSet(closure, data.name, data.assumed, data.source, before)
    refuse(closure_faults(policy, change, calendar_of))
    return await ask(uow, preview_id, policy, change, clock=clock)


async def draft_holiday(uow: UnitOfWork, data: HolidayIn, *, clock: Clock) -> UUID:
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of a holiday", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    if data.holiday_id is not None:
        named(policy.holidays, data.holiday_id)
    before = await calendar_said.holiday(uow, data.holiday_id)
    require_upon(before, data.based_on)
    await require_province(uow, data.province)
    holiday = Holiday(data.holiday_id or new_id(), data.day, data.is_holiday, data.province)
    change = HolidaySet(holiday, data.name, data.assumed, data.source, before)
    refuse(holiday_faults(policy, change, public_holidays(policy.years), calendar_of))
    return await ask(uow, preview_id, policy, change, clock=clock)


async def draft_removal(uow: UnitOfWork, kind: str, record_id: UUID, data: AgainIn, *, clock: Clock) -> UUID:
    """Ask for the preview of a closure (`closures`) or of a holiday (`holidays`) that goes."""
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} without {record_id}", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    change: Change
    if kind == "closures":
        shut = await calendar_said.closure(uow, record_id)
        change = ClosureGone(named(policy.closures, record_id), shut.name if shut else "", shut)
    else:
        day = await calendar_said.holiday(uow, record_id)
        change = HolidayGone(named(policy.holidays, record_id), day.name if day else "", day)
    return await ask(uow, preview_id, policy, change, clock=clock)


async def draft_number(uow: UnitOfWork, key: str, data: NumberIn, *, clock: Clock) -> UUID:
    """Ask for the preview of another value of a number, from a day on. Raises `NotFound`, `InvalidInput`."""
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    preview_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} of {key}", preview_id, data):
        return preview_id
    policy = await policies.in_full(uow)
    number = PolicyNumber(number_key(key), data.effective_from, data.value, data.source)
    refuse(number_faults(policy.numbers, number, clock.today()))
    return await ask(uow, preview_id, policy, NumberSet(number), clock=clock)


async def ask_again(uow: UnitOfWork, preview_id: UUID, data: AgainIn, *, clock: Clock) -> UUID:
    """Ask for a preview that is out of date once more; says the new one's id."""
    uow.actor.require_everywhere(Permission.POLICY_MANAGE)
    again_id = data.id or new_id()
    if data.id and not await uow.claim(f"{PREVIEW} again of {preview_id}", again_id, data):
        return again_id
    before = await previews.row(uow, preview_id)
    policy = await policies.in_full(uow)
    await require_possible(uow, policy, before.change, clock=clock)
    return await ask(uow, again_id, policy, before.change, clock=clock)


async def ask(uow: UnitOfWork, preview_id: UUID, policy: Policy, change: Change, *, clock: Clock) -> UUID:
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
