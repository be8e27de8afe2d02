from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.api.parameters import Cursor, Limit, OfficeId
from livelihood.followups.queries import alerts
from livelihood.followups.schemas import (
    AcknowledgementIn,
    AlertOut,
)


class AlertsApi(Controller):
    path = "/alerts"
    tags = ("Alerts",)

    @get("/", summary="Alerts of my offices, the newest first")
    async def index(
        self,
        reads: NamedDependency[Reads],
        in_state: Annotated[Literal["open", "closed"], QueryParameter(name="state")] = "open",
        office: OfficeId = None,
        cursor: Cursor = "",
        limit: Limit = alerts.PAGE_SIZE,
    ) -> Page[AlertOut]:
        return await alerts.list_alerts(
            reads, closed=in_state == "closed", office=office, cursor=cursor, limit=limit
        )

    @post("/{alert_id:uuid}/acknowledgements", summary="Say that an alert was read, and what will be done")
    async def acknowledge(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        alert_id: FromPath[UUID],
        data: JSONBody[AcknowledgementIn],
    ) -> Response[AlertOut]:
        """It stays open: only what is found at a later visit closes it."""
        await service.acknowledge(uow, alert_id, data, clock=clock)
        return Response(await alerts.one(uow, alert_id), headers={"Location": "/api/v1/alerts"})
