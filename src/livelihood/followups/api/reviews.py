from datetime import date
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import reviews
from livelihood.followups.schemas_reviews import DayOut, ReviewIn, ReviewRow


class ReviewsApi(Controller):
    path = "/reviews"
    tags = ("Visits",)

    @get("/", summary="Days whose records want a supervisor's look, what has waited longest first")
    async def index(self, reads: NamedDependency[Reads]) -> Page[ReviewRow]:
        """Two records say that one family was met, or records of one day contradict each other about a child.
        Attempts of one day that ended differently are no contradiction.
        """
        return Page(await reviews.waiting(reads))

    @get("/{household_id:uuid}/{day:date}", summary="All records of a household of one day")
    async def show(
        self, reads: NamedDependency[Reads], household_id: FromPath[UUID], day: FromPath[date]
    ) -> DayOut:
        return await reviews.day(reads, household_id, day)

    @post("/", summary="Decide about a household's records of one day")
    async def decide(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[ReviewIn]
    ) -> DayOut:
        """Keep both, withdraw one, or say that what differed was corrected; always with a note."""
        await service.review(uow, data, clock=clock)
        return await reviews.day(uow, data.household_id, data.happened_on)
