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
from livelihood.errors import NotFound, say
from livelihood.followups import labels, service
from livelihood.followups.queries import load, losses
from livelihood.followups.queries.board import board, household_of
from livelihood.followups.queries.missing import last_known, missing
from livelihood.followups.queries.numbers import numbers
from livelihood.followups.queries.people import Child, people_in
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.schemas_care import LossIn
from livelihood.households.phones import shown
from livelihood.households.queries import detail
from livelihood.households.schemas import HouseholdDetail
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class SilencePages(Controller):
    path = "/silence"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        level: Annotated[
            Literal["reminder", "escalated_supervisor", "escalated_manager", ""], QueryParameter()
        ] = "",
        risk: Annotated[Literal["standard", "high", ""], QueryParameter()] = "",
        office: Annotated[str, QueryParameter(pattern="^[0-9]{0,4}$")] = "",
        monitor: Annotated[str, QueryParameter(pattern="^([0-9a-f-]{36})?$")] = "",
        cursor: Annotated[str, QueryParameter(max_length=100)] = "",
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        today, actor = clock.today(), reads.actor
        chosen = int(office) if office else None
        of_whom = _uuid(monitor)
        found = await board(
            reads,
            today=today,
            office=chosen,
            monitor=of_whom,
            level=level or None,
            risk=risk or None,
            cursor=cursor,
        )
        # Whatever their days, and whatever part of the board is asked for.
        gone = await missing(reads, office=chosen, monitor=of_whom)
        only = chosen or (actor.offices[0].id if len(actor.offices) == 1 else None)
        return page(
            "followups/silence.html",
            reads,
            found=found,
            missing=gone,
            last_known=await last_known(reads, gone),
            level=level,
            risk=risk,
            office=chosen,
            monitor=of_whom,
            cursor=cursor,
            done=done,
            offices=actor.offices,
            monitors=await load.MONITORS.all(reads, office=only) if only else [],
            weight=(await numbers(reads)).on(NumberKey.HIGH_RISK_WEIGHT, today),
            may_record=actor.may(Permission.VISITS_RECORD),
            may_lose=actor.may(Permission.LOSSES_DECIDE),
            labels=labels,
            whereabouts=dict(labels.whereabouts()),
            phone_shown=shown,
        )

    @get("/{member_id:uuid}/lost")
    async def lost(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], member_id: FromPath[UUID]
    ) -> Html | Redirect:
        household, child = await child_of(reads, member_id, clock)
        said = await losses.standing(reads, household.id, member_id) if child.lost_on else None
        if said:
            return see(f"/losses/{said.id}")
        return await lost_form(reads, member_id, Form.of(id=new_id()), clock)

    @post("/{member_id:uuid}/lost")
    async def declare_lost(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        member_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: lost_form(uow, member_id, form, clock)) as form:
            await service.declare_lost(uow, member_id, form.bind(LossIn), clock=clock)
        _, child = await child_of(uow, member_id, clock)
        return see("/silence", done="missing" if child.missing_since else "lost")


async def lost_form(reading: Reading, member_id: UUID, form: Form, clock: Clock) -> Html:
    household, child = await child_of(reading, member_id, clock)
    reading.actor.require(Permission.LOSSES_DECIDE, household.office_id)
    return page("followups/lost.html", reading, household=household, child=child, form=form)


async def child_of(reading: Reading, member_id: UUID, clock: Clock) -> tuple[HouseholdDetail, Child]:
    household_id = await household_of(reading, member_id)
    if household_id is None:
        raise NotFound(say("No such child is followed here. Look on the board of silence."))
    people = await people_in(reading, household_id, clock.today())
    return await detail(reading, household_id), next(one for one in people if one.id == member_id)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
