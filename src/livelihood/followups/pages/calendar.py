from contextlib import suppress
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, PathParameter, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import labels_policy
from livelihood.followups.glance import year_at_a_glance
from livelihood.followups.pages.redrafting import Overtaken, afresh, provinces, redrafted
from livelihood.followups.queries import calendar_said, policy_pages
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries.policy import calendar_of
from livelihood.followups.rules.calendar import SchoolYear
from livelihood.followups.rules.calendar_drafts import first_of, key_of
from livelihood.followups.rules.drafted_upon import mark
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.policy import ClosureSet, HolidaySet, YearSet
from livelihood.followups.schemas_policy import AgainIn, ClosureIn, ConfirmationIn, HolidayIn, YearIn
from livelihood.followups.service import policy
from livelihood.web.current import LANGUAGE
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext as _

First = Annotated[int, PathParameter(ge=2000, le=2098)]
TERMS = 3


class CalendarPages(Controller):
    path = "/calendar"

    @get("/")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        first: Annotated[int | None, QueryParameter(name="year", ge=2000, le=2098)] = None,
        province: Annotated[str, QueryParameter(pattern="^([0-9]{2})?$")] = "",
        day: FromQuery[date | None] = None,
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        return await calendar_page(reads, clock, Form({}), first=first, day=day, province=province, done=done)

    @post("/confirmations/{kind:str}/{entry:str}")
    async def confirm(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        kind: FromPath[Literal["years", "closures", "holidays"]],
        entry: Annotated[str, PathParameter(max_length=40)],
        first: Annotated[int | None, QueryParameter(name="year", ge=2000, le=2098)] = None,
    ) -> Redirect:
        async with accepting(
            uow, request, lambda form: calendar_page(uow, clock, form, first=first, refused=f"{kind}-{entry}")
        ) as form:
            await policy.confirm(uow, kind, entry, form.bind(ConfirmationIn))
        return see(f"/calendar?year={first}" if first else "/calendar", done="confirmed")

    @get("/years/{first:int}")
    async def year(
        self, reads: NamedDependency[Reads], first: First, draft: FromQuery[UUID | None] = None
    ) -> Html:
        reads.actor.require_everywhere(Permission.POLICY_MANAGE)
        policy.require_in_turn(await policies.in_full(reads), first)
        what, overtaken = await redrafted(reads, draft, YearSet)
        said = await calendar_said.year(reads, key_of(first))
        found: dict[str, object] = {"id": new_id(), "based_on": mark(said)}
        if (shown := said if what is None or overtaken else what) is not None:
            found |= {"starts_on": shown.year.starts_on, "ends_on": shown.year.ends_on}
            found |= {"source": shown.source, "assumed": "true" if shown.assumed else None}
            found |= terms_of(shown.year)
        return await year_page(reads, first, Form.of(**found), overtaken)

    @post("/years/{first:int}")
    async def preview_year(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        first: First,
    ) -> Redirect:
        async with accepting(uow, request, lambda form: year_page(uow, first, form)) as form:
            preview_id = await policy.draft_year(uow, first, form.bind(YearIn), clock=clock)
        return see(f"/previews/{preview_id}")

    @get("/closures/new")
    async def closure(
        self,
        reads: NamedDependency[Reads],
        change: FromQuery[UUID | None] = None,
        draft: FromQuery[UUID | None] = None,
    ) -> Html:
        """Empty, or filled with a closure that is to be changed, or with a draft to be written otherwise."""
        reads.actor.require_everywhere(Permission.POLICY_MANAGE)
        what, overtaken = await redrafted(reads, draft, ClosureSet)
        said = await calendar_said.closure(reads, what.closure.id if what else change)
        found: dict[str, object] = {"id": new_id(), "based_on": mark(said)}
        if (shown := said if what is None or overtaken else what) is not None:
            one = shown.closure
            found |= {"starts_on": one.starts_on, "ends_on": one.ends_on, "province": one.province}
            found |= {"name": shown.name, "source": shown.source}
            found["assumed"] = "true" if shown.assumed else None
        if said is not None:
            found["closure_id"] = said.closure.id
        return await closure_page(reads, Form.of(**found), overtaken)

    @post("/closures/new")
    async def preview_closure(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        async with accepting(uow, request, lambda form: closure_page(uow, form)) as form:
            preview_id = await policy.draft_closure(uow, form.bind(ClosureIn), clock=clock)
        return see(f"/previews/{preview_id}")

    @get("/holidays/new")
    async def holiday(
        self,
        reads: NamedDependency[Reads],
        change: FromQuery[UUID | None] = None,
        draft: FromQuery[UUID | None] = None,
    ) -> Html:
        reads.actor.require_everywhere(Permission.POLICY_MANAGE)
        what, overtaken = await redrafted(reads, draft, HolidaySet)
        said = await calendar_said.holiday(reads, what.holiday.id if what else change)
        found: dict[str, object] = {"id": new_id(), "based_on": mark(said)}
        if (shown := said if what is None or overtaken else what) is not None:
            one = shown.holiday
            found |= {"day": one.day, "is_holiday": str(one.is_holiday).lower(), "province": one.province}
            found |= {"name": shown.name, "source": shown.source}
            found["assumed"] = "true" if shown.assumed else None
        if said is not None:
            found["holiday_id"] = said.holiday.id
        return await holiday_page(reads, Form.of(**found), overtaken)

    @post("/holidays/new")
    async def preview_holiday(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        async with accepting(uow, request, lambda form: holiday_page(uow, form)) as form:
            preview_id = await policy.draft_holiday(uow, form.bind(HolidayIn), clock=clock)
        return see(f"/previews/{preview_id}")

    @post("/removals/{kind:str}/{record_id:uuid}")
    async def remove(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        kind: FromPath[Literal["closures", "holidays"]],
        record_id: FromPath[UUID],
    ) -> Redirect:
        preview_id = await policy.draft_removal(uow, kind, record_id, AgainIn(), clock=clock)
        return see(f"/previews/{preview_id}")


def terms_of(year: SchoolYear) -> dict[str, object]:
    return {
        f"terms-{number}-{name}": getattr(term, name)
        for number, term in enumerate(year.terms)
        for name in ("starts_on", "ends_on")
    }


async def calendar_page(
    reading: Reading,
    clock: Clock,
    form: Form,
    *,
    first: int | None = None,
    day: date | None = None,
    province: str = "",
    done: str = "",
    refused: str = "",
) -> Html:
    found = await policy_pages.calendar(reading, province, language=LANGUAGE.get())
    known = {first_of(one.key): one for one in found.years}
    # The year that runs on the day, or the next to come, or the last there is.
    now = next(
        (one for one, year in known.items() if year.ends_on >= (day or clock.today())),
        max(known, default=None),
    )
    chosen = first if first in known else now
    shown = known.get(chosen) if chosen is not None else None
    held = await policies.in_full(reading)
    year = next((one for one in held.years if shown and one.key == shown.key), None)
    months = (
        year_at_a_glance(calendar_of(held, province or None), year, Numbers(held.numbers)) if year else []
    )
    within = (year.starts_on, year.ends_on) if year else None
    closures = [one for one in found.closures if within and within[0] <= one.starts_on <= within[1]]
    days = [one for one in found.holidays if within and within[0] <= one.day <= within[1]]
    assumed = [("year", _("the school year"))] if shown and shown.assumed else []
    assumed += [("closures", labels_policy.stored(one.name)) for one in closures if one.assumed]
    assumed += [("holidays", one.name) for one in days if one.assumed]
    return page(
        "followups/calendar.html",
        reading,
        found=found,
        still_assumed=assumed,
        shown=shown,
        chosen=chosen,
        known=list(known),
        next_one=max(known) + 1 if known else clock.today().year,
        months=months,
        school_days=sum(month.school_days for month in months),
        names={one.day: one.name for one in found.public_holidays}
        | {one.day: one.name for one in found.holidays},
        closures=closures,
        holidays=days,
        public_holidays=[
            one for one in found.public_holidays if within and within[0] <= one.day <= within[1]
        ],
        province=province,
        provinces=await provinces(reading),
        may_change=reading.actor.may_everywhere(Permission.POLICY_MANAGE),
        form=form,
        refused=refused,
        done=done,
        labels=labels_policy,
    )


async def year_page(reading: Reading, first: int, form: Form, overtaken: Overtaken | None = None) -> Html:
    rows = form.rows("terms", least=TERMS)
    said = any(form.value(f"terms-{row}-starts_on") or form.value(f"terms-{row}-ends_on") for row in rows)
    stands = await calendar_said.year(reading, key_of(first))
    return page(
        "followups/year_form.html",
        reading,
        form=form,
        first=first,
        key=key_of(first),
        rows=rows,
        terms_open=said or any(fault.field.startswith("terms") for fault in form.faults),
        overtaken=overtaken,
        afresh=afresh(form, mark(stands), f"/calendar/years/{first}"),
    )


async def closure_page(reading: Reading, form: Form, overtaken: Overtaken | None = None) -> Html:
    """Its entry may have gone meanwhile; then there is nothing to draft a change upon but the calendar."""
    stands = await calendar_said.closure(reading, chosen := entry(form, "closure_id"))
    return page(
        "followups/closure_form.html",
        reading,
        form=form,
        provinces=await provinces(reading),
        overtaken=overtaken,
        afresh=afresh(
            form, mark(stands), f"/calendar/closures/new?change={chosen}" if stands else "/calendar"
        ),
    )


async def holiday_page(reading: Reading, form: Form, overtaken: Overtaken | None = None) -> Html:
    stands = await calendar_said.holiday(reading, chosen := entry(form, "holiday_id"))
    return page(
        "followups/holiday_form.html",
        reading,
        form=form,
        provinces=await provinces(reading),
        overtaken=overtaken,
        afresh=afresh(
            form, mark(stands), f"/calendar/holidays/new?change={chosen}" if stands else "/calendar"
        ),
    )


def entry(form: Form, name: str) -> UUID | None:
    with suppress(ValueError):
        return UUID(form.value(name))
    return None
