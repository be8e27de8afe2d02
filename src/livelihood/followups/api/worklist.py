from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.followups.api.parameters import OfficeId, Village
from livelihood.followups.queries import by_school, worklist
from livelihood.followups.queries.narrowed import Narrowed
from livelihood.followups.queries.whose import whose
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.schemas import RouteOut, SchoolRouteOut

Start = Annotated[int, QueryParameter(ge=0, le=100_000)]


async def narrowed(
    reads: NamedDependency[Reads],
    clock: NamedDependency[Clock],
    whose_: Annotated[
        Literal["mine", "all"],
        QueryParameter(name="whose", description="Mine: also those of whoever I cover for"),
    ] = "all",
    village: Village = "",
    commune: Annotated[str, QueryParameter(description="Gazetteer code", pattern="^([0-9]{6})?$")] = "",
    school: Annotated[UUID | None, QueryParameter(description="Where a child of the household goes")] = None,
    purpose: Annotated[Purpose | None, QueryParameter()] = None,
    show: Annotated[Literal["overdue"] | None, QueryParameter()] = None,
    office: OfficeId = None,
) -> Narrowed:
    return Narrowed(
        monitors=tuple(await whose(reads, reads.actor.id, clock.today())) if whose_ == "mine" else None,
        office=office,
        village=village,
        commune=commune,
        school=school,
        purpose=purpose,
        overdue=show == "overdue",
    )


class WorklistApi(Controller):
    path = "/worklist"
    tags = ("Follow-ups",)
    dependencies = {"asked": Provide(narrowed)}  # noqa: RUF012 - as Litestar declares it

    @get("/", summary="What is to be done now, as a day's route")
    async def by_place(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        asked: NamedDependency[Narrowed],
        first: Annotated[
            str,
            QueryParameter(
                name="from",
                description="Set out from this village; the nearest comes first",
                pattern="^([0-9]{8})?$",
            ),
        ] = "",
        start: Start = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=100)] = worklist.PAGE_SIZE,
    ) -> RouteOut:
        asked = msgspec.structs.replace(asked, first=first)
        return await worklist.route_out(reads, asked, today=clock.today(), start=start, limit=limit)

    @get("/schools", summary="The same by school: the children to check there, and whose school is not known")
    async def by_school(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        asked: NamedDependency[Narrowed],
        start: Start = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = by_school.PAGE_SIZE,
    ) -> SchoolRouteOut:
        return await by_school.school_route_out(reads, asked, today=clock.today(), start=start, limit=limit)
