from uuid import UUID

from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, Forbidden, NotFound, say
from livelihood.followups.models import Acknowledgement, Alert
from livelihood.followups.queries.missing import OPEN
from livelihood.followups.schemas import AcknowledgementIn


class ChildIsMissing(Conflict):
    """Nobody stops looking for a child by closing a file, or by saying that the child went."""

    code = "child-is-missing"


class ChildIsLookedFor(Forbidden):
    """What was recorded may be why somebody looks for a child; one person alone does not end that."""

    code = "child-is-looked-for"


async def acknowledge(uow: UnitOfWork, alert_id: UUID, data: AcknowledgementIn, *, clock: Clock) -> UUID:
    """Say that the alert was read and what will be done. It stays open: only what is found closes it.

    Who does not answer the office's alerts, but has to know, says so too; the alert waits for an answer all the same.
    """
    alert = (await uow.session.scalars(select(Alert).where(Alert.id == alert_id))).one_or_none()
    if alert is None:
        raise NotFound(say("There is no such alert."))
    answers = uow.actor.may(Permission.ALERTS_ACKNOWLEDGE, alert.office_id)
    if not answers:
        uow.actor.require(Permission.ALERTS_NOTE, alert.office_id)
    acknowledgement_id = data.id or new_id()
    if data.id is None or await uow.claim(f"acknowledgement of {alert_id}", data.id, data):
        uow.session.add(
            Acknowledgement(
                id=acknowledgement_id,
                household_id=alert.household_id,
                office_id=alert.office_id,
                alert_id=alert.id,
                note=data.note,
                answers=answers,
                acknowledged_by=uow.actor.id,
                acknowledged_at=clock.now(),
            )
        )
        await uow.session.flush()
    return acknowledgement_id


async def missing_alert(uow: UnitOfWork, household_id: UUID, member_id: UUID | None = None) -> UUID | None:
    """An alert, still open, that a child of this household, or this one of them, is missing."""
    found = select(Alert.id).where(Alert.household_id == household_id, OPEN)
    if member_id is not None:
        found = found.where(Alert.member_id == member_id)
    return await uow.session.scalar(found.limit(1))
