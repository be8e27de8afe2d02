from functools import partial
from typing import Annotated, Literal
from urllib.parse import urlencode
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from livelihood.accounts.actor import Actor
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.db.work import Reads
from livelihood.followups import labels
from livelihood.followups.queries.by_school import school_route
from livelihood.followups.queries.narrowed import Narrowed, place_asked, worked_by
from livelihood.followups.queries.summary import summary
from livelihood.followups.queries.whose import covering
from livelihood.followups.queries.worklist import choices, together, worklist
from livelihood.followups.rules.protocols import Purpose
from livelihood.households.phones import shown
from livelihood.households.queries import find
from livelihood.web.pages import Html, page

Whose = Literal["mine", "covering", "all", ""]
By = Literal["place", "nearest", "school", ""]


class FollowUpPages(Controller):
    path = "/follow-ups"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        whose: Annotated[Whose, QueryParameter()] = "",
        by: Annotated[By, QueryParameter()] = "",
        village: Annotated[str, QueryParameter(pattern="^([0-9]{8})?$")] = "",
        commune: Annotated[str, QueryParameter(pattern="^([0-9]{6})?$")] = "",
        school: Annotated[UUID | None, QueryParameter()] = None,
        purpose: Annotated[Literal["school", "home", "business", "placement", ""], QueryParameter()] = "",
        first: Annotated[str, QueryParameter(pattern="^([0-9]{8})?$", name="from")] = "",
        office: Annotated[int | None, QueryParameter(ge=1, le=32_767)] = None,
        show: Annotated[Literal["overdue", ""], QueryParameter()] = "",
        q: Annotated[str, QueryParameter(max_length=200)] = "",
        start: Annotated[int, QueryParameter(ge=0, le=100_000)] = 0,
    ) -> Html:
        """A monitor sees the households they work first, everybody else the whole office's.

        Each order of the route is an address. `from` alone, as older addresses have it, is the nearest first.
        """
        reads.actor.require(Permission.FOLLOW_UPS_READ)
        actor, today = reads.actor, clock.today()
        visits_families = isinstance(actor, Actor) and actor.has(Role.MONITOR)
        covers = [one for one in await covering(reads, actor.id, today) if one.by_id == actor.id]
        whose = whose or ("mine" if visits_families else "all")
        mine = await worked_by(reads, actor, today)
        monitors = {"mine": mine.monitors, "covering": tuple(one.staff_id for one in covers)}.get(whose)
        by = by or ("nearest" if first else "place")
        asked = Narrowed(
            monitors=monitors,
            nobodys=mine.nobodys if whose == "mine" else (),
            office=office,
            village=village,
            commune=commune,
            school=school,
            purpose=Purpose(purpose) if purpose else None,
            overdue=show == "overdue",
            first=first if by == "nearest" else "",
            found=tuple(await find(reads, q)) if q.strip() else None,
        )
        kept: dict[str, object] = {
            "whose": whose,
            "by": "" if by == "place" else by,
            "office": office,
            "commune": commune,
            "village": village,
            "school": school,
            "purpose": purpose,
            "from": asked.first,
            "show": show,
            "q": q.strip(),
        }
        return page(
            "followups/index.html",
            reads,
            found=(
                await school_route(reads, asked, today=today, start=start)
                if by == "school"
                else await worklist(reads, asked, today=today, start=start)
            ),
            summary=await summary(reads, actor, asked, today=today),
            places_there=await choices(reads, asked, today=today),
            covers=covers,
            by=by,
            kept=kept,
            link=partial(_address, kept),
            chosen_office=next((one for one in actor.offices if one.id == office), None),
            sheet_link=_sheet_address(kept),
            place_code=village or commune,
            place=await place_asked(reads, village or commune) if village or commune else None,
            narrowed=any((village, commune, school, purpose, q.strip())),
            start=start,
            visits_families=visits_families,
            may_record=actor.may(Permission.VISITS_RECORD),
            may_print=actor.may(Permission.VISITS_RECORD, office),
            may_visit=partial(actor.may, Permission.VISITS_RECORD),
            may_place=partial(actor.may, Permission.OBSERVATIONS_RECORD),
            labels=labels,
            together=together,
            phone_shown=shown,
        )


def _address(kept: dict[str, object], **changed: object) -> str:
    """Of the list as it stands, but for what is changed."""
    return "/follow-ups?" + urlencode({name: str(value) for name, value in (kept | changed).items() if value})


def _sheet_address(kept: dict[str, object]) -> str:
    """Where the route as it stands is printed; covering for somebody is part of one's own route there."""
    whose = "all" if kept["whose"] == "all" else "mine"
    asked = kept | {"whose": whose, "overdue": "true" if kept["show"] else "", "first": kept["from"]}
    names = ("office", "whose", "village", "commune", "school", "purpose", "overdue", "first")
    return "/sheets/new?" + urlencode({name: str(asked[name]) for name in names if asked[name]})
