from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.grants import queries, service
from livelihood.grants.rules.status import Status
from livelihood.grants.schemas import (
    ApplicationChange,
    ApplicationIn,
    DecisionIn,
    DisbursementIn,
    FundIn,
    FundOut,
    GrantOut,
    GrantRow,
    SubmissionIn,
)


class FundsApi(Controller):
    path = "/funds"
    tags = ("Grants",)

    @get("/", summary="The funds that my offices may use")
    async def index(self, reads: NamedDependency[Reads]) -> Page[FundOut]:
        return Page(await queries.funds(reads))

    @post("/", summary="Open a fund with its budget")
    async def create(self, uow: NamedDependency[UnitOfWork], data: JSONBody[FundIn]) -> Response[FundOut]:
        fund = await queries.fund(uow, await service.create_fund(uow, data))
        return Response(fund, headers={"Location": "/api/v1/funds"})


class GrantsApi(Controller):
    path = "/grants"
    tags = ("Grants",)

    @get("/", summary="Grants of my offices, newest first")
    async def index(
        self,
        reads: NamedDependency[Reads],
        status: FromQuery[Status | None] = None,
        office_id: Annotated[int | None, QueryParameter(ge=0, le=32767)] = None,
        household_id: FromQuery[UUID | None] = None,
        q: Annotated[
            str, QueryParameter(description="A name in either script, a code or a phone", max_length=100)
        ] = "",
        cursor: Annotated[
            str, QueryParameter(description="The last page's `next_cursor`", max_length=100)
        ] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = queries.PAGE_SIZE,
    ) -> Page[GrantRow]:
        return await queries.grants(
            reads,
            status=status,
            office_id=office_id,
            household_id=household_id,
            q=q,
            cursor=cursor,
            limit=limit,
        )

    @post("/", summary="Write an application, as a draft")
    async def create(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        data: JSONBody[ApplicationIn],
    ) -> Response[GrantOut]:
        grant = await service.apply(uow, data, clock=clock)
        return Response(
            await queries.grant(uow, grant.id), headers={"Location": f"/api/v1/grants/{grant.id}"}
        )

    @get("/{grant_id:uuid}", summary="A grant with its lines, tranches, approvals and decisions")
    async def show(self, reads: NamedDependency[Reads], grant_id: FromPath[UUID]) -> GrantOut:
        return await queries.grant(reads, grant_id)

    @put("/{grant_id:uuid}", summary="Write an application anew, while it is a draft or returned")
    async def change(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        grant_id: FromPath[UUID],
        data: JSONBody[ApplicationChange],
    ) -> GrantOut:
        await service.change(uow, grant_id, data, clock=clock)
        return await queries.grant(uow, grant_id)

    @post("/{grant_id:uuid}/submit", status_code=200, summary="Hand an application over for decision")
    async def submit(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        grant_id: FromPath[UUID],
        data: JSONBody[SubmissionIn],
    ) -> GrantOut:
        await service.submit(uow, grant_id, data, clock=clock)
        return await queries.grant(uow, grant_id)

    @post("/{grant_id:uuid}/decisions", summary="Approve, return with a note, or reject with a reason")
    async def decide(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        grant_id: FromPath[UUID],
        data: JSONBody[DecisionIn],
    ) -> GrantOut:
        await service.decide(uow, grant_id, data, clock=clock)
        return await queries.grant(uow, grant_id)

    @post("/{grant_id:uuid}/tranches/{number:int}/disbursements", summary="Record that a tranche was paid")
    async def disburse(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        grant_id: FromPath[UUID],
        number: FromPath[int],
        data: JSONBody[DisbursementIn],
    ) -> GrantOut:
        await service.disburse(uow, grant_id, number, data, clock=clock)
        return await queries.grant(uow, grant_id)
