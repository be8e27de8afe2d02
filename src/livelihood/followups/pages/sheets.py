from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import labels, paper, service
from livelihood.followups.queries import sheet_list, sheets
from livelihood.followups.schemas_sheets import LONGEST, SheetIn
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting

NARROWING = ("whose", "village", "commune", "school", "purpose", "overdue", "first")


class SheetPages(Controller):
    path = "/sheets"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        cursor: Annotated[str, QueryParameter(max_length=100)] = "",
    ) -> Html:
        return page(
            "followups/sheets.html",
            reads,
            found=await sheet_list.latest(reads, cursor=cursor),
            cursor=cursor,
        )

    @get("/new")
    async def new(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Html:
        asked = {name: request.query_params.get(name) or None for name in NARROWING}
        office = request.query_params.get("office")
        return form_page(
            reads, Form.of(id=new_id(), day=clock.today().isoformat(), office_id=office, **asked)
        )

    @post("/")
    async def make(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        async with accepting(uow, request, lambda form: form_page(uow, form)) as form:
            sheet_id = await service.make_sheet(uow, form.bind(SheetIn), clock=clock)
        return see(f"/sheets/{sheet_id}")

    @get("/{sheet_id:uuid}")
    async def show(self, reads: NamedDependency[Reads], sheet_id: FromPath[UUID]) -> Html:
        found = await sheets.sheet(reads, sheet_id)
        return page(
            "followups/sheet.html",
            reads,
            sheet=found,
            rows=sorted([*found.lines, *found.elsewhere], key=lambda one: one.line),
            may_record=reads.actor.may(Permission.VISITS_RECORD, found.office_id),
            outcomes=dict(labels.outcomes()),
            purposes=labels.purpose_names(),
            labels=labels,
        )

    @get("/{sheet_id:uuid}/sheet.pdf", media_type="application/pdf")
    async def pdf(
        self,
        request: AnyRequest,
        sheet_id: FromPath[UUID],
        language: FromQuery[paper.PaperLanguage] = paper.FIRST,
    ) -> Response[bytes]:
        return await paper.answer(request, sheet_id, language)


def form_page(reading: Reading, form: Form) -> Html:
    reading.actor.require(Permission.VISITS_RECORD)
    allowed = reading.actor.offices_for(Permission.VISITS_RECORD)
    return page(
        "followups/sheet_form.html",
        reading,
        form=form,
        narrowing=[(name, form.value(name)) for name in NARROWING if form.value(name)],
        offices=[one for one in reading.actor.offices if one.id in allowed],
        longest=LONGEST,
        labels=labels,
    )
