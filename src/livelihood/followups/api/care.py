from typing import Annotated
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import service
from livelihood.followups.api.parameters import Cursor, Limit, OfficeId
from livelihood.followups.queries import alerts, board, care, learnt, load
from livelihood.followups.schemas import AlertOut, VisitOut
from livelihood.followups.schemas_care import (
    CareOut,
    CoverIn,
    CoverOut,
    DrawIn,
    LossIn,
    PlanOutcomeIn,
    SpotCheckOut,
    StepIn,
    SupportPlanIn,
    VerdictIn,
)
from livelihood.households.assignment import AssignmentIn, assign

ThisOffice = Annotated[int, QueryParameter(name="office", ge=1, le=32767)]


class Assigned(AssignmentIn):
    """What was asked for, and how many households changed hands."""

    changed: int = 0


@get("/silence", summary="The board of silence: children by days since last confirmed", tags=["Silence"])
async def list_silence(
    reads: NamedDependency[Reads],
    clock: NamedDependency[Clock],
    office: OfficeId = None,
    monitor: Annotated[UUID | None, QueryParameter()] = None,
    level: Annotated[board.Level | None, QueryParameter()] = None,
    risk: Annotated[board.Risk | None, QueryParameter()] = None,
    cursor: Cursor = "",
    limit: Limit = board.PAGE_SIZE,
) -> Page[board.BoardRow]:
    """Weighted by risk: a day of a child at high risk counts double, or as policy says."""
    return await board.board(
        reads,
        today=clock.today(),
        office=office,
        monitor=monitor,
        level=level,
        risk=risk,
        cursor=cursor,
        limit=limit,
    )


@post("/children/{member_id:uuid}/losses", summary="Say that a child is lost to follow-up", tags=["Silence"])
async def declare_lost(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    member_id: FromPath[UUID],
    data: JSONBody[LossIn],
) -> None:
    """What was planned for the child is cancelled. A missing-child alert stays open; being found ends the loss."""
    await service.declare_lost(uow, member_id, data, clock=clock)


class AlertCareApi(Controller):
    path = "/alerts"
    tags = ("Alerts",)

    @get("/{alert_id:uuid}", summary="An alert")
    async def show(self, reads: NamedDependency[Reads], alert_id: FromPath[UUID]) -> AlertOut:
        return await alerts.one(reads, alert_id)

    @get(
        "/{alert_id:uuid}/care",
        summary="What was planned and done about an alert: extra check, steps, support plans",
    )
    async def care(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], alert_id: FromPath[UUID]
    ) -> CareOut:
        return await care.care_of(reads, await alerts.one(reads, alert_id), clock.today())

    @get(
        "/{alert_id:uuid}/learnt",
        summary="Visits that told something of the child since the alert was raised, the newest first",
    )
    async def learnt(self, reads: NamedDependency[Reads], alert_id: FromPath[UUID]) -> Page[VisitOut]:
        return Page(await learnt.learnt(reads, await alerts.one(reads, alert_id)))

    @post("/{alert_id:uuid}/steps", summary="Log who was asked after a missing child, and what they answered")
    async def log_step(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        alert_id: FromPath[UUID],
        data: JSONBody[StepIn],
    ) -> CareOut:
        await service.log_step(uow, alert_id, data, clock=clock)
        return await care.care_of(uow, await alerts.one(uow, alert_id), clock.today())

    @post("/{alert_id:uuid}/support-plans", summary="Make a support plan, having met the family in person")
    async def make_plan(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        alert_id: FromPath[UUID],
        data: JSONBody[SupportPlanIn],
    ) -> CareOut:
        await service.make_plan(uow, alert_id, data, clock=clock)
        return await care.care_of(uow, await alerts.one(uow, alert_id), clock.today())


@post("/support-plans/{plan_id:uuid}/outcome", summary="Say what became of a support plan", tags=["Alerts"])
async def finish_plan(
    uow: NamedDependency[UnitOfWork],
    clock: NamedDependency[Clock],
    plan_id: FromPath[UUID],
    data: JSONBody[PlanOutcomeIn],
) -> CareOut:
    plan = await service.finish_plan(uow, plan_id, data, clock=clock)
    return await care.care_of(uow, await alerts.one(uow, plan.alert_id), clock.today())


class MonitorsApi(Controller):
    path = "/monitors"
    tags = ("Monitors",)

    @get("/", summary="What each monitor of an office has to do, and who is away")
    async def index(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], office: ThisOffice
    ) -> Page[load.Load]:
        return Page(await load.loads(reads, office, clock.today()))

    @get("/{monitor_id:uuid}/spot-checks", summary="Visits of a monitor that were drawn for a second look")
    async def spot_checks(
        self, reads: NamedDependency[Reads], monitor_id: FromPath[UUID], office: ThisOffice
    ) -> Page[SpotCheckOut]:
        return Page(await load.spot_checks(reads, office, monitor_id))


class CoverApi(Controller):
    path = "/cover"
    tags = ("Monitors",)

    @get("/", summary="Who is away from an office now or later, and who stands in")
    async def index(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], office: ThisOffice
    ) -> Page[CoverOut]:
        return Page(await load.covers(reads, office, clock.today()))

    @post("/", summary="Let somebody work a monitor's households while the monitor is away")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[CoverIn]
    ) -> Page[CoverOut]:
        await service.cover(uow, data, clock=clock)
        return Page(await load.covers(uow, data.office_id, clock.today()))

    @delete("/{cover_id:uuid}", summary="The monitor is back")
    async def end(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], cover_id: FromPath[UUID]
    ) -> None:
        await service.end_cover(uow, cover_id, clock=clock)


@post("/households/assignments", summary="Give households to another monitor", tags=["Households"])
async def assign_households(uow: NamedDependency[UnitOfWork], data: JSONBody[AssignmentIn]) -> Assigned:
    changed = await assign(uow, data)
    return Assigned(household_ids=data.household_ids, monitor_id=data.monitor_id, changed=changed)


class SpotChecksApi(Controller):
    path = "/spot-checks"
    tags = ("Monitors",)

    @get("/", summary="Visits of an office's monitors that wait for their second look")
    async def index(self, reads: NamedDependency[Reads], office: ThisOffice) -> Page[SpotCheckOut]:
        return Page(await load.open_spot_checks(reads, office))

    @post("/", summary="Draw visits of a monitor for a second look, by chance")
    async def draw(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[DrawIn]
    ) -> Page[SpotCheckOut]:
        await service.draw(uow, data, clock=clock)
        return Page(await load.spot_checks(uow, data.office_id, data.monitor_id))

    @post("/{check_id:uuid}/verdict", summary="Record what the second look found")
    async def record(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        check_id: FromPath[UUID],
        data: JSONBody[VerdictIn],
    ) -> Page[SpotCheckOut]:
        check = await service.record_check(uow, check_id, data, clock=clock)
        return Page(await load.spot_checks(uow, check.office_id, check.monitor_id))
