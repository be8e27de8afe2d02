from typing import Annotated, Literal

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from livelihood.accounts.actor import Actor
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.followups import labels
from livelihood.followups.queries.worklist import summary, worklist
from livelihood.households.phones import shown
from livelihood.web.pages import Html, page


class FollowUpPages(Controller):
    path = "/follow-ups"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        whose: Annotated[Literal["mine", "all", ""], QueryParameter()] = "",
        village: Annotated[str, QueryParameter(pattern="^([0-9]{8})?$")] = "",
        office: Annotated[int | None, QueryParameter(ge=1, le=32_767)] = None,
        show: Annotated[Literal["overdue", ""], QueryParameter()] = "",
        start: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
    ) -> Html:
        """A monitor sees their own households first, everybody else the whole office's."""
        reads.actor.require(Permission.FOLLOW_UPS_READ)
        actor, today = reads.actor, clock.today()
        visits_families = isinstance(actor, Actor) and actor.has(Role.MONITOR)
        mine = whose == "mine" or (whose == "" and visits_families)
        monitor_id = actor.id if mine else None
        found = await worklist(
            reads,
            today=today,
            monitor_id=monitor_id,
            office=office,
            village=village,
            overdue=show == "overdue",
            start=start,
        )
        return page(
            "followups/index.html",
            reads,
            found=found,
            summary=await summary(reads, today=today, monitor_id=monitor_id, office=office),
            whose="mine" if mine else "all",
            show=show,
            office=office,
            village=village,
            start=start,
            visits_families=visits_families,
            may_record=actor.may(Permission.VISITS_RECORD),
            labels=labels,
            phone_shown=shown,
        )
