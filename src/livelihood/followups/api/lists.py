from typing import Annotated, Literal
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.followups.api.parameters import Cursor, Limit, OfficeId, Village
from livelihood.followups.queries import lists, worklist
from livelihood.followups.queries.whose import whose
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import (
    FollowUpOut,
    RouteOut,
)
from livelihood.households.queries import detail


@get("/follow-ups", summary="Follow-ups of my offices, in the order of their days", tags=["Follow-ups"])
async def list_follow_ups(
    reads: NamedDependency[Reads],
    clock: NamedDependency[Clock],
    in_state: Annotated[
        State | None,
        QueryParameter(name="state", description="Without it, what is to be done now: due or overdue"),
    ] = None,
    purpose: Annotated[Purpose | None, QueryParameter()] = None,
    village: Village = "",
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


@get("/worklist", summary="What is to be done now, as a day's route", tags=["Follow-ups"])
async def show_worklist(
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
    first: Annotated[
        str,
        QueryParameter(
            name="from",
            description="Set out from this village; the nearest comes first",
            pattern="^([0-9]{8})?$",
        ),
    ] = "",
    office: OfficeId = None,
    start: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = worklist.PAGE_SIZE,
) -> RouteOut:
    today = clock.today()
    asked = worklist.Narrowed(
        monitors=tuple(await whose(reads, reads.actor.id, today)) if whose_ == "mine" else None,
        office=office,
        village=village,
        commune=commune,
        school=school,
        purpose=purpose,
        overdue=show == "overdue",
        first=first,
    )
    return await worklist.route_out(reads, asked, today=today, start=start, limit=limit)
