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
from livelihood.followups.queries import policy as policies
from livelihood.followups.queries import policy_pages, previews
from livelihood.followups.queries.policy import calendar_of
from livelihood.followups.rules.calendar import SchoolYear
from livelihood.followups.rules.calendar_drafts import first_of, key_of
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
        said = next(
            (one for one in await policy_pages.YEARS_SAID.all(reads) if one.key == key_of(first)), None
        )
        found: dict[str, object] = {"id": new_id()}
        if said is not None:
            found |= {"starts_on": said.starts_on, "ends_on": said.ends_on, "source": said.source}
            found |= terms_of(SchoolYear(said.key, said.starts_on, said.ends_on, said.terms))
            found["assumed"] = "true" if said.assumed else None
        if what := await previews.drafted(reads, draft, YearSet):
            found |= {"starts_on": what.year.starts_on, "ends_on": what.year.ends_on, "source": what.source}
            found |= terms_of(what.year) | {"assumed": "true" if what.assumed else None}
        return year_page(reads, first, Form.of(**found))

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
        found: dict[str, object] = {"id": new_id()}
        if what := await previews.drafted(reads, draft, ClosureSet):
            one = what.closure
            found |= {"starts_on": one.starts_on, "ends_on": one.ends_on, "province": one.province}
            found |= {"name": what.name, "source": what.source, "assumed": "true" if what.assumed else None}
            change = one.id
        said = next((one for one in await policy_pages.CLOSURES_SAID.all(reads) if one.id == change), None)
        if said is not None:
            found["closure_id"] = said.id
            if draft is None:
                found |= {name: getattr(said, name) for name in ("name", "starts_on", "ends_on", "province")}
                found |= {"source": said.source, "assumed": "true" if said.assumed else None}
        return await closure_page(reads, Form.of(**found))

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
        found: dict[str, object] = {"id": new_id()}
        if what := await previews.drafted(reads, draft, HolidaySet):
            one = what.holiday
            found |= {"day": one.day, "is_holiday": str(one.is_holiday).lower(), "province": one.province}
            found |= {"name": what.name, "source": what.source, "assumed": "true" if what.assumed else None}
            change = one.id
        said = next((one for one in await policy_pages.HOLIDAYS_SAID.all(reads) if one.id == change), None)
        if said is not None:
            found["holiday_id"] = said.id
            if draft is None:
                found |= {name: getattr(said, name) for name in ("name", "day", "province", "source")}
                found |= {"is_holiday": str(said.is_holiday).lower()}
                found |= {"assumed": "true" if said.assumed else None}
        return await holiday_page(reads, Form.of(**found))

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


async def provinces(reading: Reading) -> list[tuple[str, str]]:
    khmer = LANGUAGE.get() == "km"
    return [
        (one.code, one.name_km if khmer else one.name_latin)
        for one in await policy_pages.PROVINCES.all(reading)
    ]


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


def year_page(reading: Reading, first: int, form: Form) -> Html:
    rows = form.rows("terms", least=TERMS)
    said = any(form.value(f"terms-{row}-starts_on") or form.value(f"terms-{row}-ends_on") for row in rows)
    return page(
        "followups/year_form.html",
        reading,
        form=form,
        first=first,
        key=key_of(first),
        rows=rows,
        terms_open=said or any(fault.field.startswith("terms") for fault in form.faults),
    )


async def closure_page(reading: Reading, form: Form) -> Html:
    return page("followups/closure_form.html", reading, form=form, provinces=await provinces(reading))


async def holiday_page(reading: Reading, form: Form) -> Html:
    return page("followups/holiday_form.html", reading, form=form, provinces=await provinces(reading))
