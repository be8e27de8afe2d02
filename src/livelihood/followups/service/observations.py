from datetime import date
from uuid import UUID

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, Forbidden, say
from livelihood.followups.queries.placements import completed_on, recorded_already
from livelihood.followups.reconcile import reconcile
from livelihood.followups.service.visits import lock_family
from livelihood.observations import service as observations
from livelihood.observations.queries import Recorded
from livelihood.observations.rules import Placement, kind_of
from livelihood.observations.schemas import ObservationIn

AGAIN = say(
    "You recorded the very same of this day already. Open the household: it stands on the timeline, where it can be "
    "corrected."
)


async def record_observation(
    uow: UnitOfWork, household_id: UUID, data: ObservationIn, *, clock: Clock
) -> Recorded:
    """Record a fact learnt outside of a visit, or correct one.

    Who records no visits (a trainer) speaks of the placement of who completed a course, and of nobody else: any other
    member is answered as if absent. A correction is of the same person and kind, so they touch nobody's finding of a
    child. What says whose word it is answers the placement check, in the same breath.

    Raises `NotFound`, `Forbidden`, `InvalidInput`.
    """
    uow.actor.require(Permission.OBSERVATIONS_RECORD)
    household = await observations.family(uow, household_id)
    uow.actor.require(Permission.OBSERVATIONS_RECORD, household.office_id)
    said, visits = data.details, uow.actor.may(Permission.VISITS_RECORD, household.office_id)
    if not isinstance(said, Placement):
        if not visits:
            raise Forbidden(
                say(
                    "Your roles record only what becomes of trainees after a course ({kind} was sent). Tell the "
                    "family's caseworker or monitor, who records the rest.",
                    kind=kind_of(said),
                )
            )
        return await observations.record(uow, household_id, data, clock=clock)
    faults: list[FieldError] = []
    if said.told_by or said.told_how or not visits:
        completed = await completed_on(uow, household_id, data.member_id)
        faults += _told_faults(said, data.happened_on, completed)
    await lock_family(uow, household)
    if data.supersedes is None and await recorded_already(uow, household_id, data):
        faults.append(FieldError("happened_on", AGAIN))
    found = await observations.record(uow, household_id, data, clock=clock, known_faults=faults)
    await reconcile(uow, [household_id], clock=clock)
    return found


def _told_faults(said: Placement, happened_on: date, completed: date) -> list[FieldError]:
    faults: list[FieldError] = []
    if happened_on < completed:
        before = say(
            "{day} is before the course was completed, on {completed}. Check the day.",
            day=happened_on,
            completed=completed,
        )
        faults.append(FieldError("happened_on", before))
    if said.told_by is None:
        whose = say("Say whose word it is: the trainee's, the family's or the employer's.")
        faults.append(FieldError("details.told_by", whose))
    if said.told_how is None:
        faults.append(FieldError("details.told_how", say("Say how you heard it: in person or by telephone.")))
    return faults
