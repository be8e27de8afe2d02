from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import losses
from livelihood.followups.schemas_care import LossOut, LossTakenBackIn
from livelihood.households.queries import detail


@get(
    "/households/{household_id:uuid}/losses",
    summary="Children of a household who were said to be lost to follow-up, and how that ended",
    tags=["Silence"],
)
async def list_losses(reads: NamedDependency[Reads], household_id: FromPath[UUID]) -> Page[LossOut]:
    await detail(reads, household_id)
    return Page(await losses.of_household(reads, household_id))


@post(
    "/losses/{loss_id:uuid}/take-back",
    summary="That a child is lost to follow-up was said in error",
    tags=["Silence"],
    status_code=200,
)
async def take_back_loss(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    loss_id: FromPath[UUID],
    data: JSONBody[LossTakenBackIn],
) -> Page[LossOut]:
    """The checks come back, and the silence goes on, as if it had not been said. The record stays, with why."""
    household_id = await service.take_back_loss(uow, loss_id, data, clock=clock)
    return Page(await losses.of_household(uow, household_id))
