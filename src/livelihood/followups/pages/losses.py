from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.queries import losses
from livelihood.followups.queries.people import people_in
from livelihood.followups.schemas_care import LossTakenBackIn
from livelihood.households.queries import detail
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class LossPages(Controller):
    path = "/losses"

    @get("/{loss_id:uuid}")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], loss_id: FromPath[UUID]
    ) -> Html:
        return await loss_page(reads, loss_id, Form.of(), clock)

    @post("/{loss_id:uuid}/take-back")
    async def take_back(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        loss_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: loss_page(uow, loss_id, form, clock)) as form:
            household_id = await service.take_back_loss(uow, loss_id, form.bind(LossTakenBackIn), clock=clock)
        return see(f"/households/{household_id}", done="not_lost")


async def loss_page(reading: Reading, loss_id: UUID, form: Form, clock: Clock) -> Html:
    loss = await losses.one(reading, loss_id)
    household = await detail(reading, loss.household_id)
    people = await people_in(reading, household.id, clock.today())
    return page(
        "followups/loss.html",
        reading,
        household=household,
        loss=loss,
        who=next((one for one in people if one.id == loss.member_id), None),
        may_take_back=reading.actor.may(Permission.LOSSES_DECIDE, household.office_id),
        form=form,
    )
