from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.households.labels import choices
from livelihood.households.queries import detail
from livelihood.households.schemas import RiskIn
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class RiskPages(Controller):
    path = "/households/{household_id:uuid}/risk"

    @get("/")
    async def new(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        return await risk_form(reads, household_id, Form.of(id=new_id(), on=clock.today()))

    @post("/")
    async def set(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: risk_form(uow, household_id, form)) as form:
            await service.set_risk(uow, household_id, form.bind(RiskIn), clock=clock)
        return see(f"/households/{household_id}", done="risk")


async def risk_form(reading: Reading, household_id: UUID, form: Form) -> Html:
    household = await detail(reading, household_id)
    reading.actor.require(Permission.RISK_SET, household.office_id)
    return page("followups/risk.html", reading, household=household, form=form, risks=choices()["risk"])
