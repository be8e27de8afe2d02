from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter

from livelihood.clock import Clock
from livelihood.db.work import UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import effects, visits
from livelihood.followups.schemas import VisitEffect, VisitIn
from livelihood.followups.schemas_entry import LineIn


class EntryApi(Controller):
    path = "/sheets/{sheet_id:uuid}"
    tags = ("Sheets",)

    @post("/lines/{line:int}/visit", summary="Enter a line with all that a visit can say")
    async def enter_in_full(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        sheet_id: FromPath[UUID],
        line: Annotated[int, PathParameter(ge=1, le=1000)],
        data: JSONBody[VisitIn],
    ) -> Response[VisitEffect]:
        """Whatever id is sent, the visit's follows from the line's: a line is one visit."""
        visit_id = await service.enter_in_full(uow, sheet_id, line, data, clock=clock)
        return await answered(uow, visit_id, clock)

    @post("/lines/{line:int}", summary="Enter what was written on a line")
    async def enter(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        sheet_id: FromPath[UUID],
        line: Annotated[int, PathParameter(ge=1, le=1000)],
        data: JSONBody[LineIn],
    ) -> Response[VisitEffect]:
        """Records a visit. The same line sent again answers the same; another account of it is refused."""
        visit_id = await service.enter_line(uow, sheet_id, line, data, clock=clock)
        return await answered(uow, visit_id, clock)


async def answered(uow: UnitOfWork, visit_id: UUID, clock: Clock) -> Response[VisitEffect]:
    return Response(
        await effects.of_visit(uow, await visits.one(uow, visit_id), clock.today()),
        headers={"Location": f"/api/v1/visits/{visit_id}"},
    )
