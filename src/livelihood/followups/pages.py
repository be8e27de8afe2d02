from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.actor import Actor
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError
from livelihood.followups import labels, service
from livelihood.followups.forms import VisitForm, at_form_fields
from livelihood.followups.queries import alerts, lists, visits
from livelihood.followups.queries.people import Child, children
from livelihood.followups.queries.worklist import summary, worklist
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.schemas import AcknowledgementIn, FollowUpOut
from livelihood.households.phones import shown
from livelihood.households.queries import detail
from livelihood.web.pages import Html, Refused, page, see
from livelihood.web.requests import Form
from livelihood.web.words import gettext as _

AnyRequest = Request[object, object, State]

SCHOOL_AGE = 6
TO_DO = {"due", "overdue"}


class FollowUpPages(Controller):
    path = "/follow-ups"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        whose: Annotated[Literal["mine", "all", ""], QueryParameter()] = "",
        village: Annotated[str, QueryParameter(pattern="^([0-9]{8})?$")] = "",
        office: Annotated[int | None, QueryParameter(ge=1, le=32_767)] = None,
        show: Annotated[Literal["overdue", ""], QueryParameter()] = "",
        start: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
    ) -> Html:
        """A monitor sees their own households first, everybody else the whole office's."""
        reads.actor.require(Permission.FOLLOW_UPS_READ)
        actor, today = reads.actor, clock.today()
        visits_families = isinstance(actor, Actor) and actor.has(Role.MONITOR)
        mine = whose == "mine" or (whose == "" and visits_families)
        monitor_id = actor.id if mine else None
        found = await worklist(
            reads,
            today=today,
            monitor_id=monitor_id,
            office=office,
            village=village,
            overdue=show == "overdue",
            start=start,
        )
        return page(
            "followups/index.html",
            reads,
            found=found,
            summary=await summary(reads, today=today, monitor_id=monitor_id, office=office),
            whose="mine" if mine else "all",
            show=show,
            office=office,
            village=village,
            start=start,
            visits_families=visits_families,
            may_record=actor.may(Permission.VISITS_RECORD),
            labels=labels,
            phone_shown=shown,
        )


class VisitPages(Controller):
    path = "/visits"

    @get("/new")
    async def new(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household: FromQuery[UUID]
    ) -> Html:
        family = await detail(reads, household)
        reads.actor.require(Permission.VISITS_RECORD, family.office_id)
        values = {
            "id": str(new_id()),
            "happened_on": clock.today().isoformat(),
            "mode": "in_person",
        }
        return await visit_form(reads, household, Form.of(**values), clock)

    @post("/new")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        form = await Form.read(request)
        fields: list[str] = []
        try:
            async with uow.savepoint():
                visit, fields = form.bind(VisitForm).visit()
                visit_id = await service.record_visit(uow, visit, clock=clock)
        except DomainError as error:
            household = _uuid(form.value("household_id"))
            if household is None:
                raise
            refused = at_form_fields(error, fields)
            shown_again = await visit_form(uow, household, form.refused(refused), clock)
            raise Refused(shown_again, refused) from error
        return see(f"/visits/{visit_id}", done="recorded")

    @get("/{visit_id:uuid}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        visit_id: FromPath[UUID],
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        today = clock.today()
        visit = await visits.one(reads, visit_id)
        people = (await children(reads, [visit.household_id], today))[visit.household_id]
        return page(
            "followups/visit.html",
            reads,
            effect=await visits.effect(reads, visit, today),
            visit=visit,
            people={person.id: person for person in people},
            outcome=dict(labels.outcomes())[visit.outcome],
            mode=dict(labels.modes())[visit.mode],
            done=done,
            labels=labels,
        )


async def visit_form(reading: Reading, household_id: UUID, form: Form, clock: Clock) -> Html:
    today = clock.today()
    household = await detail(reading, household_id)
    people = (await children(reading, [household_id], today, grant_label=_("Grant")))[household_id]
    follow_ups = await lists.of_household(reading, household_id, today)
    due = [one for one in follow_ups if one.state in TO_DO]
    return page(
        "followups/record.html",
        reading,
        household=household,
        head=next((person for person in people if person.relationship == "head"), None),
        rows=list(enumerate(asked_about(people, due))),
        due=due,
        business=any(one.purpose == Purpose.BUSINESS.value for one in follow_ups),
        form=form,
        choices=labels.choices(),
        labels=labels,
    )


def asked_about(people: list[Child], due: list[FollowUpOut]) -> list[tuple[Child, list[FollowUpOut]]]:
    """Everybody of 6 to 17, and whoever else has a check to answer; those with something due first."""
    wanted = [
        (person, [one for one in due if one.member_id == person.id]) for person in people if person.present
    ]
    asked = [
        (person, mine) for person, mine in wanted if mine or (person.is_child and person.age >= SCHOOL_AGE)
    ]
    return sorted(asked, key=lambda pair: not pair[1])


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

    @post("/{alert_id:uuid}/acknowledgements")
    async def acknowledge(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        alert_id: FromPath[UUID],
    ) -> Redirect:
        form = await Form.read(request)
        try:
            async with uow.savepoint():
                await service.acknowledge(uow, alert_id, form.bind(AcknowledgementIn), clock=clock)
        except DomainError as error:
            shown_again = await alert_list(uow, form=form.refused(error), refused=alert_id)
            raise Refused(shown_again, error) from error
        return see("/alerts", done="acknowledged")


async def alert_list(
    reading: Reading,
    *,
    show: str = "open",
    office: int | None = None,
    cursor: str = "",
    done: str = "",
    form: Form | None = None,
    refused: UUID | None = None,
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
        form=form,
        refused=refused,
        may_acknowledge={
            alert.id: reading.actor.may(Permission.ALERTS_ACKNOWLEDGE, alert.office_id)
            for alert in found.items
        },
        may_record=reading.actor.may(Permission.VISITS_RECORD),
        labels=labels,
        phone_shown=shown,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
