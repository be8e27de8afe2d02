from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import labels, labels_findings, service
from livelihood.followups.pages.alert_story import Contested, story
from livelihood.followups.queries import alerts, attempts, care, losses, reviews, visits
from livelihood.followups.queries.confirmed import seen_since
from livelihood.followups.queries.learnt import contested_days, learnt
from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.rules.care import NEEDED, not_met, still_to_do
from livelihood.followups.schemas import AcknowledgementIn, AlertOut, VisitOut
from livelihood.followups.schemas_care import PlanOutcomeIn, StepIn, SupportPlanIn
from livelihood.households.phones import shown
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class AlertPages(Controller):
    path = "/alerts"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        show: Annotated[Literal["open", "closed"], QueryParameter()] = "open",
        office: Annotated[int | None, QueryParameter(ge=1, le=32_767)] = None,
        cursor: Annotated[str, QueryParameter(max_length=100)] = "",
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        return await alert_list(reads, show=show, office=office, cursor=cursor, done=done)

    @get("/{alert_id:uuid}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        alert_id: FromPath[UUID],
        clock: NamedDependency[Clock],
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        return await alert_page(reads, alert_id, clock, done=done)

    @post("/{alert_id:uuid}/acknowledgements")
    async def acknowledge(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        alert_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: alert_page(uow, alert_id, clock, form=form)) as form:
            await service.acknowledge(uow, alert_id, form.bind(AcknowledgementIn), clock=clock)
        return see(f"/alerts/{alert_id}", done="acknowledged")

    @post("/{alert_id:uuid}/steps")
    async def log_step(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        alert_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: alert_page(uow, alert_id, clock, step=form)) as form:
            await service.log_step(uow, alert_id, form.bind(StepIn), clock=clock)
        return see(f"/alerts/{alert_id}", done="step")

    @post("/{alert_id:uuid}/support-plans")
    async def make_plan(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        alert_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: alert_page(uow, alert_id, clock, plan=form)) as form:
            await service.make_plan(uow, alert_id, form.bind(SupportPlanIn), clock=clock)
        return see(f"/alerts/{alert_id}", done="plan")

    @post("/{alert_id:uuid}/support-plans/{plan_id:uuid}/outcome")
    async def finish_plan(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        alert_id: FromPath[UUID],
        plan_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(
            uow, request, lambda form: alert_page(uow, alert_id, clock, outcome=form, refused=plan_id)
        ) as form:
            await service.finish_plan(uow, plan_id, form.bind(PlanOutcomeIn), clock=clock)
        return see(f"/alerts/{alert_id}", done="outcome")


async def alert_page(
    reading: Reading,
    alert_id: UUID,
    clock: Clock,
    *,
    done: str = "",
    form: Form | None = None,
    step: Form | None = None,
    plan: Form | None = None,
    outcome: Form | None = None,
    refused: UUID | None = None,
) -> Html:
    alert = await alerts.one(reading, alert_id)
    found = await care.care_of(reading, alert, clock.today())
    actor = reading.actor
    cause, tried = None, attempts.Attempts([], [])
    may_review = actor.may(Permission.VISITS_REVIEW, alert.office_id)
    seen = await seen_meanwhile(reading, alert)
    contested = await contested_by_day(reading, alert)
    if actor.may(Permission.VISITS_READ, alert.office_id):
        cause = await visits.one(reading, alert.visit_id) if alert.visit_id else None
        tried = await attempts.around(reading, alert)
    return page(
        "followups/alert.html",
        reading,
        alert=alert,
        care=found,
        cause=cause,
        tried=tried,
        story=story(
            alert, found, tried, await learnt(reading, alert), contested, clock, may_review=may_review
        ),
        seen_meanwhile=seen,
        contested=[one for one in contested if one.on not in {seen.visit.happened_on for seen in seen}],
        may_review=may_review,
        line=labels_findings.line,
        lines=[(line, line in still_to_do(one.step for one in found.steps)) for line in NEEDED],
        done=done,
        form=form,
        step=step or Form.of(id=new_id(), happened_on=clock.today()),
        plan=plan or Form.of(id=new_id()),
        planning=plan is not None,
        outcome=outcome,
        refused=refused,
        may_answer=actor.may(Permission.ALERTS_ACKNOWLEDGE, alert.office_id),
        may_note=actor.may(Permission.ALERTS_ACKNOWLEDGE, alert.office_id)
        or actor.may(Permission.ALERTS_NOTE, alert.office_id),
        may_log=alert.closed_on is None and await service.may_log_steps(reading, alert, clock.today()),
        may_plan=actor.may(Permission.SUPPORT_PLANS_MAKE, alert.office_id),
        met=await care.met_by(reading, alert.household_id, since=alert.opened_on),
        not_met=not_met(alert.opened_on),
        may_record=actor.may(Permission.VISITS_RECORD, alert.office_id),
        lost=await losses.standing(reading, alert.household_id, alert.member_id),
        may_lose=actor.may(Permission.LOSSES_DECIDE, alert.office_id),
        labels=labels,
        purpose_names=labels.purpose_names(),
        step_names=dict(labels.steps()),
        barrier_names=dict(labels.barriers()),
        phone_shown=shown,
    )


class SeenMeanwhile(msgspec.Struct, frozen=True):
    """A visit at which the child was confirmed, and still is missing; `waits`: a supervisor is to decide about it."""

    visit: VisitOut
    waits: bool


async def seen_meanwhile(reading: Reading, alert: AlertOut) -> list[SeenMeanwhile]:
    """A confirmation of a later day would have closed the alert: these are of the very day of the alarm."""
    if (
        alert.kind != AlertKind.MISSING_CHILD
        or alert.closed_on is not None
        or not reading.actor.may(Permission.VISITS_READ, alert.office_id)
    ):
        return []
    seen = await seen_since(reading, alert.household_id, alert.member_id, alert.opened_on)
    found = [await visits.one(reading, visit_id) for _day, visit_id in seen]
    return [
        SeenMeanwhile(one, await reviews.is_waiting(reading, one.household_id, one.happened_on))
        for one in found
    ]


async def contested_by_day(reading: Reading, alert: AlertOut) -> list[Contested]:
    return [
        Contested(day, await reviews.is_waiting(reading, alert.household_id, day))
        for day in await contested_days(reading, alert)
    ]


async def alert_list(
    reading: Reading, *, show: str = "open", office: int | None = None, cursor: str = "", done: str = ""
) -> Html:
    found = await alerts.list_alerts(reading, closed=show == "closed", office=office, cursor=cursor)
    return page(
        "followups/alerts.html",
        reading,
        found=found,
        show=show,
        office=office,
        cursor=cursor,
        done=done,
        may_record=reading.actor.may(Permission.VISITS_RECORD),
        labels=labels,
        phone_shown=shown,
    )
