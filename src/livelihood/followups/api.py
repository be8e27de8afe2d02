from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import alerts, lists, visits
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import (
    AcknowledgementIn,
    AlertOut,
    FollowUpOut,
    VisitEffect,
    VisitIn,
    VisitOut,
)
from livelihood.households.queries import detail

Cursor = Annotated[str, QueryParameter(description="The last page's `next_cursor`", max_length=100)]
Limit = Annotated[int, QueryParameter(ge=1, le=200)]
OfficeId = Annotated[int | None, QueryParameter(name="office", ge=1, le=32767)]


@get("/follow-ups", summary="Follow-ups of my offices, in the order of their days", tags=["Follow-ups"])
async def list_follow_ups(
    reads: NamedDependency[Reads],
    clock: NamedDependency[Clock],
    in_state: Annotated[
        State | None,
        QueryParameter(name="state", description="Without it, what is to be done now: due or overdue"),
    ] = None,
    purpose: Annotated[Purpose | None, QueryParameter()] = None,
    village: Annotated[str, QueryParameter(description="Gazetteer code", pattern="^([0-9]{8})?$")] = "",
    office: OfficeId = None,
    cursor: Cursor = "",
    limit: Limit = lists.PAGE_SIZE,
) -> Page[FollowUpOut]:
    return await lists.list_follow_ups(
        reads,
        today=clock.today(),
        state=in_state,
        village=village,
        office=office,
        purpose=purpose.value if purpose else "",
        cursor=cursor,
        limit=limit,
    )


@get(
    "/households/{household_id:uuid}/follow-ups",
    summary="A household's follow-ups, past and planned",
    tags=["Follow-ups"],
)
async def list_household_follow_ups(
    reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
) -> Page[FollowUpOut]:
    household = await detail(reads, household_id)
    reads.actor.require(Permission.FOLLOW_UPS_READ, household.office_id)
    return Page(await lists.of_household(reads, household_id, clock.today()))


class VisitsApi(Controller):
    path = "/visits"
    tags = ("Visits",)

    @get("/", summary="Visits of my offices, the latest first")
    async def index(
        self,
        reads: NamedDependency[Reads],
        household: Annotated[UUID | None, QueryParameter(description="Of this household only")] = None,
        cursor: Cursor = "",
        limit: Limit = visits.PAGE_SIZE,
    ) -> Page[VisitOut]:
        return await visits.list_visits(reads, household_id=household, cursor=cursor, limit=limit)

    @post("/", summary="Record a visit and what was seen")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[VisitIn]
    ) -> Response[VisitEffect]:
        """However late, a visit is accepted. The answer says which follow-ups it settled and what it raised."""
        visit_id = await service.record_visit(uow, data, clock=clock)
        visit = await visits.one(uow, visit_id)
        return Response(
            await visits.effect(uow, visit, clock.today()),
            headers={"Location": f"/api/v1/visits/{visit_id}"},
        )

    @get("/{visit_id:uuid}", summary="A visit, what it settled and what comes next")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], visit_id: FromPath[UUID]
    ) -> VisitEffect:
        return await visits.effect(reads, await visits.one(reads, visit_id), clock.today())


class AlertsApi(Controller):
    path = "/alerts"
    tags = ("Alerts",)

    @get("/", summary="Alerts of my offices, the newest first")
    async def index(
        self,
        reads: NamedDependency[Reads],
        in_state: Annotated[Literal["open", "closed"], QueryParameter(name="state")] = "open",
        office: OfficeId = None,
        cursor: Cursor = "",
        limit: Limit = alerts.PAGE_SIZE,
    ) -> Page[AlertOut]:
        return await alerts.list_alerts(
            reads, closed=in_state == "closed", office=office, cursor=cursor, limit=limit
        )

    @post("/{alert_id:uuid}/acknowledgements", summary="Say that an alert was read, and what will be done")
    async def acknowledge(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        alert_id: FromPath[UUID],
        data: JSONBody[AcknowledgementIn],
    ) -> Response[AlertOut]:
        """It stays open: only what is found at a later visit closes it."""
        await service.acknowledge(uow, alert_id, data, clock=clock)
        return Response(await alerts.one(uow, alert_id), headers={"Location": "/api/v1/alerts"})
