from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import paper, service
from livelihood.followups.api.parameters import Cursor, Limit, OfficeId
from livelihood.followups.queries import sheets
from livelihood.followups.queries.sheet_list import PAGE_SIZE, SheetSummary, latest
from livelihood.followups.queries.sheets import SheetOut
from livelihood.followups.schemas_sheets import SheetIn, Whose
from livelihood.web.requests import AnyRequest


class SheetsApi(Controller):
    path = "/sheets"
    tags = ("Sheets",)

    @get("/", summary="The latest printed routes of my offices")
    async def index(
        self,
        reads: NamedDependency[Reads],
        office: OfficeId = None,
        whose: Annotated[Whose, QueryParameter(description="Mine: those that I made")] = Whose.ALL,
        cursor: Cursor = "",
        limit: Limit = PAGE_SIZE,
    ) -> Page[SheetSummary]:
        return await latest(reads, office=office, mine=whose is Whose.MINE, cursor=cursor, limit=limit)

    @post("/", summary="Keep a day's route under a number, to print it")
    async def make(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[SheetIn]
    ) -> Response[SheetOut]:
        """At most 60 households of one office, in visiting order."""
        sheet_id = await service.make_sheet(uow, data, clock=clock)
        return Response(await sheets.sheet(uow, sheet_id), headers={"Location": f"/api/v1/sheets/{sheet_id}"})

    @get("/{sheet_id:uuid}", summary="A printed route, and which of its lines were entered")
    async def show(self, reads: NamedDependency[Reads], sheet_id: FromPath[UUID]) -> SheetOut:
        return await sheets.sheet(reads, sheet_id)

    @get("/{sheet_id:uuid}/sheet.pdf", summary="The paper, in Khmer or English", media_type="application/pdf")
    async def pdf(
        self,
        request: AnyRequest,
        sheet_id: FromPath[UUID],
        language: Annotated[
            paper.PaperLanguage, QueryParameter(description="Of whoever takes it along")
        ] = paper.FIRST,
    ) -> Response[bytes]:
        return await paper.answer(request, sheet_id, language)
