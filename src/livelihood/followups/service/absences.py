from collections.abc import Sequence
from datetime import date, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import or_, select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import Creation, new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, FieldError, InvalidInput, NotFound, invalid, say
from livelihood.followups.models import Absence, FollowedChild
from livelihood.followups.queries.confirmed import seen as seen_days
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules import facts
from livelihood.followups.rules.absences import overlap, unseen_between
from livelihood.followups.schemas import AbsenceEndIn, AbsenceIn
from livelihood.followups.service.leaving import seen_faults
from livelihood.households.models import Household, Leaving, Member
from livelihood.households.rules import Born, Called, LeavingEnded, name_of, surely
from livelihood.households.service import lock, member_of

# The season at the kilns is the dry one, from November to June. Who is away for longer has moved.
LONGEST = timedelta(days=270)
NEAR = timedelta(days=366)
# Nothing is left of such an absence but that its end was carried out, and for which household.
DID_NOT_GO = "no absence in "


async def record_absence(uow: UnitOfWork, household_id: UUID, data: AbsenceIn, *, clock: Clock) -> None:
    """Members are away for a season. A check whose day comes meanwhile moves to the return, at once, and where none does
    one is planned; one whose day has come before they leave stays due.

    Raises `NotFound`, `Forbidden`, `InvalidInput` with every fault, `Conflict`.
    """
    household = await lock(uow, household_id)
    uow.actor.require(Permission.ABSENCES_RECORD, household.office_id)
    if data.id is not None and not await uow.claim(f"absence in {household_id}", data.id, data):
        return
    faults = _faults(data, clock.today())
    if faults:
        raise InvalidInput(faults)
    members = [
        await member_of(uow, household, member_id, field="member_ids")
        for member_id in dict.fromkeys(data.member_ids)
    ]
    seen = await seen_days(uow, household.id)
    faults = seen_faults(seen, "away_from", data.away_from, members)
    if faults:
        raise InvalidInput(faults)
    new = facts.Absence(data.away_from, data.away_until)
    for member in members:
        if member.left_on is not None and member.left_on <= data.away_from:
            raise invalid(
                "member_ids",
                say(
                    "This person left the household on {day}. Choose somebody who still lives there.",
                    day=member.left_on,
                ),
            )
        days = seen.get(member.id, [])
        known = await _seasons(uow, member, days)
        if before := next((one for one in known if overlap(one, new)), None):
            raise invalid(
                "member_ids",
                say(
                    "One of them is away already, from {day} until {until}. Choose only the others, write days outside of "
                    "that time, or first say that they are back.",
                    day=before.since,
                    until=before.until,
                ),
            )
        gaps = await _gaps(uow, member, days)
        child = not surely(cast("Born", member), 18, data.away_from)
        if child and (unseen := unseen_between(new, known, gaps, days)):
            back, again = unseen
            raise invalid(
                "member_ids",
                say(
                    "{name} would be back on {back} and away again from {again}, with nobody having seen them in between. "
                    "Record first the visit in which they were seen. While they are still away, the check of {back} stays "
                    "due.",
                    name=name_of(cast("Called", member)),
                    back=back,
                    again=again,
                ),
            )
        uow.session.add(
            Absence(
                id=new_id(),
                household_id=household.id,
                office_id=household.office_id,
                member_id=member.id,
                away_from=data.away_from,
                away_until=data.away_until,
                reason=data.reason.value,
                recorded_by=uow.actor.id,
                recorded_at=clock.now(),
            )
        )
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)


async def _seasons(uow: UnitOfWork, member: Member, days: Sequence[date]) -> list[facts.Absence]:
    """The times away so far, as they are after what was seen on `days`."""
    found = await uow.session.execute(
        select(Absence.away_from, Absence.away_until).where(Absence.member_id == member.id)
    )
    return [facts.Absence(since, until).ended_by(days) for since, until in found]


async def _gaps(uow: UnitOfWork, member: Member, days: Sequence[date]) -> list[facts.Absence]:
    """The same of leavings after which they came back."""
    found = await uow.session.execute(
        select(Leaving.left_on, Leaving.ended_on).where(
            Leaving.household_id == member.household_id,
            or_(Leaving.member_id == member.id, Leaving.member_id.is_(None)),
            Leaving.ended_because == LeavingEnded.CAME_BACK.value,
        )
    )
    return [facts.Absence(since, until).ended_by(days) for since, until in found if until]


async def end_absence(uow: UnitOfWork, absence_id: UUID, data: AbsenceEndIn, *, clock: Clock) -> UUID:
    """They are back before the day that was said; says the household. Back on the day of leaving or before: they
    did not go, and no check on that return was called for; but nobody's silence ends by that word. Sent twice, it is
    done once.

    Raises `NotFound`, `Forbidden`, `InvalidInput`.
    """
    household_id = await uow.session.scalar(
        select(Absence.household_id).where(Absence.id == absence_id)
    ) or await _of_who_did_not_go(uow, absence_id)
    if household_id is None:
        raise no_absence()
    household: Household = await lock(uow, household_id)
    uow.actor.require(Permission.ABSENCES_RECORD, household.office_id)
    absence = (await uow.session.scalars(select(Absence).where(Absence.id == absence_id))).one_or_none()
    if absence is None:
        await _repeated(uow, household.id, absence_id, data)
        return household.id
    if data.back_on > absence.away_until:
        raise invalid(
            "back_on",
            say(
                "The return was to be on {day} already. Write an earlier day, or record a second time away.",
                day=absence.away_until,
            ),
        )
    if data.back_on <= absence.away_from:
        await uow.claim(f"{DID_NOT_GO}{household.id}", absence.id, data)
        await _never_away(uow, household, absence, clock)
    else:
        # Who was to be checked already is not checked later by this word.
        was_to_begin = max(absence.away_until, absence.back_known_on or absence.away_until)
        absence.away_until, absence.back_known_on = data.back_on, min(clock.today(), was_to_begin)
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)
    return household.id


async def _never_away(uow: UnitOfWork, household: Household, absence: Absence, clock: Clock) -> None:
    """Without it the checks stand on their own days, and one of them may have been answered there."""
    member = await member_of(uow, household, absence.member_id, field="back_on")
    silence = select(FollowedChild.unconfirmed_since).where(FollowedChild.member_id == member.id)
    await reconcile(uow, [household.id], clock=clock)
    since = await uow.session.scalar(silence)
    await uow.session.delete(absence)
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)
    after = await uow.session.scalar(silence)
    if since is not None and (after is None or since < after):
        raise invalid(
            "back_on",
            say(
                "The check on the return was missed, and nobody has confirmed {name} since {day}. Record first the visit in "
                "which somebody saw them; then say that they did not go.",
                name=name_of(cast("Called", member)),
                day=since,
            ),
        )


async def _of_who_did_not_go(uow: UnitOfWork, absence_id: UUID) -> UUID | None:
    """The household of an absence that is none any more."""
    kind = await uow.session.scalar(
        select(Creation.kind).where(Creation.id == absence_id, Creation.kind.startswith(DID_NOT_GO))
    )
    return UUID(kind.removeprefix(DID_NOT_GO)) if kind else None


async def _repeated(uow: UnitOfWork, household_id: UUID, absence_id: UUID, data: AbsenceEndIn) -> None:
    """Raises `NotFound` unless this is what has ended the absence already."""
    try:
        if not await uow.claim(f"{DID_NOT_GO}{household_id}", absence_id, data):
            return
    except Conflict:
        pass
    raise no_absence()


def no_absence() -> NotFound:
    return NotFound(say("Nothing is known of this time away. Look at the family's page."))


def _faults(data: AbsenceIn, today: date) -> list[FieldError]:
    if abs(data.away_from - today) > NEAR:
        return [
            FieldError(
                "away_from",
                say("{day} is more than a year away. Write the day on which they leave.", day=data.away_from),
            )
        ]
    if data.away_until <= data.away_from:
        return [
            FieldError(
                "away_until",
                say(
                    "The return is not after the day they leave, {day}. Write a later day.",
                    day=data.away_from,
                ),
            )
        ]
    if data.away_until - data.away_from > LONGEST:
        return [
            FieldError(
                "away_until",
                say(
                    "That is longer than a season. Write a day until {day}; who stays away longer has moved.",
                    day=data.away_from + LONGEST,
                ),
            )
        ]
    return []
