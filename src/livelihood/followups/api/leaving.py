from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import leaving
from livelihood.followups.schemas_leaving import CloseIn, LeaveIn, LeavingEndIn, LeavingOut
from livelihood.households import queries
from livelihood.households.schemas import HouseholdDetail


@get(
    "/households/{household_id:uuid}/leavings",
    summary="Who left a household, why, and who is back",
    tags=["Households"],
)
async def list_leavings(reads: NamedDependency[Reads], household_id: FromPath[UUID]) -> Page[LeavingOut]:
    household = await queries.detail(reads, household_id)
    reads.actor.require(Permission.FOLLOW_UPS_READ, household.office_id)
    return Page(await leaving.of_household(reads, household_id, household.office_id))


@post(
    "/households/{household_id:uuid}/members/{member_id:uuid}/leave",
    summary="A member does not live with the household any more",
    tags=["Households"],
)
async def leave(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    household_id: FromPath[UUID],
    member_id: FromPath[UUID],
    data: JSONBody[LeaveIn],
) -> HouseholdDetail:
    """What remains to be checked of them is cancelled. Refused of a child who is missing, unless they died.

    Of a child who is looked for a supervisor says it, and of one who died, with a `note`.
    """
    await service.leave(uow, household_id, member_id, data, clock=clock)
    return await queries.detail(uow, household_id)


@post(
    "/households/{household_id:uuid}/close",
    summary="Close a household's case",
    tags=["Households"],
)
async def close(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    household_id: FromPath[UUID],
    data: JSONBody[CloseIn],
) -> HouseholdDetail:
    """Its follow-ups are cancelled. Refused while a child of it is missing, or a grant waits or is not paid, or somebody of it is in a course.

    To reopen it, end the leaving that has no member.
    """
    await service.close(uow, household_id, data, clock=clock)
    return await queries.detail(uow, household_id)


@post(
    "/leavings/{leaving_id:uuid}/note",
    summary="Take note that a child left without the family",
    tags=["Households"],
    status_code=200,
)
async def note_leaving(
    uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], leaving_id: FromPath[UUID]
) -> HouseholdDetail:
    """Until a supervisor or a manager has, the child stays on their Today."""
    household_id = await service.note_leaving(uow, leaving_id, clock=clock)
    return await queries.detail(uow, household_id)


@post(
    "/leavings/{leaving_id:uuid}/end",
    summary="Somebody who left is back or never left, or a household is open again",
    tags=["Households"],
    status_code=200,
)
async def end_leaving(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    leaving_id: FromPath[UUID],
    data: JSONBody[LeavingEndIn],
) -> HouseholdDetail:
    """They are followed again. What was due between the leaving and the return is due on the return."""
    household_id = await service.end_leaving(uow, leaving_id, data, clock=clock)
    return await queries.detail(uow, household_id)
