from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.actor import Actor
from livelihood.db.reader import Reading
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, FieldError, Forbidden, InvalidInput, NotFound, invalid, say
from livelihood.followups.queries import visits
from livelihood.followups.queries.alerts import looked_for
from livelihood.followups.queries.confirmed import records_of
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.answers import contradicted_by_the_rest
from livelihood.followups.schemas import CorrectionIn, VisitOut
from livelihood.followups.service.alerts import ChildIsLookedFor
from livelihood.followups.service.visits import lock_family
from livelihood.observations import service as observations
from livelihood.observations.models import Withdrawal
from livelihood.observations.queries import ONE
from livelihood.observations.schemas import ObservationIn

OF_THE_FINDING = frozenset({"supersedes", "member_id", "happened_on"})


class WithdrawnAlready(Conflict):
    code = "withdrawn-already"


async def correct_finding(uow: UnitOfWork, visit_id: UUID, data: CorrectionIn, *, clock: Clock) -> None:
    """Say what a visit found instead of what was recorded; the old answer stays readable, with the reason.

    Raises `NotFound`, `Forbidden`, `ChildIsLookedFor`, `InvalidInput`.
    """
    visit = await visits.one(uow, visit_id)
    require_putting_right(uow.actor, visit)
    found = await ONE.first(uow, id=data.finding_id)
    if found is None or found.visit_id != visit_id:
        raise NotFound(say("This visit found no such thing. Open the visit, and choose what is wrong."))
    await lock_family(uow, await observations.family(uow, visit.household_id))
    if found.member_id in await beyond_one_person(uow, visit):
        raise still_looked_for()
    # Of a finding that was once corrected to a later day, where no other day is said, it is the visit's.
    day = data.happened_on or min(found.happened_on, visit.happened_on)
    if day > visit.happened_on:
        raise invalid(
            "happened_on",
            say(
                "{day} is after the visit, which was on {visited}: it cannot have found this then. Write a day until "
                "{visited}; what was found later is recorded as a visit of its own.",
                day=day,
                visited=visit.happened_on,
            ),
        )
    standing = await records_of(uow, visit.household_id)
    asked = contradicted_by_the_rest(found.id, data.details, day, *standing)
    if asked is not None:
        raise invalid("details", asked)
    correction = ObservationIn(
        id=data.id,
        happened_on=day,
        details=data.details,
        member_id=found.member_id,
        supersedes=found.id,
        reason=data.reason,
    )
    try:
        await observations.record(uow, visit.household_id, correction, clock=clock, visit_id=visit_id)
    except InvalidInput as error:
        # What follows from the finding was not sent, so it is said of the finding.
        of_it = OF_THE_FINDING - ({"happened_on"} if data.happened_on else set())
        faults = [
            FieldError("finding_id" if one.field in of_it else one.field, one.message) for one in error.errors
        ]
        raise InvalidInput(faults, error.message) from error
    await reconcile(uow, [visit.household_id], clock=clock)


def may_put_right(actor: Actor, visit: VisitOut) -> bool:
    """Who recorded it corrects it or takes it back, or a supervisor of the office does: nobody else was there."""
    own = visit.recorder_id == actor.id and actor.may(Permission.VISITS_RECORD, visit.office_id)
    return own or actor.may(Permission.VISITS_REVIEW, visit.office_id)


def require_putting_right(actor: Actor, visit: VisitOut) -> None:
    if not may_put_right(actor, visit):
        raise Forbidden(
            say(
                "A visit is corrected or withdrawn by who recorded it ({name}) or by a supervisor of the office. "
                "Tell one of them what is wrong.",
                name=visit.recorded_by,
            )
        )


async def beyond_one_person(reading: Reading, visit: VisitOut) -> set[UUID]:
    """The children of whom this person corrects nothing, because they are missing: one person alone does not end the
    search, neither by what raised the alert nor by turning what was found since into a sighting.
    """
    if reading.actor.may(Permission.VISITS_REVIEW, visit.office_id):
        return set()
    return await looked_for(reading, visit.household_id)


def still_looked_for() -> ChildIsLookedFor:
    return ChildIsLookedFor(
        say(
            "This child is missing, and the alert is open. Until the child is found a supervisor corrects what visits "
            "found of them. Tell them what is wrong."
        )
    )


def visits_stand_meanwhile() -> ChildIsLookedFor:
    return ChildIsLookedFor(
        say(
            "A child of this household is missing, and the alert is open. Until the child is found a supervisor "
            "withdraws its visits. Tell them what is wrong."
        )
    )


async def withdraw_visit(uow: UnitOfWork, visit_id: UUID, reason: str, *, clock: Clock) -> None:
    """Take back a visit that was recorded by mistake: nothing of it counts any more, and all of it stays readable.

    Sent twice with the same reason, it is done once. Raises `NotFound`, `Forbidden`, `ChildIsLookedFor`,
    `WithdrawnAlready`.
    """
    visit = await visits.one(uow, visit_id)
    require_putting_right(uow.actor, visit)
    await lock_family(uow, await observations.family(uow, visit.household_id))
    if visit.withdrawn is None and await beyond_one_person(uow, visit):
        raise visits_stand_meanwhile()
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
