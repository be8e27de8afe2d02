from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, invalid, say
from livelihood.followups.models import ClosedCheck, FollowUp
from livelihood.followups.queries.closed_checks import no_closed_check
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.state import Settled, State, state_of
from livelihood.followups.schemas_closed import CloseChecksIn
from livelihood.followups.service.alerts import ChildIsMissing, missing_alert
from livelihood.households.models import Household
from livelihood.households.service import lock
from livelihood.written import INVISIBLE

TO_BE_MADE = frozenset({State.DUE, State.OVERDUE})
SHORTEST_REASON = 3


class CheckIsNotDue(Conflict):
    """Nobody is asked to make it: it is to come, was answered or cancelled, or its time has passed."""

    code = "check-is-not-due"


async def close_checks(uow: UnitOfWork, household_id: UUID, data: CloseChecksIn, *, clock: Clock) -> None:
    """Nobody will make these checks: they are missed from today on, and remind nobody. It confirms nobody either: the
    silence of the child goes on as if nothing had been said.

    Raises `NotFound`, `Forbidden`, `InvalidInput`, `CheckIsNotDue`, `ChildIsMissing`, `Conflict`.
    """
    household = await lock(uow, household_id)
    uow.actor.require(Permission.CHECKS_CLOSE, household.office_id)
    if data.id is not None and not await uow.claim(f"closed checks of {household_id}", data.id, data):
        return
    if sum(not one.isspace() and one not in INVISIBLE for one in data.reason) < SHORTEST_REASON:
        raise invalid("reason", say("Write in a few words why nobody will make the check."))
    for one in await _due(uow, household, data.follow_up_ids, clock.today()):
        uow.session.add(
            ClosedCheck(
                id=new_id(),
                household_id=household.id,
                office_id=household.office_id,
                follow_up_id=one.id,
                member_id=one.member_id,
                protocol=one.protocol,
                slot=one.slot,
                purpose=one.purpose,
                reason=data.reason,
                closed_on=clock.today(),
                closed_by=uow.actor.id,
                recorded_at=clock.now(),
            )
        )
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)


async def _due(
    uow: UnitOfWork, household: Household, follow_up_ids: Sequence[UUID], today: date
) -> Sequence[FollowUp]:
    wanted = set(follow_up_ids)
    found = (
        await uow.session.scalars(
            select(FollowUp)
            .where(FollowUp.household_id == household.id, FollowUp.id.in_(wanted))
            .order_by(FollowUp.due_on, FollowUp.id)
        )
    ).all()
    if len(found) < len(wanted):
        raise invalid(
            "follow_up_ids",
            say("One of these checks is not of this family any more. Load the page again and choose anew."),
        )
    if any(_state(one, today) not in TO_BE_MADE for one in found):
        raise CheckIsNotDue(
            say(
                "One of these checks is not due: it is to come, was answered already, or its time has passed. Load the "
                "page again and choose among those that are due."
            )
        )
    for member_id in {one.member_id for one in found if one.member_id}:
        if await missing_alert(uow, household.id, member_id):
            raise ChildIsMissing(
                say(
                    "This child is missing, and the alert is open: nobody stops looking. Go on with the steps of the "
                    "alert; the check stays due until the child is found."
                )
            )
    return found


def _state(one: FollowUp, today: date) -> State:
    return state_of(
        opens_on=one.opens_on,
        closes_on=one.closes_on,
        lapses_on=one.lapses_on,
        settled=Settled(one.settled) if one.settled else None,
        today=today,
    )


async def reopen_check(uow: UnitOfWork, closed_id: UUID, *, clock: Clock) -> UUID:
    """It was marked as missed by mistake: the check is what its days and visits say. Says the household; done twice, it
    is done once.

    Raises `NotFound`, `Forbidden`.
    """
    household_id = await uow.session.scalar(
        select(ClosedCheck.household_id).where(ClosedCheck.id == closed_id)
    )
    if household_id is None:
        raise no_closed_check()
    household = await lock(uow, household_id)
    uow.actor.require(Permission.CHECKS_CLOSE, household.office_id)
    closed = await uow.session.get_one(ClosedCheck, closed_id)
    if closed.reopened_at is None:
        closed.reopened_by, closed.reopened_at = uow.actor.id, clock.now()
        await uow.session.flush()
        await reconcile(uow, [household.id], clock=clock)
    return household.id
