from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.households import queries
from livelihood.households.schemas import HouseholdDetail, RiskIn, RiskSaid


@get(
    "/households/{household_id:uuid}/risk",
    summary="What was said of a household's risk, for the assigned staff and the focal point",
    tags=["Households"],
)
async def list_risk(reads: NamedDependency[Reads], household_id: FromPath[UUID]) -> Page[RiskSaid]:
    """Empty for those who have no need to know."""
    household = await queries.detail(reads, household_id)
    reads.actor.require(Permission.RISK_READ, household.office_id)
    return Page(await queries.risk_said(reads, household_id))


@post(
    "/households/{household_id:uuid}/risk",
    summary="Say whether a household's risk is high, and why",
    tags=["Households"],
)
async def set_risk(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    household_id: FromPath[UUID],
    data: JSONBody[RiskIn],
) -> HouseholdDetail:
    """While the risk is high, a check comes every two weeks, two ahead, and after 26 of them a review."""
    await service.set_risk(uow, household_id, data, clock=clock)
    return await queries.detail(uow, household_id)
