from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, FieldError, InvalidInput, NotFound, invalid, past_faults, say
from livelihood.followups.queries.confirmed import confirmed
from livelihood.followups.queries.leaving import sought
from livelihood.followups.reconcile import reconcile
from livelihood.followups.schemas_leaving import LeaveIn, LeavingEndIn
from livelihood.followups.service.alerts import ChildIsLookedFor, ChildIsMissing, missing_alert
from livelihood.followups.telling import tell_of_a_death
from livelihood.households.models import Household, Leaving, Member
from livelihood.households.queries import heirs
from livelihood.households.rules import (
    Born,
    Called,
    HouseholdStatus,
    LeavingEnded,
    MemberLeft,
    Relationship,
    is_head_again,
    name_of,
    related_back,
    surely,
)
from livelihood.households.service import lock, member_of, require_open


class LeftAlready(Conflict):
    code = "left-already"


class LeavingIsOver(Conflict):
    code = "leaving-is-over"


async def leave(uow: UnitOfWork, household_id: UUID, member_id: UUID, data: LeaveIn, *, clock: Clock) -> UUID:
    """Somebody does not live with the family any more: what remains to be checked of them is cancelled at once.

    Raises `NotFound`, `Forbidden`, `InvalidInput` with every fault, `LeftAlready`, `ChildIsMissing`,
    `ChildIsLookedFor`, `HouseholdIsClosed`, `Conflict`.
    """
    household = await lock(uow, household_id)
    uow.actor.require(Permission.LEAVINGS_RECORD, household.office_id)
    leaving_id = data.id or new_id()
    if data.id is not None and not await uow.claim(f"leaving of {member_id}", data.id, data):
        return leaving_id
    require_open(household)
    members = {one.id: one for one in await members_of(uow, household)}
    member = members.get(member_id) or await member_of(uow, household, member_id)
    if member.left_on is not None:
        raise LeftAlready(
            say(
                "This person left the household on {day} already. If that is wrong, correct it on the household's page.",
                day=member.left_on,
            )
        )
    staying = [one for one in members.values() if one.left_on is None and one.id != member_id]
    if not staying:
        raise invalid(
            "because",
            say("Nobody else lives in this household. Close the household instead, and say why."),
        )
    missing = await missing_alert(uow, household.id, member.id)
    if missing and data.because is not MemberLeft.DIED:
        raise ChildIsMissing(MISSING_FIRST)
    # Who is sought leaves every list by this, as one who is declared lost does.
    is_sought = member.id in await sought(uow, household.id, clock=clock)
    if is_sought and not uow.actor.may(Permission.LOSSES_DECIDE, household.office_id):
        raise ChildIsLookedFor(SUPERVISOR_FIRST)
    new_head = members.get(data.new_head_id) if data.new_head_id else None
    faults = _faults(member, data, new_head, staying, clock.today(), sought=is_sought)
    faults += seen_faults(await confirmed(uow, household.id), "left_on", data.left_on, [member])
    if faults:
        raise InvalidInput(faults)
    takes_over = new_head if member.relationship == Relationship.HEAD else None
    uow.session.add(
        Leaving(
            id=leaving_id,
            household_id=household.id,
            office_id=household.office_id,
            member_id=member.id,
            left_on=data.left_on,
            because=data.because.value,
            note=data.note,
            new_head_id=takes_over.id if takes_over else None,
            head_was=takes_over.relationship if takes_over else None,
            recorded_by=uow.actor.id,
            recorded_at=clock.now(),
        )
    )
    member.left_on, member.left_because = data.left_on, data.because.value
    if takes_over:
        member.relationship = related_back(takes_over.relationship, member.sex).value
    # One head at any moment: the old one goes first.
    await uow.session.flush()
    if takes_over:
        takes_over.relationship = Relationship.HEAD.value
    household.version += 1
    await uow.session.flush()
    if is_sought and data.because is MemberLeft.DIED:
        await tell_of_a_death(uow, leaving_id, household, missing, clock=clock)
    await reconcile(uow, [household.id], clock=clock)
    return leaving_id


async def end_leaving(uow: UnitOfWork, leaving_id: UUID, data: LeavingEndIn, *, clock: Clock) -> UUID:
    """Who left is back, or never left; or a household is open again. They are followed again, and what was due meanwhile
    waits for the return. A former head is the head again. Says the household; sent twice, it is done once.

    Raises `NotFound`, `Forbidden`, `InvalidInput`, `LeavingIsOver`, `HouseholdIsClosed`.
    """
    found = (await uow.session.scalars(select(Leaving).where(Leaving.id == leaving_id))).one_or_none()
    if found is None:
        raise no_leaving()
    household = await lock(uow, found.household_id)
    closed = found.member_id is None
    uow.actor.require(
        Permission.HOUSEHOLDS_CLOSE if closed else Permission.LEAVINGS_RECORD, household.office_id
    )
    await uow.session.refresh(found)
    on = clock.today() if data.because is LeavingEnded.MISTAKE else data.ended_on
    if _is_ended(found, data, on):
        return household.id
    if found.member_id is None:
        await _end(uow, found, data, on, clock=clock)
        household.status = HouseholdStatus.ACTIVE.value
        household.closed_on = household.closed_because = None
    else:
        require_open(household)
        await _end(uow, found, data, on, clock=clock)
        member = await member_of(uow, household, found.member_id)
        await _give_back_the_head(uow, found, member)
        member.left_on = member.left_because = None
    household.version += 1
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)
    return household.id


async def note_leaving(uow: UnitOfWork, leaving_id: UUID, *, clock: Clock) -> UUID:
    """Who hands families over knows that a child left without theirs, and where to; says the household. The first counts.

    Raises `NotFound`, `Forbidden`.
    """
    found = (
        await uow.session.scalars(select(Leaving).where(Leaving.id == leaving_id).with_for_update())
    ).one_or_none()
    if found is None or found.member_id is None:
        raise no_leaving()
    uow.actor.require(Permission.HOUSEHOLDS_HAND_OVER, found.office_id)
    if found.noted_at is None:
        found.noted_by, found.noted_at = uow.actor.id, clock.now()
        await uow.session.flush()
    return found.household_id


def seen_faults(
    found: Mapping[UUID, Sequence[date]], field: str, day: date, members: Sequence[Member]
) -> list[FieldError]:
    """Of a day before one of those on which one of these was `found`: a wrong month ends nobody's checks."""
    last = max(
        ((days[-1], member) for member in members if (days := found.get(member.id))),
        key=lambda one: one[0],
        default=None,
    )
    if last is None or last[0] <= day:
        return []
    seen_on, member = last
    return [
        FieldError(
            field,
            say(
                "{name} was seen on {day}. Write that day or a later one; if that visit is wrong, correct or withdraw it first.",
                name=name_of(cast("Called", member)),
                day=seen_on,
            ),
        )
    ]


MISSING_FIRST = say(
    "This child is missing, and the alert is open. Who is missing has not moved: record the visit or the call in which the "
    "child was found, then say where they live now."
)


SUPERVISOR_FIRST = say(
    "This child was not confirmed when it was due, or an alert is open. A supervisor says that such a child left or died: "
    "tell them what is known of it, and who says so."
)


HOW_IT_IS_KNOWN = say(
    "Write how the death is known, and who says so: this child was looked for, and whoever did so reads it."
)


def no_leaving() -> NotFound:
    return NotFound(say("Nothing is known of this leaving. Look at the family's page."))


async def members_of(uow: UnitOfWork, household: Household) -> Sequence[Member]:
    return (
        await uow.session.scalars(
            select(Member).where(Member.household_id == household.id).order_by(Member.id)
        )
    ).all()


def _faults(
    member: Member,
    data: LeaveIn,
    new_head: Member | None,
    staying: Sequence[Member],
    today: date,
    *,
    sought: bool,
) -> list[FieldError]:
    faults = past_faults(
        "left_on",
        data.left_on,
        today=today,
        since=member.joined_on,
        too_early=say(
            "They have lived with this family since {day}, as far as is known. Write that day or a later one.",
            day=member.joined_on,
        ),
    )
    if data.note is None and sought and data.because is MemberLeft.DIED:
        faults.append(FieldError("note", HOW_IT_IS_KNOWN))
    elif data.note is None and _needs_note(member, data):
        faults.append(
            FieldError(
                "note",
                say(
                    "Write where they live now and with whom, as far as is known: whoever asks after them reads it."
                ),
            )
        )
    if member.relationship == Relationship.HEAD and new_head not in staying:
        faults.append(
            FieldError("new_head_id", say("The head leaves. Choose who of those who stay is the head now."))
        )
    return faults


def _needs_note(member: Member, data: LeaveIn) -> bool:
    """A child who goes elsewhere without a word of where is one whom nobody could find again."""
    if data.because is MemberLeft.DIED:
        return False
    return data.because is MemberLeft.OTHER or not surely(cast("Born", member), 18, data.left_on)


def _is_ended(found: Leaving, data: LeavingEndIn, on: date | None) -> bool:
    """Whether the same was said before. Raises `LeavingIsOver` where it was something else."""
    if found.ended_on is None:
        return False
    same_day = data.because is LeavingEnded.MISTAKE or found.ended_on == on
    if found.ended_because == data.because and same_day:
        return True
    raise LeavingIsOver(
        say("This was ended on {day} already. Look at the family's page.", day=found.ended_on)
    )


async def _end(uow: UnitOfWork, found: Leaving, data: LeavingEndIn, on: date | None, *, clock: Clock) -> None:
    faults: list[FieldError] = []
    if on is None:
        faults.append(FieldError("ended_on", say("Write the day of the return.")))
    else:
        faults += past_faults(
            "ended_on",
            on,
            today=clock.today(),
            since=found.left_on,
            too_early=say(
                "That is before {day}, the first day without them. Write a later day.", day=found.left_on
            ),
        )
    if data.because is LeavingEnded.MISTAKE and data.note is None:
        faults.append(FieldError("note", say("Write what was wrong with the record.")))
    if faults:
        raise InvalidInput(faults)
    found.ended_on = on
    found.ended_because = data.because.value
    found.ended_note = data.note
    found.ended_by = uow.actor.id
    found.ended_at = clock.now()
    await uow.session.flush()


async def _give_back_the_head(uow: UnitOfWork, found: Leaving, member: Member) -> None:
    """Whoever has been the head since then is to the family again what they were."""
    since = await heirs(uow, found.id)
    if not is_head_again(since):
        return
    for heir in since:
        (await uow.session.get_one(Member, heir.member_id)).relationship = heir.was.value
    await uow.session.flush()
    member.relationship = Relationship.HEAD.value
