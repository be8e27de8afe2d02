from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import UnitOfWork
from livelihood.errors import (
    DomainError,
    FieldError,
    Forbidden,
    InvalidInput,
    Message,
    NotFound,
    invalid,
    past_faults,
    say,
)
from livelihood.followups.models import Alert, AlertStep, FollowedChild, Loss, SupportPlan
from livelihood.followups.queries.care import met_by
from livelihood.followups.queries.whose import works
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.rules.care import PlanOutcome, not_met
from livelihood.followups.schemas import AlertOut
from livelihood.followups.schemas_care import LossIn, PlanOutcomeIn, StepIn, SupportPlanIn
from livelihood.followups.service.alerts import missing_alert
from livelihood.households.service import lock

# A plan for later than this is none.
LONGEST_PLAN = timedelta(days=365)


class FamilyNotMet(DomainError):
    """Who makes a support plan has heard the family itself say what stands in the way."""

    code = "family-not-met"


class NotYourSearch(Forbidden):
    code = "not-your-search"


class AlertIsClosed(DomainError):
    code = "alert-is-closed"


class LostAlready(DomainError):
    code = "lost-already"


class NotSilent(DomainError):
    """Of whom something is known there is nobody to give up."""

    code = "not-silent"


class PlanIsFinished(DomainError):
    code = "plan-is-finished"


async def may_log_steps(reading: Reading, alert: Alert | AlertOut, today: date) -> bool:
    """Who answers an office's alerts, of any of its families; a monitor of those they work."""
    actor = reading.actor
    return actor.may(Permission.SEARCHES_LOG, alert.office_id) and (
        actor.may(Permission.ALERTS_ACKNOWLEDGE, alert.office_id)
        or await works(reading, alert.household_id, today)
    )


async def log_step(uow: UnitOfWork, alert_id: UUID, data: StepIn, *, clock: Clock) -> UUID:
    """Somebody was asked after a missing child, and answered. It may be logged after the alert closed, and more than once.

    Raises `NotFound`, `NotYourSearch`, `InvalidInput`.
    """
    alert = await alert_of(uow, alert_id)
    uow.actor.require(Permission.SEARCHES_LOG, alert.office_id)
    if not await may_log_steps(uow, alert, clock.today()):
        raise NotYourSearch(
            say(
                "Who was asked after a child is logged by the family's monitor, or by a caseworker, a supervisor or the "
                "focal point of the office. Tell one of them what you learnt."
            )
        )
    if alert.kind != AlertKind.MISSING_CHILD:
        raise invalid("step", say("This alert has no checklist: it is not about a missing child."))
    faults = past_faults(
        "happened_on",
        data.happened_on,
        today=clock.today(),
        since=alert.opened_on,
        too_early=say(
            "{day} is before the alert of {opened}. Write the day on which you asked.",
            day=data.happened_on,
            opened=alert.opened_on,
        ),
    )
    if data.note is None:
        faults.append(
            FieldError("note", say("Write in a few words what they answered, also if they know nothing."))
        )
    if faults:
        raise InvalidInput(faults)
    step_id = data.id or new_id()
    if data.id is None or await uow.claim(f"step of {alert_id}", data.id, data):
        uow.session.add(
            AlertStep(
                id=step_id,
                household_id=alert.household_id,
                office_id=alert.office_id,
                alert_id=alert.id,
                step=data.step.value,
                happened_on=data.happened_on,
                note=data.note,
                logged_by=uow.actor.id,
                logged_at=clock.now(),
            )
        )
        await uow.session.flush()
    return step_id


async def make_plan(uow: UnitOfWork, alert_id: UUID, data: SupportPlanIn, *, clock: Clock) -> UUID:
    """A support plan for a child out of school.

    Raises `FamilyNotMet` unless whoever makes it has recorded a visit of their own, in person, at which the family
    was met, on the day of the alert or later: a meeting before that could not say why the child left.
    """
    alert = await alert_of(uow, alert_id)
    uow.actor.require(Permission.SUPPORT_PLANS_MAKE, alert.office_id)
    plan_id = data.id or new_id()
    if data.id is not None and not await uow.claim(f"support plan of {alert_id}", data.id, data):
        return plan_id
    if alert.kind != AlertKind.OUT_OF_SCHOOL:
        raise invalid(
            "barrier", say("A support plan is made for a child out of school; this alert is another.")
        )
    if alert.closed_on is not None:
        raise AlertIsClosed(say("This alert closed on {day}. It needs no support plan.", day=alert.closed_on))
    today = clock.today()
    if not today <= data.due_on <= today + LONGEST_PLAN:
        raise invalid(
            "due_on",
            say(
                "{day} is not within the next year. Write the day by which it is to be done.", day=data.due_on
            ),
        )
    visit_id = await met_by(uow, alert.household_id, since=alert.opened_on)
    if visit_id is None:
        raise FamilyNotMet(not_met(alert.opened_on))
    uow.session.add(
        SupportPlan(
            id=plan_id,
            household_id=alert.household_id,
            office_id=alert.office_id,
            alert_id=alert.id,
            member_id=alert.member_id,
            visit_id=visit_id,
            barrier=data.barrier.value,
            action=data.action,
            who=data.who,
            due_on=data.due_on,
            made_by=uow.actor.id,
            made_at=clock.now(),
        )
    )
    await uow.session.flush()
    return plan_id


async def finish_plan(uow: UnitOfWork, plan_id: UUID, data: PlanOutcomeIn, *, clock: Clock) -> SupportPlan:
    """Say what became of a plan. One that was not done says why, so that the next can be better."""
    plan = (
        await uow.session.scalars(select(SupportPlan).where(SupportPlan.id == plan_id).with_for_update())
    ).one_or_none()
    if plan is None:
        raise NotFound(say("There is no such support plan here. Look for it at its alert."))
    uow.actor.require(Permission.ALERTS_ACKNOWLEDGE, plan.office_id)
    if data.outcome is PlanOutcome.NOT_DONE and not data.note:
        raise invalid("note", say("Say why it was not done, so that the next plan can be better."))
    if plan.outcome is not None:
        if (plan.outcome, plan.outcome_note, plan.outcome_by) == (data.outcome, data.note, uow.actor.id):
            return plan
        raise PlanIsFinished(say("It was said already what became of this plan. Load the page again."))
    plan.outcome, plan.outcome_on = data.outcome.value, clock.today()
    plan.outcome_note, plan.outcome_by = data.note, uow.actor.id
    await uow.session.flush()
    return plan


async def declare_lost(uow: UnitOfWork, member_id: UUID, data: LossIn, *, clock: Clock) -> UUID:
    """A supervisor's word that a child is lost to follow-up: what was still planned for the child is cancelled.

    An open missing-child alert stays open. When the child is confirmed, on that day or later, the loss ends by itself.
    Raises `NotSilent` where every check of the child was answered or can be still, and nobody says that they are gone.
    """
    child = await followed(uow, member_id)
    household = await lock(uow, child.household_id)
    child = await followed(uow, member_id)
    uow.actor.require(Permission.LOSSES_DECIDE, household.office_id)
    loss_id = data.id or new_id()
    if data.id is not None and not await uow.claim(f"loss of {member_id}", data.id, data):
        return loss_id
    if child.lost_on is not None:
        raise LostAlready(say("This child has counted as lost since {day}.", day=child.lost_on))
    if child.unconfirmed_since is None and (
        child.confirmed_on == clock.today() or not await missing_alert(uow, household.id, member_id)
    ):
        raise NotSilent(_not_silent(child))
    uow.session.add(
        Loss(
            id=loss_id,
            household_id=household.id,
            office_id=household.office_id,
            member_id=member_id,
            reason=data.reason,
            decided_on=clock.today(),
            decided_by=uow.actor.id,
            recorded_at=clock.now(),
        )
    )
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)
    return loss_id


def _not_silent(child: FollowedChild) -> Message:
    if child.confirmed_on is None:
        return say(
            "No check of this child has closed without an answer, so nobody can say that they are lost. Visit the family, "
            "and record what you find."
        )
    return say(
        "This child was last confirmed on {day}, and no check has closed without an answer since. Visit the family, and "
        "record what you find: where nobody knows where the child is, say so in that visit.",
        day=child.confirmed_on,
    )


async def followed(uow: UnitOfWork, member_id: UUID) -> FollowedChild:
    found = (
        await uow.session.scalars(
            select(FollowedChild)
            .where(FollowedChild.member_id == member_id)
            .execution_options(populate_existing=True)
        )
    ).one_or_none()
    if found is None:
        raise NotFound(say("No such child is followed here. Look on the board of silence."))
    return found


async def alert_of(uow: UnitOfWork, alert_id: UUID) -> Alert:
    alert = (await uow.session.scalars(select(Alert).where(Alert.id == alert_id))).one_or_none()
    if alert is None or not uow.actor.may(Permission.ALERTS_READ, alert.office_id):
        raise NotFound(say("There is no such alert here. Look in the list of alerts."))
    return alert
