from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import closed_checks
from livelihood.followups.schemas_closed import CloseChecksIn, ClosedCheckOut
from livelihood.households.queries import detail


@get(
    "/households/{household_id:uuid}/closed-checks",
    summary="Checks of a household that were marked as missed, and why",
    tags=["Follow-ups"],
)
async def list_closed_checks(
    reads: NamedDependency[Reads], household_id: FromPath[UUID]
) -> Page[ClosedCheckOut]:
    await detail(reads, household_id)
    return Page(await closed_checks.of_household(reads, household_id))


@post(
    "/households/{household_id:uuid}/closed-checks",
    summary="Mark checks that nobody will make as missed",
    tags=["Follow-ups"],
)
async def close_checks(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    household_id: FromPath[UUID],
    data: JSONBody[CloseChecksIn],
) -> Page[ClosedCheckOut]:
    """It confirms nobody: the silence of the child goes on. A visit still answers the check: of a day in the window, or
    of a later one, as with any missed check.
    """
    await service.close_checks(uow, household_id, data, clock=clock)
    return Page(await closed_checks.of_household(uow, household_id))


@post(
    "/closed-checks/{closed_id:uuid}/reopen",
    summary="A check was marked as missed by mistake",
    tags=["Follow-ups"],
    status_code=200,
)
async def reopen_check(
    uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], closed_id: FromPath[UUID]
) -> Page[ClosedCheckOut]:
    household_id = await service.reopen_check(uow, closed_id, clock=clock)
    return Page(await closed_checks.of_household(uow, household_id))
