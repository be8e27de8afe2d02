"""Back-entry of paper: one screen for a whole sheet, a form for each line, saved one by one."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, PathParameter, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError, NotFound, invalid
from livelihood.followups import labels, labels_keys, service
from livelihood.followups.pages.rows import answered, faults_at_rows, numbered
from livelihood.followups.queries import alerts, visits
from livelihood.followups.queries.elsewhere import LineElsewhere
from livelihood.followups.queries.sheet_list import latest
from livelihood.followups.queries.sheet_people import PersonDue
from livelihood.followups.queries.sheets import LineOut, SheetOut, by_number, sheet
from livelihood.followups.queries.visits import OfDay
from livelihood.followups.schemas import AlertOut
from livelihood.followups.schemas_entry import LineIn
from livelihood.households.rules import HandedOver
from livelihood.web.pages import Html, Refused, page, see
from livelihood.web.requests import AnyRequest, Form

# Sent by entry.js, which puts the answer in the place of the line.
PART = "X-Line-Only"
SHOWN = 5
EARLIER = timedelta(days=31)


class LineView(msgspec.Struct):
    """What stands in the place of one line: `elsewhere` where its family is with another office now. `rows` are those
    asked about, each with the number of their row in the form; `alerts` what its visit raised. `recorded`: what stands of visits to the family
    of an open line already, by day, for whoever changes the line's day.
    """

    line: LineOut | LineElsewhere
    form: Form
    rows: list[tuple[int, PersonDue]] = []
    elsewhere: bool = False
    alerts: list[AlertOut] = []
    recorded: dict[date, list[OfDay]] = {}


class EntryPages(Controller):
    path = "/sheets"

    @get("/enter")
    async def find(
        self, reads: NamedDependency[Reads], number: Annotated[str, QueryParameter(max_length=40)] = ""
    ) -> Html | Redirect:
        reads.actor.require(Permission.VISITS_RECORD)
        form = Form.of(number=number)
        if not number.strip():
            return await number_page(reads, form)
        try:
            return see(f"/sheets/{await by_number(reads, number)}/entry")
        except NotFound as error:
            refused = invalid("number", error.message)
            raise Refused(await number_page(reads, form.refused(refused)), refused) from error

    @get("/{sheet_id:uuid}/entry")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], sheet_id: FromPath[UUID]
    ) -> Html:
        return await entry_page(reads, sheet_id, clock)

    @post("/{sheet_id:uuid}/lines/{line:int}")
    async def enter(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        sheet_id: FromPath[UUID],
        line: Annotated[int, PathParameter(ge=1, le=1000)],
    ) -> Html | Redirect:
        form = await Form.read(request)
        only = line if PART in request.headers else None
        try:
            async with uow.savepoint():
                typed = form.bind(LineIn)
                with faults_at_rows(form, "people"):
                    await service.enter_line(uow, sheet_id, line, typed, clock=clock)
        except HandedOver as error:
            if only is None:
                raise
            # What stands in its place now says so.
            raise Refused(await entry_page(uow, sheet_id, clock, only=only), error) from error
        except NotFound:
            raise
        except DomainError as error:
            shown = await entry_page(uow, sheet_id, clock, typed={line: form.refused(error)}, only=only)
            raise Refused(shown, error) from error
        if only is not None:
            return await entry_page(uow, sheet_id, clock, only=only)
        return see(await next_line(uow, sheet_id, line))


async def number_page(reading: Reading, form: Form) -> Html:
    """The number is asked for; those that wait are a tap away."""
    waiting = [one for one in (await latest(reading)).items if one.entered < one.lines]
    return page("followups/enter.html", reading, form=form, waiting=waiting[:SHOWN])


async def next_line(reading: Reading, sheet_id: UUID, line: int) -> str:
    """Where the entry of a sheet goes on after one of its lines."""
    after = [one.line for one in (await sheet(reading, sheet_id)).lines if one.visit_id is None]
    following = next((number for number in after if number > line), after[0] if after else None)
    return f"/sheets/{sheet_id}/entry" + (f"#line-{following}" if following else "")


async def entry_page(
    reading: Reading,
    sheet_id: UUID,
    clock: Clock,
    *,
    typed: dict[int, Form] | None = None,
    only: int | None = None,
) -> Html:
    """The whole sheet, or what entry.js puts in the place of one line. `typed` is what was refused, by line."""
    found = await sheet(reading, sheet_id)
    reading.actor.require(Permission.VISITS_RECORD, found.office_id)
    lines = line_views(found, clock, typed or {}, only)
    entered = {
        view.line.visit_id: view.line.household_id
        for view in lines
        if isinstance(view.line, LineOut) and view.line.visit_id and view.line.entered
    }
    raised = await alerts.raised_at(reading, entered)
    for view in lines:
        if isinstance(view.line, LineOut) and view.line.visit_id:
            view.alerts = raised.get(view.line.visit_id, [])
    await recorded_already(reading, found, lines)
    return page(
        "followups/entry_part.html" if only is not None else "followups/entry.html",
        reading,
        sheet=found,
        lines=lines,
        labels=labels,
        there_key=labels_keys.THERE,
        outcomes=[(labels_keys.OUTCOMES[value], value, words) for value, words in labels.outcomes()],
        seen=[(labels_keys.SEEN[value], value, words) for value, words in labels.seen()],
        whereabouts=labels_keys.numbered(labels.whereabouts()),
        placements=labels_keys.numbered(labels.placement_states()),
        things=labels_keys.numbered(labels.things()),
        businesses=labels_keys.numbered(labels.business_states()),
        outcome_names=dict(labels.outcomes()),
    )


async def recorded_already(reading: Reading, found: SheetOut, lines: Sequence[LineView]) -> None:
    """A day that somebody types may lie somewhat before the sheet's."""
    views = {
        view.line.household_id: view
        for view in lines
        if isinstance(view.line, LineOut) and not view.line.visit_id
    }
    days = await visits.by_day(reading, list(views), found.day - EARLIER) if views else {}
    for household_id, view in views.items():
        view.recorded = days[household_id]


def line_view(line: LineOut, form: Form) -> LineView:
    """Asked about are the children, who is to be traced after a course, and whoever something was written of: a
    colleague may have traced them meanwhile.
    """
    said = answered(form, "people")
    asked = [one for one in line.people if one.asked or one.member_id in said]
    rows = numbered(form, "people", [one.member_id for one in asked])
    return LineView(line, form, list(zip(rows, asked, strict=True)))


def line_views(found: SheetOut, clock: Clock, typed: dict[int, Form], only: int | None) -> list[LineView]:
    # A sheet may be made the evening before, and a visit is of today at the latest.
    day = min(found.day, clock.today()).isoformat()
    views = [line_view(one, typed.get(one.line) or Form.of(happened_on=day)) for one in found.lines]
    views += [LineView(one, Form.of(), elsewhere=True) for one in found.elsewhere]
    return sorted((one for one in views if only in {None, one.line.line}), key=lambda one: one.line.line)
