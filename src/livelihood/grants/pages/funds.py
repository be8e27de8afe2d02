from typing import Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.grants import queries, service
from livelihood.grants.pages.words import grants_page, office_names
from livelihood.grants.schemas import FundIn
from livelihood.web.pages import Html, see
from livelihood.web.requests import Form, accepting


class FundPages(Controller):
    path = "/funds"

    @get("/")
    async def index(self, reads: NamedDependency[Reads], done: FromQuery[UUID | None] = None) -> Html:
        funds = await queries.funds(reads)
        names = office_names(reads)
        return grants_page(
            "funds",
            reads,
            funds=funds,
            offices_of={
                fund.id: ", ".join(names[office] for office in fund.office_ids if office in names)
                for fund in funds
            },
            created=next((fund for fund in funds if fund.id == done), None),
            may_open=reads.actor.may(Permission.FUNDS_MANAGE),
        )

    @get("/new")
    async def new(self, reads: NamedDependency[Reads]) -> Html:
        reads.actor.require(Permission.FUNDS_MANAGE)
        return form_page(reads, Form.of(id=new_id()))

    @post("/new", status_code=303)
    async def create(self, request: Request[Any, Any, State], uow: NamedDependency[UnitOfWork]) -> Redirect:
        async with accepting(uow, request, lambda form: form_page(uow, form)) as form:
            fund_id = await service.create_fund(uow, form.bind(FundIn))
        return see("/funds", done=str(fund_id))


def form_page(reading: Reading, form: Form) -> Html:
    mine = reading.actor.offices_for(Permission.FUNDS_MANAGE)
    offices = [(office, name) for office, name in office_names(reading).items() if office in mine]
    return grants_page("new_fund", reading, form=form, offices=offices)
