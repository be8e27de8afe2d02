from datetime import date
from uuid import UUID

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, FieldError, InvalidInput, Message, past_faults, say
from livelihood.followups.queries.confirmed import confirmed
from livelihood.followups.queries.leaving import course_seat_until, grant_under_way, sought
from livelihood.followups.reconcile import reconcile
from livelihood.followups.schemas_leaving import CloseIn
from livelihood.followups.service.alerts import ChildIsLookedFor, ChildIsMissing, missing_alert
from livelihood.followups.service.leaving import members_of, seen_faults
from livelihood.households.models import Household, Leaving
from livelihood.households.rules import CaseClosed, ConsentPurpose, HouseholdStatus
from livelihood.households.service import has_consented, lock


class ClosedAlready(Conflict):
    code = "closed-already"


class GrantUnderWay(Conflict):
    code = "grant-under-way"


class SeatTaken(Conflict):
    """Nobody could record that a trainee completed the course, and their seat would stay taken."""

    code = "seat-taken"


async def close(uow: UnitOfWork, household_id: UUID, data: CloseIn, *, clock: Clock) -> UUID:
    """Nothing is to be done for the family any more: its follow-ups are cancelled with the reason, at once.

    Nothing is lost by it: reopened, the family has what the facts call for. Raises `NotFound`, `Forbidden`,
    `InvalidInput` with every fault, `ClosedAlready`, `ChildIsMissing`, `ChildIsLookedFor`, `GrantUnderWay`, `SeatTaken`,
    `Conflict`.
    """
    household = await lock(uow, household_id)
    uow.actor.require(Permission.HOUSEHOLDS_CLOSE, household.office_id)
    closing_id = data.id or new_id()
    if data.id is not None and not await uow.claim(f"closing of {household_id}", data.id, data):
        return closing_id
    if household.closed_on is not None:
        raise ClosedAlready(
            say(
                "Household {code} was closed on {day} already. Reopen it if that was wrong.",
                code=household.code,
                day=household.closed_on,
            )
        )
    faults = _faults(household, data, clock.today())
    people = await members_of(uow, household)
    faults += seen_faults(await confirmed(uow, household.id), "closed_on", data.closed_on, people)
    if data.partner and not await has_consented(uow, household, ConsentPurpose.SHARING, clock=clock):
        faults.append(
            FieldError(
                "partner",
                say(
                    "No adult of the family has agreed that partners are told of it. Ask them and record that consent "
                    "first."
                ),
            )
        )
    if faults:
        raise InvalidInput(faults)
    await _require_nobody_missing(uow, household)
    # Whoever is sought leaves every list by this, as one who is declared lost does.
    may_decide = uow.actor.may(Permission.LOSSES_DECIDE, household.office_id)
    if not may_decide and await sought(uow, household.id, clock=clock):
        raise ChildIsLookedFor(SUPERVISOR_CLOSES)
    await require_no_grant(uow, household)
    await require_no_seat(uow, household, clock.today())
    uow.session.add(
        Leaving(
            id=closing_id,
            household_id=household.id,
            office_id=household.office_id,
            left_on=data.closed_on,
            because=data.because.value,
            note=data.note,
            partner=data.partner,
            recorded_by=uow.actor.id,
            recorded_at=clock.now(),
        )
    )
    household.status = HouseholdStatus.CLOSED.value
    household.closed_on, household.closed_because = data.closed_on, data.because.value
    household.version += 1
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)
    return closing_id


def _faults(household: Household, data: CloseIn, today: date) -> list[FieldError]:
    faults = past_faults(
        "closed_on",
        data.closed_on,
        today=today,
        since=household.intake_on,
        too_early=say(
            "The family was taken in on {day}. Write that day or a later one.", day=household.intake_on
        ),
    )
    if data.because is CaseClosed.MOVED and not data.partner:
        faults.append(
            FieldError(
                "partner",
                say(
                    "Write which partner follows the family now. Where one of our offices does, hand the family over "
                    "to it instead; where nobody can, choose another reason and write why."
                ),
            )
        )
    if data.partner and data.because is not CaseClosed.MOVED:
        faults.append(
            FieldError(
                "partner",
                say("A partner takes over a family that moved. Choose that reason, or leave this out."),
            )
        )
    if data.because is CaseClosed.OTHER and data.note is None:
        faults.append(FieldError("note", say("Write the reason.")))
    return faults


async def _require_nobody_missing(uow: UnitOfWork, household: Household) -> None:
    if await missing_alert(uow, household.id):
        raise ChildIsMissing(
            say(
                "A child of household {code} is missing, and the alert is open. The household stays open until the child "
                "is found.",
                code=household.code,
            )
        )


SUPERVISOR_CLOSES = say(
    "A child of this household was not confirmed when it was due, or an alert is open. A supervisor closes such a "
    "household: tell them what is known of the child."
)


async def require_no_grant(uow: UnitOfWork, household: Household) -> None:
    """Raises `GrantUnderWay` where money is asked for or set aside for the family."""
    under_way = await grant_under_way(uow, household.id)
    if under_way is not None:
        raise GrantUnderWay(GRANT_FIRST[under_way])


async def require_no_seat(uow: UnitOfWork, household: Household, today: date) -> None:
    """Raises `SeatTaken` where somebody of the family is in a course that goes on."""
    until = await course_seat_until(uow, household.id, today)
    if until is not None:
        raise SeatTaken(seat_first(until))


def seat_first(until: date) -> Message:
    return say(
        "Somebody of this household has a seat in a course until {day}. Have the trainer record on the course's page that "
        "it is completed, or that the seat is given up; or wait until that day is over.",
        day=until,
    )


GRANT_FIRST = {
    "submitted": say(
        "A grant application of this household waits for a decision. Have it returned or rejected first."
    ),
    "approved": say(
        "A grant of this household is approved, and money is set aside for it. Have the first tranche paid first."
    ),
}


async def in_the_way(
    reading: Reading, household_id: UUID, today: date
) -> tuple[Message | None, Message | None]:
    """What is to be done before the family goes: with its grant, and with its seat in a course."""
    grant = await grant_under_way(reading, household_id)
    seat = await course_seat_until(reading, household_id, today)
    return GRANT_FIRST[grant] if grant else None, seat_first(seat) if seat else None
