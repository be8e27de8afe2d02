from uuid import UUID

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.clock import Clock
from livelihood.db.work import UnitOfWork
from livelihood.followups import service
from livelihood.observations.schemas import ObservationIn, ObservationOut


@post(
    "/households/{household_id:uuid}/observations",
    summary="Record a fact learnt outside of a visit, or correct a record",
    tags=["Observations"],
)
async def record_observation(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    household_id: FromPath[UUID],
    data: JSONBody[ObservationIn],
) -> Response[ObservationOut]:
    """A record is never edited. A correction names what it supersedes, and its reason; what a visit found is corrected
    at the visit. That somebody is away alone, or nowhere known, is recorded with a visit alone: it may begin a search.
    A placement that says `told_by` and `told_how` answers the placement check of who completed a course, and nothing
    that is asked of the children. Who records no visits has to say both.
    """
    found = await service.record_observation(uow, household_id, data, clock=clock)
    return Response(
        ObservationOut(
            id=found.id,
            household_id=found.household_id,
            member_id=found.member_id,
            visit_id=found.visit_id,
            happened_on=found.happened_on,
            recorded_at=found.recorded_at,
            details=found.details,
            supersedes=found.supersedes,
        ),
        headers={"Location": f"/api/v1/households/{household_id}"},
    )
