from uuid import UUID

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import absences
from livelihood.followups.schemas import AbsenceEndIn, AbsenceIn, AbsenceOut
from livelihood.households.queries import detail


@get(
    "/households/{household_id:uuid}/absences",
    summary="Who of a household is away for a season, was, or will be",
    tags=["Follow-ups"],
)
async def list_absences(reads: NamedDependency[Reads], household_id: FromPath[UUID]) -> Page[AbsenceOut]:
    household = await detail(reads, household_id)
    reads.actor.require(Permission.FOLLOW_UPS_READ, household.office_id)
    return Page(await absences.of_household(reads, household_id))


@post(
    "/households/{household_id:uuid}/absences",
    summary="Members are away for a season",
    tags=["Follow-ups"],
)
async def record_absence(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    household_id: FromPath[UUID],
    data: JSONBody[AbsenceIn],
) -> Page[AbsenceOut]:
    """Every child who is followed is checked on the return: a check whose day comes meanwhile moves there, and where none
    does, one is planned (protocol `on_return`). Nothing that is learnt before answers it. A check whose day came before
    they leave stays due.
    """
    await service.record_absence(uow, household_id, data, clock=clock)
    return Page(await absences.of_household(uow, household_id))


@post(
    "/absences/{absence_id:uuid}/end",
    summary="They are back earlier, or did not go",
    tags=["Follow-ups"],
    status_code=200,
)
async def end_absence(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    absence_id: FromPath[UUID],
    data: JSONBody[AbsenceEndIn],
) -> Page[AbsenceOut]:
    """Answers with what is known of the household's absences now. Who did not go was not to be checked on a return; where
    that check was missed, it is refused to say so until somebody has seen them.
    """
    household_id = await service.end_absence(uow, absence_id, data, clock=clock)
    return Page(await absences.of_household(uow, household_id))
