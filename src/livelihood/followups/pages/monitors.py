from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import Forbidden, say
from livelihood.followups import labels, service
from livelihood.followups.queries import load, reviews
from livelihood.followups.queries.offices import offices_asked
from livelihood.followups.schemas_care import CoverIn, DrawIn, VerdictIn
from livelihood.households.assignment import AssignmentIn, assign
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting

OfficeId = Annotated[int | None, QueryParameter(name="office", ge=1, le=32_767)]
Done = Annotated[str, QueryParameter(max_length=20)]
Show = Annotated[Literal["all", ""], QueryParameter(description="However many there are")]
Changed = Annotated[int, QueryParameter(ge=0, le=500)]


class MonitorPages(Controller):
    path = "/monitors"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        office: OfficeId = None,
        done: Done = "",
    ) -> Html:
        chosen, today = office_of(reads, office), clock.today()
        return page(
            "followups/monitors.html",
            reads,
            loads=await load.loads(reads, chosen, today),
            covers=await load.covers(reads, chosen, today),
            office=chosen,
            offices=readable(reads),
            done=done,
            may_cover=reads.actor.may(Permission.COVER_SET, chosen),
            reviews=(
                await reviews.number_waiting(reads, chosen)
                if reads.actor.may(Permission.VISITS_REVIEW, chosen)
                else None
            ),
        )

    @get("/{monitor_id:uuid}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        monitor_id: FromPath[UUID],
        office: OfficeId = None,
        changed: Changed = 0,
        done: Done = "",
        show: Show = "",
    ) -> Html:
        chosen = office_of(reads, office)
        return await monitor_page(reads, monitor_id, chosen, clock, done=done, changed=changed, show=show)

    @post("/{monitor_id:uuid}/cover")
    async def set_cover(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        monitor_id: FromPath[UUID],
        office: OfficeId = None,
    ) -> Redirect:
        chosen = office_of(uow, office)
        async with accepting(
            uow, request, lambda form: monitor_page(uow, monitor_id, chosen, clock, leave=form)
        ) as form:
            data = form.bind(CoverIn, office_id=chosen, staff_id=monitor_id)
            await service.cover(uow, data, clock=clock)
        return see(f"/monitors?office={chosen}", done="covered")

    @post("/covers/{cover_id:uuid}/end")
    async def end_cover(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        cover_id: FromPath[UUID],
        office: OfficeId = None,
    ) -> Redirect:
        await service.end_cover(uow, cover_id, clock=clock)
        return see(f"/monitors?office={office_of(uow, office)}", done="back")

    @post("/{monitor_id:uuid}/households")
    async def hand_over(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        monitor_id: FromPath[UUID],
        office: OfficeId = None,
    ) -> Redirect:
        chosen = office_of(uow, office)
        async with accepting(
            uow, request, lambda form: monitor_page(uow, monitor_id, chosen, clock, hand=form)
        ) as form:
            changed = await assign(uow, form.bind(AssignmentIn))
        return see(f"/monitors/{monitor_id}?office={chosen}&changed={changed}", done="handed")


class SpotCheckPages(Controller):
    path = "/spot-checks"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        monitor: Annotated[UUID | None, QueryParameter()] = None,
        office: OfficeId = None,
        done: Done = "",
        show: Show = "",
    ) -> Html:
        """Of one monitor; without one, what waits in the whole office and whose visits can be drawn."""
        chosen = office_of(reads, office)
        if monitor is not None:
            return await checks_page(reads, monitor, chosen, clock, done=done, show=show)
        return page(
            "followups/spot_checks_office.html",
            reads,
            checks=await load.open_spot_checks(reads, chosen, limit_of(show)),
            number=await load.number_of_open_spot_checks(reads, chosen),
            loads=[one for one in await load.loads(reads, chosen, clock.today()) if one.monitor_id],
            office=chosen,
            offices=readable(reads),
        )

    @post("/")
    async def draw(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
    ) -> Redirect:
        data = (await Form.read(request)).bind(DrawIn)
        async with accepting(
            uow,
            request,
            lambda form: checks_page(uow, data.monitor_id, data.office_id, clock, drawing=form),
        ):
            await service.draw(uow, data, clock=clock)
        return see(f"/spot-checks?monitor={data.monitor_id}&office={data.office_id}", done="drawn")

    @post("/{check_id:uuid}/verdict")
    async def record(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        check_id: FromPath[UUID],
        monitor: Annotated[UUID, QueryParameter()],
        office: OfficeId = None,
    ) -> Redirect:
        chosen = office_of(uow, office)
        async with accepting(
            uow,
            request,
            lambda form: checks_page(uow, monitor, chosen, clock, verdict=form, refused=check_id),
        ) as form:
            await service.record_check(uow, check_id, form.bind(VerdictIn), clock=clock)
        return see(f"/spot-checks?monitor={monitor}&office={chosen}", done="checked")


def limit_of(show: str) -> int | None:
    return None if show == "all" else load.MOST


def readable(reading: Reading) -> list[object]:
    allowed = reading.actor.offices_for(Permission.LOAD_READ)
    return [one for one in reading.actor.offices if one.id in allowed]


def office_of(reading: Reading, asked: int | None) -> int:
    """The office asked for, else the reader's first one."""
    allowed = sorted(reading.actor.offices_for(Permission.LOAD_READ))
    if not allowed:
        raise Forbidden(say("The load of monitors is for supervisors and managers. Ask one of them."))
    chosen = asked or allowed[0]
    offices_asked(reading.actor, Permission.LOAD_READ, chosen)
    return chosen


async def monitor_page(
    reading: Reading,
    monitor_id: UUID,
    office: int,
    clock: Clock,
    *,
    done: str = "",
    changed: int = 0,
    leave: Form | None = None,
    hand: Form | None = None,
    show: str = "",
) -> Html:
    monitor = await load.monitor_of(reading, monitor_id, office)
    others = [one for one in await load.STANDS_IN.all(reading, office=office) if one.id != monitor_id]
    takers = [one for one in await load.MONITORS.all(reading, office=office) if one.id != monitor_id]
    covers = await load.covers(reading, office, clock.today())
    return page(
        "followups/monitor.html",
        reading,
        monitor=monitor,
        office=office,
        covers=[one for one in covers if one.staff_id == monitor_id],
        # What was ticked is shown again, wherever it stands in the list.
        households=await load.THEIRS.all(
            reading, office=office, monitor=monitor_id, limit=limit_of("all" if hand else show)
        ),
        stands_in=[(one.id, one.name) for one in others],
        takers=[(one.id, one.name) for one in takers],
        leave=leave or Form.of(id=new_id()),
        leaving=leave is not None,
        hand=hand,
        done=done,
        changed=changed,
        may_cover=reading.actor.may(Permission.COVER_SET, office),
        may_assign=reading.actor.may(Permission.HOUSEHOLDS_ASSIGN, office),
    )


async def checks_page(
    reading: Reading,
    monitor_id: UUID,
    office: int,
    clock: Clock,
    *,
    done: str = "",
    drawing: Form | None = None,
    verdict: Form | None = None,
    refused: UUID | None = None,
    show: str = "",
) -> Html:
    monitor = await load.monitor_of(reading, monitor_id, office)
    # Whatever was refused is shown again, wherever it stands in the list.
    checks = await load.spot_checks(reading, office, monitor_id, limit_of("all" if refused else show))
    mine = [one for one in await load.loads(reading, office, clock.today()) if one.monitor_id == monitor_id]
    return page(
        "followups/spot_checks.html",
        reading,
        monitor=monitor,
        office=office,
        load=mine[0] if mine else None,
        checks=checks,
        number=await load.number_of_spot_checks(reading, office, monitor_id),
        waiting=await load.number_of_open_spot_checks(reading, office, monitor_id),
        drawing=drawing or Form.of(id=new_id()),
        verdict=verdict,
        refused=refused,
        done=done,
        verdicts=labels.verdicts(),
        outcome_name=labels.outcome_name,
        verdict_names=dict(labels.verdicts()),
        may_check=reading.actor.may(Permission.SPOT_CHECKS_MAKE, office) and reading.actor.id != monitor_id,
        may_put_right=reading.actor.may(Permission.VISITS_REVIEW, office),
    )
