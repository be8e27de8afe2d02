from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError
from livelihood.followups import service
from livelihood.households.labels import choices
from livelihood.households.queries import detail
from livelihood.households.schemas import RiskIn
from livelihood.web.pages import Html, Refused, page, see
from livelihood.web.requests import AnyRequest, Form


class RiskPages(Controller):
    path = "/households/{household_id:uuid}/risk"

    @get("/")
    async def new(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        household = await detail(reads, household_id)
        reads.actor.require(Permission.RISK_SET, household.office_id)
        form = Form.of(id=new_id(), on=clock.today())
        return page("followups/risk.html", reads, household=household, form=form, risks=choices()["risk"])

    @post("/")
    async def set(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        form = await Form.read(request)
        household = await detail(uow, household_id)
        try:
            async with uow.savepoint():
                await service.set_risk(uow, household_id, form.bind(RiskIn), clock=clock)
        except DomainError as error:
            shown = page(
                "followups/risk.html",
                uow,
                household=household,
                form=form.refused(error),
                risks=choices()["risk"],
            )
            raise Refused(shown, error) from error
        return see(f"/households/{household_id}", done="risk")
