from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.actor import Actor
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound, say
from livelihood.followups.queries import visits
from livelihood.followups.reconcile import reconcile
from livelihood.followups.schemas import CorrectionIn, VisitOut
from livelihood.followups.service.alerts import missing_alert
from livelihood.followups.service.visits import lock_family
from livelihood.observations import service as observations
from livelihood.observations.models import Withdrawal
from livelihood.observations.queries import ONE
from livelihood.observations.schemas import ObservationIn

OF_THE_FINDING = frozenset({"supersedes", "member_id", "happened_on"})


class WithdrawnAlready(Conflict):
    code = "withdrawn-already"


class ChildIsLookedFor(Forbidden):
    """What was recorded may be why somebody looks for a child; one person alone does not end that."""

    code = "child-is-looked-for"


async def correct_finding(uow: UnitOfWork, visit_id: UUID, data: CorrectionIn, *, clock: Clock) -> None:
    """Say what a visit found instead of what was recorded; the old answer stays readable, with the reason.

    Raises `NotFound`, `Forbidden`, `InvalidInput`.
    """
    visit = await visits.one(uow, visit_id)
    uow.actor.require(Permission.VISITS_RECORD, visit.office_id)
    found = await ONE.first(uow, id=data.finding_id)
    if found is None or found.visit_id != visit_id:
        raise NotFound(say("This visit found no such thing. Open the visit, and choose what is wrong."))
    await lock_family(uow, await observations.family(uow, visit.household_id))
    correction = ObservationIn(
        id=data.id,
        happened_on=found.happened_on,
        details=data.details,
        member_id=found.member_id,
        supersedes=found.id,
        reason=data.reason,
    )
    try:
        await observations.record(uow, visit.household_id, correction, clock=clock)
    except InvalidInput as error:
        # What follows from the finding was not sent, so it is said of the finding.
        faults = [
            FieldError("finding_id" if one.field in OF_THE_FINDING else one.field, one.message)
            for one in error.errors
        ]
        raise InvalidInput(faults, error.message) from error
    await reconcile(uow, [visit.household_id], clock=clock)


def may_withdraw(actor: Actor, visit: VisitOut) -> bool:
    """Who recorded it takes it back, or a supervisor of the office does."""
    own = visit.recorder_id == actor.id and actor.may(Permission.VISITS_RECORD, visit.office_id)
    return own or actor.may(Permission.VISITS_REVIEW, visit.office_id)


def not_theirs(visit: VisitOut) -> Forbidden:
    return Forbidden(
        say(
            "A visit is withdrawn by who recorded it ({name}) or by a supervisor of the office. Tell one of them "
            "what is wrong.",
            name=visit.recorded_by,
        )
    )


async def withdraw_visit(uow: UnitOfWork, visit_id: UUID, reason: str, *, clock: Clock) -> None:
    """Take back a visit that was recorded by mistake: nothing of it counts any more, and all of it stays readable.

    Sent twice with the same reason, it is done once. Raises `NotFound`, `Forbidden`, `ChildIsLookedFor`,
    `WithdrawnAlready`.
    """
    visit = await visits.one(uow, visit_id)
    if not may_withdraw(uow.actor, visit):
        raise not_theirs(visit)
    await lock_family(uow, await observations.family(uow, visit.household_id))
    reviews = uow.actor.may(Permission.VISITS_REVIEW, visit.office_id)
    if not reviews and visit.withdrawn is None and await missing_alert(uow, visit.household_id):
        raise ChildIsLookedFor(
            say(
                "A child of this household is missing, and the alert is open. Until the child is found a supervisor "
                "withdraws its visits. Tell them what is wrong."
            )
        )
    done = await uow.session.execute(
        insert(Withdrawal)
        .values(
            visit_id=visit.id,
            household_id=visit.household_id,
            office_id=visit.office_id,
            reason=reason,
            withdrawn_by=uow.actor.id,
            withdrawn_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=[Withdrawal.visit_id])
        .returning(Withdrawal.visit_id)
    )
    if done.scalar_one_or_none() is None:
        before = (await visits.one(uow, visit_id)).withdrawn
        if before is not None and before.reason == reason:
            return
        raise WithdrawnAlready(say("This visit was withdrawn already. Open it to see by whom, and why."))
    await reconcile(uow, [visit.household_id], clock=clock)
