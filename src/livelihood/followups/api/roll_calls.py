from datetime import date
from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import schools, trips
from livelihood.followups.queries.schools import SchoolName, SchoolOut
from livelihood.followups.queries.trips import TripDetail, TripOut
from livelihood.followups.schemas import RollCallIn, RollCallOut, RollOut
from livelihood.households.schemas import SchoolIn
from livelihood.households.schools import name_school


class SchoolsApi(Controller):
    path = "/schools"
    tags = ("Visits",)

    @get("/", summary="Schools of the children of my offices")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        q: Annotated[
            str, QueryParameter(description="Part of a name, in either script", max_length=100)
        ] = "",
    ) -> Page[SchoolOut]:
        return Page(await schools.schools(reads, q, today=clock.today()))

    @post("/", summary="Name a school that is not known yet")
    async def name(self, uow: NamedDependency[UnitOfWork], data: JSONBody[SchoolIn]) -> SchoolName:
        """One that is known under this name in this village is answered as it is."""
        return await schools.school(uow, await name_school(uow, data))

    @get("/{school_id:uuid}/roll-call", summary="A school's children by grade, and whose check waits")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], school_id: FromPath[UUID]
    ) -> RollOut:
        found = await schools.pupils(reads, school_id, clock.today())
        return RollOut(school_id, [schools.roll_row(one) for one in found])


@post(
    "/roll-calls", tags=["Visits"], summary="Record what a school's register says of many families' children"
)
async def record_roll_call(
    uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[RollCallIn]
) -> RollCallOut:
    """All of it or nothing; each family's part becomes a visit of mode `register`."""
    return await service.call_the_roll(uow, data, clock=clock)


class TripsApi(Controller):
    path = "/trips"
    tags = ("Visits",)

    @get("/", summary="My trips, the latest first")
    async def index(
        self,
        reads: NamedDependency[Reads],
        before: Annotated[date | None, QueryParameter(description="Trips before this day")] = None,
    ) -> Page[TripOut]:
        return Page(await trips.trips(reads, reads.actor.id, before=before or date.max))

    @get("/{day:date}/{place:str}", summary="A trip: the visits of a day in a village, or at a school")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        day: FromPath[date],
        place: FromPath[str],
        by: Annotated[UUID | None, QueryParameter(description="Whose trip; one's own without it")] = None,
    ) -> TripDetail:
        return await trips.trip(reads, by or reads.actor.id, day, place, today=clock.today())
