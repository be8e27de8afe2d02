from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError
from livelihood.followups import labels, service
from livelihood.followups.queries import alerts
from livelihood.followups.schemas import AcknowledgementIn
from livelihood.households.phones import shown
from livelihood.web.pages import Html, Refused, page, see
from livelihood.web.requests import Form

AnyRequest = Request[object, object, State]


class AlertPages(Controller):
    path = "/alerts"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        show: Annotated[Literal["open", "closed"], QueryParameter()] = "open",
        office: Annotated[int | None, QueryParameter(ge=1, le=32_767)] = None,
        cursor: Annotated[str, QueryParameter(max_length=100)] = "",
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        return await alert_list(reads, show=show, office=office, cursor=cursor, done=done)

    @post("/{alert_id:uuid}/acknowledgements")
    async def acknowledge(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        alert_id: FromPath[UUID],
    ) -> Redirect:
        form = await Form.read(request)
        try:
            async with uow.savepoint():
                await service.acknowledge(uow, alert_id, form.bind(AcknowledgementIn), clock=clock)
        except DomainError as error:
            shown_again = await alert_list(uow, form=form.refused(error), refused=alert_id)
            raise Refused(shown_again, error) from error
        return see("/alerts", done="acknowledged")


async def alert_list(
    reading: Reading,
    *,
    show: str = "open",
    office: int | None = None,
    cursor: str = "",
    done: str = "",
    form: Form | None = None,
    refused: UUID | None = None,
) -> Html:
    found = await alerts.list_alerts(reading, closed=show == "closed", office=office, cursor=cursor)
    return page(
        "followups/alerts.html",
        reading,
        found=found,
        show=show,
        office=office,
        cursor=cursor,
        done=done,
        form=form,
        refused=refused,
        may_acknowledge={
            alert.id: reading.actor.may(Permission.ALERTS_ACKNOWLEDGE, alert.office_id)
            for alert in found.items
        },
        may_record=reading.actor.may(Permission.VISITS_RECORD),
        labels=labels,
        phone_shown=shown,
    )
