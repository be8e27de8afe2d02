from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.households import queries, service
from livelihood.households.schemas import ConsentIn, HouseholdDetail, HouseholdIn, HouseholdRow, NewMember


class HouseholdsApi(Controller):
    path = "/households"
    tags = ("Households",)

    @get("/", summary="Households of my offices, in the order of their codes")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        q: Annotated[
            str, QueryParameter(description="A name in either script, a code or a phone", max_length=100)
        ] = "",
        village: Annotated[str, QueryParameter(description="Gazetteer code", pattern="^([0-9]{8})?$")] = "",
        cursor: Annotated[
            str, QueryParameter(description="The last page's `next_cursor`", max_length=40)
        ] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = queries.PAGE_SIZE,
    ) -> Page[HouseholdRow]:
        return await queries.list_households(
            reads, today=clock.today(), q=q, village=village, cursor=cursor, limit=limit
        )

    @post("/", summary="Register a household with its members")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[HouseholdIn]
    ) -> Response[HouseholdDetail]:
        household = await service.register(uow, data, clock=clock)
        return Response(
            await queries.detail(uow, household.id),
            headers={"Location": f"/api/v1/households/{household.id}"},
        )

    @get("/{household_id:uuid}", summary="A household, its members and their consents")
    async def show(self, reads: NamedDependency[Reads], household_id: FromPath[UUID]) -> HouseholdDetail:
        return await queries.detail(reads, household_id)

    @post("/{household_id:uuid}/members", summary="Someone joins the household")
    async def add_member(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        household_id: FromPath[UUID],
        data: JSONBody[NewMember],
    ) -> HouseholdDetail:
        await service.add_member(uow, household_id, data, clock=clock)
        return await queries.detail(uow, household_id)

    @post("/{household_id:uuid}/consents", summary="Record a consent or a child's assent")
    async def record_consent(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        household_id: FromPath[UUID],
        data: JSONBody[ConsentIn],
    ) -> HouseholdDetail:
        await service.record_consent(uow, household_id, data, clock=clock)
        return await queries.detail(uow, household_id)
