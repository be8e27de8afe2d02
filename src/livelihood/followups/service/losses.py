from uuid import UUID

from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, say
from livelihood.followups.models import Loss
from livelihood.followups.queries import losses
from livelihood.followups.reconcile import reconcile
from livelihood.followups.schemas_care import LossTakenBackIn
from livelihood.households.service import lock


class LossIsOver(Conflict):
    code = "loss-is-over"


async def take_back_loss(uow: UnitOfWork, loss_id: UUID, data: LossTakenBackIn, *, clock: Clock) -> UUID:
    """It was said in error: the child is looked for as if nobody had said it, and what silence leads to goes on from the
    day on which it began. The record stays, with why. Says the household; sent twice, it is done once.

    Raises `NotFound`, `Forbidden`, `LossIsOver`.
    """
    household_id = await uow.session.scalar(select(Loss.household_id).where(Loss.id == loss_id))
    if household_id is None:
        raise losses.no_loss()
    household = await lock(uow, household_id)
    uow.actor.require(Permission.LOSSES_DECIDE, household.office_id)
    found = await losses.one(uow, loss_id)
    if found.taken_back_at is not None:
        if found.taken_back_because == data.reason:
            return household.id
        raise LossIsOver(
            say(
                "This was taken back already, by {name}. Load the page again.", name=found.taken_back_by or ""
            )
        )
    if found.ended_on is not None:
        raise LossIsOver(
            say(
                "The child was confirmed on {day}, which ended it. Nothing is to be taken back.",
                day=found.ended_on,
            )
        )
    loss = await uow.session.get_one(Loss, loss_id)
    loss.taken_back_by, loss.taken_back_at = uow.actor.id, clock.now()
    loss.taken_back_because = data.reason
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)
    return household.id
