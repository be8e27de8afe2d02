import re
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError, FieldError, InvalidInput, say
from livelihood.followups import labels, labels_findings, labels_policy, service
from livelihood.followups.forms import VisitForm, at_form_fields
from livelihood.followups.pages.answers import answers, as_on_line
from livelihood.followups.pages.asked import TO_DO, asked_about, gone_from_here, in_rows, ticked, unsaid
from livelihood.followups.pages.closed import closed_page
from livelihood.followups.pages.entry import next_line
from livelihood.followups.pages.leaving import day_of
from livelihood.followups.pages.rows import answered, faults_at_rows
from livelihood.followups.pages.schools_asked import school_names, schools_asked
from livelihood.followups.queries import (
    alerts,
    effects,
    learnt,
    leaving,
    lists,
    moved,
    policy,
    reviews,
    sheet_lines,
    visits,
)
from livelihood.followups.queries.confirmed import seen_since
from livelihood.followups.queries.last_tried import last_tried
from livelihood.followups.queries.people import people_in
from livelihood.followups.queries.who_may import who_may
from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.rules.protocols import Purpose, asks_for_things
from livelihood.followups.schemas import AlertOut, CorrectionOut, VisitEffect, VisitOut
from livelihood.followups.service.corrections import beyond_one_person, may_put_right
from livelihood.followups.service.which_school import with_schools
from livelihood.households.queries import detail, no_household
from livelihood.observations.rules import Details
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext as _

SAY_OR_TICK = say("Nothing was saved yet: of somebody or something that is due, the form says nothing.")


class VisitPages(Controller):
    path = "/visits"

    @get("/new")
    async def new(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        household: FromQuery[UUID],
        happened_on: FromQuery[str] = "",
        replaces: Annotated[UUID | None, QueryParameter()] = None,
        sheet: Annotated[
            UUID | None, QueryParameter(description="A printed sheet that it was written on")
        ] = None,
        line: Annotated[int | None, QueryParameter(ge=1, le=1000)] = None,
        met: Annotated[
            Literal["", "after_all"], QueryParameter(description="Somebody of a family whose case is closed")
        ] = "",
    ) -> Html | Redirect:
        family = await detail(reads, household)
        reads.actor.require(Permission.VISITS_RECORD, family.office_id)
        # What was seen before it was closed still comes in from paper, or in the place of what was wrong.
        known = met or (sheet and line) or replaces
        if family.closed_on and not known:
            return await closed_page(reads, family, _("Record visit"))
        values: dict[str, object] = {
            "id": new_id(),
            "happened_on": happened_on or clock.today().isoformat(),
            "mode": "in_person",
            "sheet": sheet,
            "line": line,
        }
        written = await sheet_lines.line_of(reads, household, sheet, line) if sheet or line else None
        if written and not happened_on:
            values["happened_on"] = min(written.day, clock.today()).isoformat()
        if replaces is not None:
            wrong = await visits.one(reads, replaces)
            if wrong.replaced_by:  # since the page was drawn that led here
                return see(f"/sheets/{sheet}/entry#line-{line}" if written else f"/visits/{wrong.id}")
            follow_ups = await lists.of_household(reads, household, clock.today())
            today = clock.today()
            people = await people_in(reads, household, today)
            asked = await asked_about(reads, people, follow_ups, today, spoken_of(wrong))
            values |= as_before(wrong, [person.id for person, _checks in asked])
        return await visit_form(reads, household, Form.of(**values), clock)

    @get("/on-line")
    async def again(
        self,
        household: FromQuery[UUID],
        sheet: FromQuery[UUID],
        line: Annotated[int, QueryParameter(ge=1, le=1000)],
    ) -> Redirect:
        """For whoever comes back to the address of the next."""
        return see(f"/visits/new?household={household}&sheet={sheet}&line={line}")

    @post("/on-line", status_code=200)
    async def on_line(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household: FromQuery[UUID],
        sheet: FromQuery[UUID],
        line: Annotated[int, QueryParameter(ge=1, le=1000)],
    ) -> Html:
        """The form, with what was typed of the line so far; nothing of it may stand in an address."""
        family = await detail(uow, household)
        uow.actor.require(Permission.VISITS_RECORD, family.office_id)
        await sheet_lines.line_of(uow, household, sheet, line)
        on_line = await Form.read(request)
        own = {"id": new_id(), "mode": "in_person", "sheet": sheet, "line": line}
        brought = bool(on_line.value("outcome") or on_line.value("note") or answered(on_line, "people"))
        typed = Form.of(**(as_on_line(on_line) | own))
        return await visit_form(uow, household, typed, clock, brought=brought)

    @post("/new")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        unasked: list[tuple[UUID, FieldError]] = []
        async with accepting(
            uow,
            request,
            lambda form: visit_form_of(uow, form, clock, [one for one, _fault in unasked]),
        ) as form:
            typed = form.bind(VisitForm)
            household = await detail(uow, typed.household_id)
            unasked += await unsaid(uow, typed, form, clock)
            try:
                with faults_at_rows(form, "people"):
                    visit_id = await recorded(uow, typed, household.village_code, clock)
                if unasked:
                    raise InvalidInput([])
            except DomainError as error:
                raise and_unasked(error, unasked) from error
        if typed.sheet and typed.line:
            return see(await next_line(uow, typed.sheet, typed.line))
        return see(f"/visits/{visit_id}", done="recorded")

    @get("/{visit_id:uuid}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        visit_id: FromPath[UUID],
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        today = clock.today()
        visit = await visits.one(reads, visit_id)
        people = await people_in(reads, visit.household_id, today)
        effect = await effects.of_visit(reads, visit, today)
        of_day = await visits.of_day(reads, visit.household_id, visit.happened_on)
        others = [] if visit.withdrawn else [one for one in of_day if one.id != visit.id]
        may_record = reads.actor.may(Permission.VISITS_RECORD, visit.office_id)
        gone = await moved.of_household(reads, visit.household_id, visit.office_id)
        return page(
            "followups/visit.html",
            reads,
            effect=effect,
            visit=visit,
            people={person.id: person for person in people},
            outcome=labels.outcome_name(visit.outcome, visit.mode),
            mode=labels.mode_name(visit.mode),
            met=dict(labels.met()).get(visit.met or "", ""),
            done=done,
            labels=labels,
            line=partial(labels_findings.line, schools=await school_names(reads, told_by(effect))),
            history=history_of(effect.corrections),
            may_record=may_record,
            moved=gone if visit.outcome == Outcome.MOVED else None,
            may_hand_over=reads.actor.may(Permission.HOUSEHOLDS_HAND_OVER, visit.office_id),
            colleagues=await who_may(reads, Permission.HOUSEHOLDS_HAND_OVER, visit.office_id) if gone else [],
            departed=await reviews.departed(reads, visit.household_id, visit.happened_on)
            if effect.review and effect.review.departed
            else [],
            still_missing=(still := await still_missing(reads, visit) if effect.review else []),
            goes_to=[
                alert
                for alert in await learnt.goes_to(reads, visit)
                if alert.id not in {one.id for one in (*still, *effect.alerts_opened)}
            ],
            others=others,
            answered_before=await visits.answered_besides(reads, visit),
            outcomes=dict(labels.outcomes()),
            may_review=reads.actor.may(Permission.VISITS_REVIEW, visit.office_id),
            reviewers=await who_may(reads, Permission.VISITS_REVIEW, visit.office_id)
            if effect.review
            else [],
            may_put_right=visit.withdrawn is None and may_put_right(reads.actor, visit),
            beyond=await beyond_one_person(reads, visit),
        )


async def recorded(uow: UnitOfWork, typed: VisitForm, village_code: str, clock: Clock) -> UUID:
    """Raises what the verbs do, with the faults of findings at the form's fields."""
    people = await with_schools(uow, typed.people, village_code)
    visit, fields = msgspec.structs.replace(typed, people=people).visit()
    try:
        # What replaces a withdrawn visit takes its line over by itself.
        if typed.sheet and typed.line and typed.replaces is None:
            return await service.enter_in_full(uow, typed.sheet, typed.line, visit, clock=clock)
        return await service.record_visit(uow, visit, clock=clock)
    except DomainError as error:
        raise at_form_fields(error, fields) from error


async def still_missing(reading: Reading, visit: VisitOut) -> list[AlertOut]:
    """Open alerts for children who were seen on this day all the same, by this visit or by another."""
    found: list[AlertOut] = []
    for alert in await alerts.of_household(reading, visit.household_id):
        if alert.kind == AlertKind.MISSING_CHILD and alert.closed_on is None:
            since = max(alert.opened_on, visit.happened_on)
            seen = await seen_since(reading, visit.household_id, alert.member_id, since)
            if any(day == visit.happened_on for day, _visit in seen):
                found.append(alert)
    return found


def and_unasked(refused: DomainError, unasked: Sequence[tuple[UUID, FieldError]]) -> DomainError:
    """What is wrong with a visit, and of whom or what is due it says nothing."""
    if not unasked or not isinstance(refused, InvalidInput):
        return refused
    faults = [fault for _who, fault in unasked]
    return InvalidInput([*refused.errors, *faults], None if refused.errors else SAY_OR_TICK)


async def visit_form_of(reading: Reading, form: Form, clock: Clock, silent: Sequence[UUID]) -> Html:
    household_id = form.id("household_id")
    if household_id is None:
        raise no_household()
    return await visit_form(reading, household_id, form, clock, silent=silent)


async def visit_form(
    reading: Reading,
    household_id: UUID,
    form: Form,
    clock: Clock,
    *,
    silent: Sequence[UUID] = (),
    brought: bool = False,
) -> Html:
    """`silent` are those due of whom the form was sent without a word, as `unsaid` names them; `brought`: something was
    typed elsewhere that stands nowhere else by now.
    """
    today = clock.today()
    day = day_of(form, "happened_on", clock)
    household = await detail(reading, household_id)
    people = await people_in(reading, household_id, today, grant_label=_("Grant"))
    follow_ups = await lists.of_household(reading, household_id, today)
    due = [one for one in follow_ups if one.state in TO_DO]
    unnamed = {*silent, *ticked(form)}
    asked = await asked_about(reading, people, follow_ups, today, answered(form, "people"))
    rows = in_rows([*asked, *gone_from_here(people, asked)], form)
    written = None
    if (sheet := form.id("sheet")) and re.fullmatch(r"\d{1,4}", form.value("line")):
        written = await sheet_lines.named(reading, sheet, int(form.value("line")))
    return page(
        "followups/record.html",
        reading,
        household=household,
        head=next((person for person in people if person.relationship == "head"), None),
        rows=rows[: len(asked)],
        gone=rows[len(asked) :],
        departed=await leaving.departures(reading, household_id),
        silent=[one for one in people if one.id in unnamed],
        silent_business=household_id in unnamed,
        due=due,
        attempts=await visits.attempts(reading, household_id, today),
        tried=(await last_tried(reading, [household_id])).get(household_id),
        business=any(one.purpose == Purpose.BUSINESS.value for one in follow_ups),
        things=any(asks_for_things(one.protocol, one.slot) for one in due),
        schools=await schools_asked(reading, household, form),
        written=written if written and written.household_id == household_id else None,
        same_day=await visits.of_day(reading, household_id, day),
        same_day_on=day,
        outcomes=dict(labels.outcomes()),
        again=labels_policy.checked_again(await policy.checked_again(reading, today)),
        form=form,
        brought=brought,
        choices=labels.choices(),
        labels=labels,
    )


def spoken_of(wrong: VisitOut) -> set[UUID]:
    return {one.member_id for one in wrong.findings if one.member_id} | set(wrong.present)


def as_before(wrong: VisitOut, asked: list[UUID]) -> dict[str, object]:
    """What a withdrawn visit said, for whoever records it again; of another household's people, nothing."""
    values: dict[str, object] = {
        "replaces": wrong.id,
        "happened_on": wrong.happened_on.isoformat(),
        "mode": wrong.mode if wrong.mode != Mode.REGISTER else Mode.IN_PERSON.value,
        "outcome": wrong.outcome,
        "met": wrong.met,
        "note": wrong.note,
    }
    rows = {member_id: row for row, member_id in enumerate(asked)}
    values |= {f"people-{row}-member_id": member_id for member_id, row in rows.items()}
    for finding in wrong.findings:
        said = answers(finding.details)
        if finding.member_id is None:
            values |= said
        elif finding.member_id in rows:
            values |= {f"people-{rows[finding.member_id]}-{name}": value for name, value in said.items()}
    values |= {f"people-{rows[one]}-present": "true" for one in wrong.present if one in rows}
    return values


def told_by(effect: VisitEffect) -> Iterator[Details]:
    yield from (one.details for one in effect.visit.findings)
    yield from (one.before for one in effect.corrections)


def history_of(corrections: list[CorrectionOut]) -> Callable[[UUID], list[CorrectionOut]]:
    """What was corrected of a finding as it stands, the latest first."""
    made = {one.id: one for one in corrections}

    def history(finding_id: UUID) -> list[CorrectionOut]:
        found: list[CorrectionOut] = []
        while finding_id in made:
            found.append(made[finding_id])
            finding_id = made[finding_id].corrects
        return found

    return history
