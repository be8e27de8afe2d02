from datetime import timedelta
from random import SystemRandom
from uuid import UUID

from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, Forbidden, NotFound, invalid, say
from livelihood.followups.models import SpotCheck, Visit
from livelihood.followups.queries.numbers import numbers
from livelihood.followups.queries.visits import HAPPENED, MET, STILL_THERE
from livelihood.followups.rules.care import Verdict
from livelihood.followups.rules.facts import Mode
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.schemas_care import DrawIn, VerdictIn
from livelihood.households.models import Household
from livelihood.households.rules import HouseholdStatus

CHANCE = SystemRandom()


class NothingToDraw(DomainError):
    code = "nothing-to-draw"


class OwnVisits(Forbidden):
    code = "own-visits"


class CheckedAlready(DomainError):
    code = "checked-already"


async def draw(uow: UnitOfWork, data: DrawIn, *, clock: Clock) -> list[UUID]:
    """Draw some of a monitor's recent visits for a second look: by chance, and for the record. Only a visit in person
    that met somebody can be looked at again. Nobody is sent once more to a family whose case is closed, or for people
    who have all left it.

    Nobody draws, or looks again at, visits of their own. A visit is drawn at most once. Says what was drawn: nothing
    where the request is repeated.
    """
    uow.actor.require(Permission.SPOT_CHECKS_MAKE, data.office_id)
    if data.monitor_id == uow.actor.id:
        raise OwnVisits(say("These are visits of your own. Another supervisor looks at them again."))
    if data.id is not None and not await uow.claim("draw", data.id, data):
        return []
    today = clock.today()
    policy = await numbers(uow)
    since = today - timedelta(days=policy.on(NumberKey.SPOT_CHECK_DAYS, today))
    found = await uow.session.execute(
        select(Visit.id, Visit.household_id)
        .join(Household, Household.id == Visit.household_id)
        .where(
            Visit.office_id == data.office_id,
            Visit.recorded_by == data.monitor_id,
            Visit.mode == Mode.IN_PERSON.value,
            Visit.happened_on > since,
            Household.status == HouseholdStatus.ACTIVE.value,
            HAPPENED,
            MET,
            STILL_THERE,
            ~select(SpotCheck.id).where(SpotCheck.visit_id == Visit.id).exists(),
        )
        .order_by(Visit.id)
    )
    visits = found.all()
    if not visits:
        raise NothingToDraw(
            say(
                "This person has recorded no visit in person since {day} that met the family and was not drawn before.",
                day=since,
            )
        )
    drawn = CHANCE.sample(visits, min(len(visits), policy.on(NumberKey.SPOT_CHECK_VISITS, today)))
    checks = [
        SpotCheck(
            id=new_id(),
            household_id=visit.household_id,
            office_id=data.office_id,
            visit_id=visit.id,
            monitor_id=data.monitor_id,
            drawn_by=uow.actor.id,
            drawn_on=today,
        )
        for visit in drawn
    ]
    uow.session.add_all(checks)
    await uow.session.flush()
    return [one.id for one in checks]


async def record_check(uow: UnitOfWork, check_id: UUID, data: VerdictIn, *, clock: Clock) -> SpotCheck:
    """What the second look found. The visit itself stays as it was recorded."""
    check = (
        await uow.session.scalars(select(SpotCheck).where(SpotCheck.id == check_id).with_for_update())
    ).one_or_none()
    if check is None:
        raise NotFound(say("There is no such re-check here. Look on the page of the monitors."))
    uow.actor.require(Permission.SPOT_CHECKS_MAKE, check.office_id)
    if check.monitor_id == uow.actor.id:
        raise OwnVisits(say("These are visits of your own. Another supervisor looks at them again."))
    if data.verdict is not Verdict.AGREES and not data.note:
        raise invalid("note", say("Say what differs, or why it could not be checked."))
    if check.verdict is not None:
        if (check.verdict, check.note, check.checked_by) == (data.verdict, data.note, uow.actor.id):
            return check
        raise CheckedAlready(say("This visit was looked at again already. Load the page again."))
    check.verdict, check.note = data.verdict.value, data.note
    check.checked_on, check.checked_by = clock.today(), uow.actor.id
    await uow.session.flush()
    return check
