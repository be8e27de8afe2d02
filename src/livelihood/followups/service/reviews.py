from uuid import UUID

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import Conflict, invalid, say
from livelihood.followups.models import Review
from livelihood.followups.queries import reviews
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.reviews import Decision
from livelihood.followups.schemas_reviews import DayOut, ReviewIn
from livelihood.followups.service.corrections import withdraw_visit
from livelihood.followups.service.visits import lock_family
from livelihood.households.rules import MemberLeft
from livelihood.observations import service as observations


class NothingToReview(Conflict):
    code = "nothing-to-review"


async def review(uow: UnitOfWork, data: ReviewIn, *, clock: Clock) -> UUID:
    """Decide about a household's records of one day; says the decision's id.

    Raises `NotFound`, `Forbidden`, `InvalidInput`, `NothingToReview` where nobody waits for it any more.
    """
    household = await observations.family(uow, data.household_id)
    uow.actor.require(Permission.VISITS_REVIEW, household.office_id)
    review_id = data.id or new_id()
    if data.id is not None and not await uow.claim("review", data.id, data):
        return review_id
    await lock_family(uow, household)
    day = await reviews.day(uow, data.household_id, data.happened_on)
    if not day.waits:
        raise NothingToReview(
            say(
                "These records want no decision any more: somebody decided, or what differed was corrected. Look at "
                "the list again."
            )
        )
    _check(day, data)
    if data.visit_id is not None:
        await withdraw_visit(uow, data.visit_id, data.note, clock=clock)
    uow.session.add(
        Review(
            id=review_id,
            household_id=household.id,
            office_id=household.office_id,
            happened_on=data.happened_on,
            decision=data.decision.value,
            visit_id=data.visit_id,
            note=data.note,
            decided_by=uow.actor.id,
            decided_at=clock.now(),
        )
    )
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)
    return review_id


def _check(day: DayOut, data: ReviewIn) -> None:
    standing = {one.id for one in day.visits if one.withdrawn is None}
    if data.decision is not Decision.WITHDRAWN:
        if data.visit_id is not None:
            raise invalid("visit_id", say("A record is named only where it is withdrawn. Leave it out."))
    elif data.visit_id not in standing:
        raise invalid("visit_id", say("Choose which of the records of this day is withdrawn."))
    if data.decision is not Decision.WITHDRAWN and any(
        one.because == MemberLeft.DIED for one in day.departed
    ):
        raise invalid(
            "decision",
            say(
                "According to the records somebody died before the day on which they were met. Say first that they did not, "
                "or correct or withdraw the record that names the wrong person."
            ),
        )
    if data.decision is Decision.CORRECTED and day.departed:
        raise invalid(
            "decision",
            say(
                "Somebody was met who had left. Say first that they are back, correct or withdraw the record, or keep it as "
                "it is where they live elsewhere still."
            ),
        )
    if data.decision is Decision.CORRECTED and day.contested:
        raise invalid(
            "decision", say("The records contradict each other still. Correct the one that is wrong first.")
        )
