from datetime import date
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
from livelihood.followups.queries.narrowed import Narrowed, worked_by
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.schemas_routes import RouteOut, SchoolRouteOut

Start = Annotated[int, QueryParameter(ge=0, le=100_000)]


class Asked(msgspec.Struct, frozen=True):
    """What an address narrows the list to; `mine` is found out once a connection is there."""

    mine: bool
    narrowed: Narrowed


def asked(
    whose_: Annotated[
        Literal["mine", "all"],
        QueryParameter(
            name="whose",
            description="Mine: also those of whoever I cover for, and those in nobody's hands that are mine to give to somebody",
        ),
    ] = "all",
    village: Village = "",
    commune: Annotated[str, QueryParameter(description="Gazetteer code", pattern="^([0-9]{6})?$")] = "",
    school: Annotated[UUID | None, QueryParameter(description="Where a child of the household goes")] = None,
    purpose: Annotated[Purpose | None, QueryParameter()] = None,
    show: Annotated[Literal["overdue"] | None, QueryParameter()] = None,
    office: OfficeId = None,
) -> Asked:
    """Takes no connection: where one that others depend on is refused, Litestar never gives that one back."""
    return Asked(
        mine=whose_ == "mine",
        narrowed=Narrowed(
            office=office,
            village=village,
            commune=commune,
            school=school,
            purpose=purpose,
            overdue=show == "overdue",
        ),
    )


async def narrowed(reads: Reads, asked: Asked, today: date) -> Narrowed:
    if not asked.mine:
        return asked.narrowed
    mine = await worked_by(reads, reads.actor, today)
    return msgspec.structs.replace(asked.narrowed, monitors=mine.monitors, nobodys=mine.nobodys)


class WorklistApi(Controller):
    path = "/worklist"
    tags = ("Follow-ups",)
    dependencies = {"asked": Provide(asked, sync_to_thread=False)}  # noqa: RUF012 - as Litestar declares it

    @get("/", summary="What is to be done now, as a day's route")
    async def by_place(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        asked: NamedDependency[Asked],
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
        today = clock.today()
        of = msgspec.structs.replace(await narrowed(reads, asked, today), first=first)
        return await worklist.route_out(reads, of, today=today, start=start, limit=limit)

    @get("/schools", summary="The same by school: the children to check there, and whose school is not known")
    async def by_school(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        asked: NamedDependency[Asked],
        start: Start = 0,
        limit: Annotated[int, QueryParameter(ge=1, le=50)] = by_school.PAGE_SIZE,
    ) -> SchoolRouteOut:
        today = clock.today()
        of = await narrowed(reads, asked, today)
        return await by_school.school_route_out(reads, of, today=today, start=start, limit=limit)
