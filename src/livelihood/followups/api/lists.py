from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.followups.api.parameters import Cursor, Limit, OfficeId, Village
from livelihood.followups.queries import lists
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import FollowUpOut
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
