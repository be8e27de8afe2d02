from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.api.parameters import Cursor, Limit
from livelihood.followups.queries import effects, visits
from livelihood.followups.schemas import (
    CorrectionIn,
    VisitEffect,
    VisitIn,
    VisitOut,
    WithdrawalIn,
)


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
            await effects.of_visit(uow, visit, clock.today()),
            headers={"Location": f"/api/v1/visits/{visit_id}"},
        )

    @get("/{visit_id:uuid}", summary="A visit, what it settled and what comes next")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], visit_id: FromPath[UUID]
    ) -> VisitEffect:
        return await effects.of_visit(reads, await visits.one(reads, visit_id), clock.today())

    @post("/{visit_id:uuid}/corrections", summary="Correct one thing that a visit found", status_code=200)
    async def correct(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        visit_id: FromPath[UUID],
        data: JSONBody[CorrectionIn],
    ) -> VisitEffect:
        """By who recorded the visit, or a supervisor of the office; of the same person and kind. What was recorded
        before stays readable, with the reason. What was found of a missing child a supervisor alone corrects.
        """
        await service.correct_finding(uow, visit_id, data, clock=clock)
        return await effects.of_visit(uow, await visits.one(uow, visit_id), clock.today())

    @post("/{visit_id:uuid}/withdrawal", summary="Take back a visit recorded by mistake", status_code=200)
    async def withdraw(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        visit_id: FromPath[UUID],
        data: JSONBody[WithdrawalIn],
    ) -> VisitEffect:
        """By who recorded it, or a supervisor of the office. It settles nothing any more and stays readable."""
        await service.withdraw_visit(uow, visit_id, data.reason, clock=clock)
        return await effects.of_visit(uow, await visits.one(uow, visit_id), clock.today())
