"""What was planned and done about alerts: extra checks, steps of a checklist, support plans."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Date,
    SmallInteger,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.accounts.queries import works_there
from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert, AlertStep, ClosedCheck, FollowUp, SupportPlan, Visit
from livelihood.followups.queries.endings import ended_by
from livelihood.followups.queries.states import STATE, TODAY
from livelihood.followups.queries.visits import HAPPENED
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.rules.state import Settled
from livelihood.followups.schemas import AlertOut
from livelihood.followups.schemas_care import CareOut, ExtraCheckOut, StepOut, SupportPlanOut
from livelihood.households.models import Household, Member
from livelihood.observations.models import Observation

Maker = aliased(Staff)
Finisher = aliased(Staff)

MARKED = (
    select(ClosedCheck.id)
    .where(
        ClosedCheck.follow_up_id == FollowUp.id,
        ClosedCheck.reopened_at.is_(None),
        FollowUp.settled == Settled.MISSED.value,
    )
    .order_by(ClosedCheck.recorded_at.desc())
    .limit(1)
    .correlate(FollowUp)
    .scalar_subquery()
)
# The alert is their anchor.
EXTRA_CHECKS = Read(
    select(
        FollowUp.id,
        FollowUp.purpose,
        FollowUp.opens_on,
        FollowUp.due_on,
        FollowUp.closes_on,
        STATE.label("state"),
        FollowUp.settled_on,
        FollowUp.because,
        func.coalesce(Observation.visit_id, Visit.id).label("visit_id"),
        MARKED.label("closed_check_id"),
    )
    .outerjoin(Observation, Observation.id == FollowUp.settled_by)
    .outerjoin(Visit, Visit.id == FollowUp.settled_by)
    .where(FollowUp.anchor_id == bindparam("alert_id", type_=Uuid))
    .order_by(FollowUp.due_on, FollowUp.id),
    ExtraCheckOut,
)
STEPS = Read(
    select(
        AlertStep.id,
        AlertStep.step,
        AlertStep.happened_on,
        AlertStep.note,
        Staff.name.label("by"),
        AlertStep.logged_at,
    )
    .join(Staff, Staff.id == AlertStep.logged_by)
    .where(AlertStep.alert_id == bindparam("alert_id", type_=Uuid))
    .order_by(AlertStep.happened_on, AlertStep.logged_at, AlertStep.id),
    StepOut,
)
PLANS = Read(
    select(
        SupportPlan.id,
        SupportPlan.barrier,
        SupportPlan.action,
        SupportPlan.who,
        SupportPlan.due_on,
        Maker.name.label("made_by"),
        SupportPlan.made_at,
        SupportPlan.outcome,
        SupportPlan.outcome_on,
        SupportPlan.outcome_note,
        Finisher.name.label("outcome_by"),
    )
    .join(Maker, Maker.id == SupportPlan.made_by)
    .outerjoin(Finisher, Finisher.id == SupportPlan.outcome_by)
    .where(SupportPlan.alert_id == bindparam("alert_id", type_=Uuid))
    .order_by(SupportPlan.made_at, SupportPlan.id),
    SupportPlanOut,
)
# Of a family that was handed over, or of somebody who makes none there any more: whoever looks after the family now looks
# after them.
NOBODY_HAS_THEM = and_(
    ~works_there(SupportPlan.made_by, SupportPlan.office_id, Permission.SUPPORT_PLANS_MAKE),
    exists()
    .where(
        Household.id == SupportPlan.household_id, Household.caseworker_id == bindparam("person", type_=Uuid)
    )
    .correlate(SupportPlan),
)
# Under way, for an alert that is open: of the offices that somebody answers for as a whole, those that they made
# themselves, and those that nobody has any more.
PLANS_OF_SOMEBODY = and_(
    SupportPlan.outcome.is_(None),
    select(Alert.id).where(Alert.id == SupportPlan.alert_id, Alert.closed_on.is_(None)).exists(),
    or_(
        SupportPlan.office_id == any_(bindparam("whole_offices", type_=ARRAY(SmallInteger))),
        and_(
            SupportPlan.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
            or_(SupportPlan.made_by == bindparam("person", type_=Uuid), NOBODY_HAS_THEM),
        ),
    ),
)


def plans_of(actor: Actor) -> dict[str, object]:
    """For `PLANS_OF_SOMEBODY`: who makes plans looks after their own; who answers alerts and makes none, or decides on
    losses, after the whole office's.
    """
    offices = actor.offices_for(Permission.ALERTS_ACKNOWLEDGE)
    makes = actor.offices_for(Permission.SUPPORT_PLANS_MAKE)
    return {
        "person": actor.id,
        "offices": sorted(offices),
        "whole_offices": sorted((offices - makes) | actor.offices_for(Permission.LOSSES_DECIDE)),
    }


class PlanDue(msgspec.Struct, frozen=True):
    """A support plan whose day has come or is near, with the child it is for; `due_of_them`: whose day has come."""

    id: UUID
    alert_id: UUID
    household_code: str
    action: str
    who: str
    due_on: date
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    all_of_them: int
    due_of_them: int


PLANS_DUE = Read(
    select(
        SupportPlan.id,
        SupportPlan.alert_id,
        Household.code.label("household_code"),
        SupportPlan.action,
        SupportPlan.who,
        SupportPlan.due_on,
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        func.count().over().label("all_of_them"),
        func.count().filter(SupportPlan.due_on <= TODAY).over().label("due_of_them"),
    )
    .join(Household, Household.id == SupportPlan.household_id)
    .join(Member, Member.id == SupportPlan.member_id)
    .where(PLANS_OF_SOMEBODY, SupportPlan.due_on <= bindparam("until", type_=Date))
    .order_by(SupportPlan.due_on, SupportPlan.id)
    .limit(bindparam("limit")),
    PlanDue,
)


async def care_of(reading: Reading, alert: AlertOut, today: date) -> CareOut:
    """Whoever may read the alert may read this."""
    return CareOut(
        alert.id,
        await EXTRA_CHECKS.all(reading, alert_id=alert.id, today=today),
        await STEPS.all(reading, alert_id=alert.id),
        await PLANS.all(reading, alert_id=alert.id),
        await ended_by(reading, alert),
    )


class MetAt(msgspec.Struct, frozen=True):
    id: UUID


MET_BY = Read(
    select(Visit.id)
    .where(
        Visit.household_id == bindparam("household_id", type_=Uuid),
        Visit.recorded_by == bindparam("person", type_=Uuid),
        Visit.outcome == Outcome.MET,
        Visit.mode == Mode.IN_PERSON,
        HAPPENED,
        Visit.happened_on >= bindparam("since", type_=Date),
    )
    .order_by(Visit.happened_on.desc(), Visit.id)
    .limit(1),
    MetAt,
)


async def met_by(reading: Reading, household_id: UUID, *, since: date) -> UUID | None:
    """The last visit at which the actor met this family in person, on that day or later."""
    found = await MET_BY.first(reading, household_id=household_id, person=reading.actor.id, since=since)
    return found.id if found else None
