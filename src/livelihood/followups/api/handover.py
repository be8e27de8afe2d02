from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import handover, left_alone, moved
from livelihood.followups.queries.left_alone import LeftAlone
from livelihood.followups.schemas_handover import HandoverIn, HandoverOut, MovedOut


@get(
    "/handovers", summary="Families handed over to and from my offices, the newest first", tags=["Households"]
)
async def list_handovers(reads: NamedDependency[Reads]) -> Page[HandoverOut]:
    return Page(await handover.latest(reads))


@get(
    "/households/moved",
    summary="Families that a visit was told have moved, and that I may hand over",
    tags=["Households"],
)
async def list_moved(reads: NamedDependency[Reads]) -> Page[MovedOut]:
    """Until they are handed over or closed, or somebody meets them again."""
    reads.actor.require(Permission.HOUSEHOLDS_HAND_OVER)
    return Page(await moved.waiting(reads))


@get(
    "/households/left-alone",
    summary="Children who left without their family, of whom nobody has taken note",
    tags=["Households"],
)
async def list_left_alone(reads: NamedDependency[Reads]) -> Page[LeftAlone]:
    """Of the offices whose families I may hand over."""
    reads.actor.require(Permission.HOUSEHOLDS_HAND_OVER)
    return Page(await left_alone.waiting(reads))


@post(
    "/households/{household_id:uuid}/hand-over",
    summary="A household moved: the office of its new village has it from now on",
    tags=["Households"],
)
async def hand_over(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    household_id: FromPath[UUID],
    data: JSONBody[HandoverIn],
) -> HandoverOut:
    """Everything goes along, but for places on waitlists of the old office's courses, which are given up. Whoever is of
    the old office alone sees no more of it than this answer.
    """
    return await handover.one(uow, await service.hand_over(uow, household_id, data, clock=clock))


@post(
    "/handovers/{handover_id:uuid}/acknowledge",
    summary="Take note of a household that was handed over to my office",
    tags=["Households"],
    status_code=200,
)
async def acknowledge_handover(
    uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], handover_id: FromPath[UUID]
) -> HandoverOut:
    await service.acknowledge_handover(uow, handover_id, clock=clock)
    return await handover.one(uow, handover_id)
