from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.concerns import queries, service
from livelihood.concerns.schemas import ConcernIn, ConcernOut, ConcernRow, ConcernSent, Opened, StepIn
from livelihood.concerns.vault import Vault
from livelihood.db.work import Reads, UnitOfWork
from livelihood.notices.offered import offered
from livelihood.web.requests import AnyRequest


class ConcernsApi(Controller):
    path = "/concerns"
    tags = ("Concerns",)

    @get("/", summary="Concerns I handle, and those I sent, without their words")
    async def index(self, reads: NamedDependency[Reads]) -> Page[ConcernRow]:
        return Page(await queries.list_concerns(reads))

    @post("/", summary="Send a concern, sealed, to the safeguarding focal point")
    async def create(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        vault: NamedDependency[Vault],
        request: AnyRequest,
        data: JSONBody[ConcernIn],
    ) -> Response[ConcernSent]:
        concern_id = await service.send(uow, data, vault=vault, clock=clock)
        return Response(
            await queries.sent(uow, concern_id, offered=offered(request.app.state.settings)),
            headers={"Location": f"/api/v1/concerns/{concern_id}"},
        )

    @get("/{concern_id:uuid}", summary="How far a concern has come, and who read it")
    async def show(self, reads: NamedDependency[Reads], concern_id: FromPath[UUID]) -> ConcernOut:
        return await queries.detail(reads, concern_id)

    @post("/{concern_id:uuid}/readings", summary="Open a concern; the reading is logged")
    async def read(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        vault: NamedDependency[Vault],
        concern_id: FromPath[UUID],
    ) -> Opened:
        return await service.read(uow, concern_id, vault=vault, clock=clock)

    @post("/{concern_id:uuid}/steps", summary="Acknowledge a concern, note a step, or close it")
    async def take_step(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        vault: NamedDependency[Vault],
        concern_id: FromPath[UUID],
        data: JSONBody[StepIn],
    ) -> ConcernOut:
        await service.take_step(uow, concern_id, data, vault=vault, clock=clock)
        return await queries.detail(uow, concern_id)
