"""What a visit settled, raised and closed, and what comes next, as it stands now."""

from datetime import date

from sqlalchemy import Text, Uuid, and_, bindparam, or_, select
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert, DayToReview, FollowUp, Visit
from livelihood.followups.queries.alerts import alerts
from livelihood.followups.queries.lists import follow_ups
from livelihood.followups.queries.states import IN_STATE, OPEN, TODAY
from livelihood.followups.queries.unseen import unseen
from livelihood.followups.queries.visits import HAPPENED, MET, OF_HOUSEHOLD, ON_DAY, TO_THE_FAMILY, attempts
from livelihood.followups.rules.facts import AnchorKind, Mode, Outcome
from livelihood.followups.rules.protocols import begun_anew
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import (
    AlertOut,
    CorrectionOut,
    FollowUpOut,
    SameDay,
    UnderReview,
    VisitEffect,
    VisitOut,
)
from livelihood.observations.models import Observation

Earlier = aliased(Observation)
THIS = bindparam("id", type_=Uuid)
# All of it is looked for within the household: there is an index for that, and none that begins with the visit.
THIS_HOUSEHOLD = bindparam("household_id", type_=Uuid)

# What it found, and itself: of who was there it need have found nothing.
OF_VISIT = select(Observation.id).where(Observation.visit_id == THIS).union_all(select(THIS))
SETTLED = Read(
    follow_ups()
    .where(FollowUp.household_id == THIS_HOUSEHOLD, FollowUp.settled_by.in_(OF_VISIT))
    .order_by(FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)
RAISED_HERE = (Alert.household_id == THIS_HOUSEHOLD) & (Alert.visit_id == THIS)
FOUND = select(Observation.id).where(Observation.visit_id == THIS)
# What its alerts have added to the plan; its findings of whom nobody knows what they do instead of school; and, anew, of a
# child whom it found out of school again.
EXTRA = Read(
    follow_ups()
    .where(
        FollowUp.household_id == THIS_HOUSEHOLD,
        or_(
            FollowUp.anchor_id.in_(select(Alert.id).where(RAISED_HERE)),
            FollowUp.anchor_id.in_(FOUND),
            and_(
                FollowUp.anchor_kind == AnchorKind.OUT_OF_SCHOOL,
                FollowUp.slot.endswith(bindparam("again", type_=Text), autoescape=False),
                FollowUp.member_id.in_(select(Observation.member_id).where(Observation.visit_id == THIS)),
            ),
        ),
        OPEN,
    )
    .order_by(FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)
NEXT = Read(
    follow_ups()
    .where(FollowUp.household_id == THIS_HOUSEHOLD, OPEN, FollowUp.closes_on >= TODAY)
    .order_by(FollowUp.due_on, FollowUp.id)
    .limit(1),
    FollowUpOut,
)
OVERDUE = Read(
    follow_ups()
    .where(
        FollowUp.household_id == THIS_HOUSEHOLD,
        IN_STATE[State.OVERDUE],
        FollowUp.reminds,
    )
    .order_by(FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)
OPENED = Read(alerts().where(RAISED_HERE).order_by(Alert.id), AlertOut)
CORRECTIONS = Read(
    select(
        Observation.id,
        Observation.supersedes.label("corrects"),
        Observation.member_id,
        Earlier.details.label("before"),
        Observation.details.label("after"),
        Earlier.happened_on.label("before_on"),
        Observation.happened_on.label("after_on"),
        Observation.reason,
        Staff.name.label("by"),
        Observation.recorded_at.label("at"),
    )
    .join(Earlier, Earlier.id == Observation.supersedes)
    .join(Staff, Staff.id == Observation.recorded_by)
    .where(Observation.visit_id == THIS)
    .order_by(Observation.recorded_at, Observation.id),
    CorrectionOut,
)
CLOSED = Read(
    alerts().where(Alert.household_id == THIS_HOUSEHOLD, Alert.closed_by.in_(OF_VISIT)).order_by(Alert.id),
    AlertOut,
)
SAME_DAY = Read(
    select(Visit.id, Staff.name.label("recorded_by"))
    .join(Staff, Staff.id == Visit.recorded_by)
    .where(
        OF_HOUSEHOLD,
        HAPPENED,
        TO_THE_FAMILY,
        MET,
        Visit.happened_on == ON_DAY,
        Visit.id != THIS,
        Visit.recorded_by != select(Visit.recorded_by).where(Visit.id == THIS).scalar_subquery(),
    )
    .order_by(Visit.recorded_at, Visit.id),
    SameDay,
)
REVIEWED = Read(
    select(DayToReview.twice, DayToReview.contested, DayToReview.departed).where(
        DayToReview.household_id == THIS_HOUSEHOLD, DayToReview.happened_on == ON_DAY
    ),
    UnderReview,
)


async def of_visit(reading: Reading, visit: VisitOut, today: date) -> VisitEffect:
    """What it has settled and raised, and what comes next, as it stands now."""
    may_read_alerts = reading.actor.may(Permission.ALERTS_READ, visit.office_id)
    upcoming = await NEXT.first(reading, household_id=visit.household_id, today=today)
    itself = {"household_id": visit.household_id, "id": visit.id}
    return VisitEffect(
        visit=visit,
        settled=await SETTLED.all(reading, **itself, today=today),
        unseen=await unseen(reading, visit),
        alerts_opened=await OPENED.all(reading, **itself) if may_read_alerts else [],
        alerts_closed=await CLOSED.all(reading, **itself) if may_read_alerts else [],
        extra_checks=await EXTRA.all(reading, **itself, again=begun_anew("", visit.happened_on), today=today),
        still_overdue=[]
        if visit.withdrawn
        else await OVERDUE.all(reading, household_id=visit.household_id, today=today),
        next_follow_up=upcoming,
        recorded_twice=await _recorded_twice(reading, visit),
        review=None
        if visit.withdrawn
        else await REVIEWED.first(reading, household_id=visit.household_id, happened_on=visit.happened_on),
        corrections=await CORRECTIONS.all(reading, id=visit.id),
        attempts=0
        if visit.outcome == Outcome.MET or visit.withdrawn
        else await attempts(reading, visit.household_id, visit.happened_on),
    )


async def _recorded_twice(reading: Reading, visit: VisitOut) -> list[SameDay]:
    if visit.outcome != Outcome.MET or visit.mode == Mode.REGISTER or visit.withdrawn:
        return []
    return await SAME_DAY.all(
        reading, household_id=visit.household_id, happened_on=visit.happened_on, id=visit.id
    )
