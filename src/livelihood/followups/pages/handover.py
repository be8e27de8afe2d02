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
from livelihood.followups import labels, service
from livelihood.followups.queries import handover, leaving, left_alone, moved
from livelihood.followups.queries.who_may import who_may
from livelihood.followups.rules.facts import Because, Leaving
from livelihood.followups.schemas_handover import HandoverIn
from livelihood.followups.service.closing import GRANT_FIRST, in_the_way
from livelihood.households.places import find_villages
from livelihood.households.queries import detail
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class HandoverPages(Controller):
    path = "/"

    @get("/handovers")
    async def index(
        self,
        reads: NamedDependency[Reads],
        show: Annotated[Literal["all", ""], QueryParameter(description="However many there are")] = "",
    ) -> Html:
        whole = show == "all"
        mine = {office.id for office in reads.actor.offices}
        return page(
            "followups/handovers.html",
            reads,
            found=await handover.latest(reads, None if whole else handover.MOST),
            number=await handover.number(reads),
            mine=mine,
            moved=await moved.waiting(reads, None if whole else moved.MOST),
            left_alone=await left_alone.waiting(reads, None if whole else left_alone.MOST),
        )

    @get("/households/{household_id:uuid}/move")
    async def moves(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        return await move_form(reads, household_id, Form.of(id=new_id()), clock)

    @post("/households/{household_id:uuid}/move")
    async def move(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: move_form(uow, household_id, form, clock)) as form:
            await service.hand_over(uow, household_id, form.bind(HandoverIn), clock=clock)
        return see(f"/households/{household_id}", done="moved")

    @post("/handovers/{handover_id:uuid}/acknowledge")
    async def acknowledge(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], handover_id: FromPath[UUID]
    ) -> Redirect:
        household_id = await service.acknowledge_handover(uow, handover_id, clock=clock)
        return see(f"/households/{household_id}", done="acknowledged")


async def move_form(reading: Reading, household_id: UUID, form: Form, clock: Clock) -> Html:
    household = await detail(reading, household_id)
    reading.actor.require(Permission.HOUSEHOLDS_HAND_OVER, household.office_id)
    # What would end if the family were closed is what goes along.
    change = leaving.leaves(None, Leaving(clock.today(), Because.MOVED, clock.now()))
    grant, seat = await in_the_way(reading, household_id, clock.today())
    unpaid = grant == GRANT_FIRST["approved"]
    return page(
        "followups/move.html",
        reading,
        household=household,
        moved=await moved.of_household(reading, household_id, household.office_id),
        effect=await leaving.effect(reading, household_id, change, clock=clock),
        grant=grant,
        unpaid=unpaid,
        # Who decides an application is none of those who prepared it; the grant's own page knows who is left.
        pays=await who_may(reading, Permission.GRANTS_PAY, household.office_id) if unpaid else [],
        seat=seat,
        seat_with=await who_may(reading, Permission.ENROLMENTS_MANAGE, household.office_id) if seat else [],
        waited_for=await leaving.waited_for(reading, household_id, clock.today()),
        villages=await find_villages(reading, form.value("village_code")) if form.faults else [],
        may_close=reading.actor.may(Permission.HOUSEHOLDS_CLOSE, household.office_id),
        labels=labels,
        form=form,
    )
