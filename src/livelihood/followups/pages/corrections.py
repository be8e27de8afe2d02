"""Putting a visit right: one finding is corrected, or the whole visit is withdrawn and recorded again."""

from functools import partial
from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError, Forbidden, InvalidInput, NotFound, invalid, say
from livelihood.followups import labels, labels_findings, service
from livelihood.followups.forms_corrections import CorrectionForm, at_answers
from livelihood.followups.pages.answers import answers
from livelihood.followups.pages.schools_asked import school_names, schools_asked
from livelihood.followups.queries import effects, visits
from livelihood.followups.queries.people import people_in
from livelihood.followups.schemas import FindingOut, VisitOut, WithdrawalIn
from livelihood.followups.service.corrections import (
    beyond_one_person,
    require_putting_right,
    still_looked_for,
    visits_stand_meanwhile,
)
from livelihood.followups.service.which_school import with_school
from livelihood.households.queries import BY_CODE, detail
from livelihood.households.rules import Relationship
from livelihood.observations.rules import kind_of
from livelihood.web.pages import Html, Refused, page, refused_with_a_way_on, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext as _


class CorrectionPages(Controller):
    path = "/visits/{visit_id:uuid}"

    @get("/findings/{finding_id:uuid}")
    async def finding(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        visit_id: FromPath[UUID],
        finding_id: FromPath[UUID],
    ) -> Html:
        visit, found = await finding_of(reads, visit_id, finding_id)
        form = Form.of(id=new_id(), **answers(found.details))
        return await correction_form(reads, visit, found, form, clock)

    @post("/findings/{finding_id:uuid}")
    async def correct(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        visit_id: FromPath[UUID],
        finding_id: FromPath[UUID],
    ) -> Redirect:
        sent = (await Form.read(request)).value("id")
        if sent in {str(one.id) for one in (await visits.one(uow, visit_id)).findings}:
            return see(f"/visits/{visit_id}", done="corrected")  # sent twice
        visit, found = await finding_of(uow, visit_id, finding_id)
        async with accepting(
            uow, request, lambda form: correction_form(uow, visit, found, form, clock)
        ) as form:
            typed = form.bind(CorrectionForm)
            household = await detail(uow, visit.household_id)
            typed = await with_school(uow, typed, household.village_code, "")
            correction = typed.correction(finding_id, found.details)
            try:
                await service.correct_finding(uow, visit_id, correction, clock=clock)
            except InvalidInput as error:
                raise at_answers(error, found.details) from error
        return see(f"/visits/{visit_id}", done="corrected")

    @get("/withdraw")
    async def ask(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], visit_id: FromPath[UUID]
    ) -> Html | Redirect:
        visit = await visits.one(reads, visit_id)
        if visit.withdrawn:
            return see(f"/visits/{visit_id}")
        _require(reads, visit)
        if await beyond_one_person(reads, visit):
            raise _to_the_visit(visits_stand_meanwhile(), visit)
        return await withdrawal_form(reads, visit, Form.of(), clock)

    @post("/withdraw")
    async def withdraw(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        visit_id: FromPath[UUID],
    ) -> Redirect:
        visit = await visits.one(uow, visit_id)
        async with accepting(uow, request, lambda form: withdrawal_form(uow, visit, form, clock)) as form:
            await service.withdraw_visit(uow, visit_id, form.bind(WithdrawalIn).reason, clock=clock)
        return see(f"/visits/{visit_id}", done="withdrawn")

    @get("/replace")
    async def replace(
        self,
        reads: NamedDependency[Reads],
        visit_id: FromPath[UUID],
        code: Annotated[str, QueryParameter(max_length=30)] = "",
    ) -> Redirect:
        """To the form for the household that was meant."""
        visit = await visits.one(reads, visit_id)
        meant = await BY_CODE.first(reads, code=code.strip().upper())
        if meant is None:
            raise NotFound(
                say("There is no household {code} here. Go back, and look at the code.", code=code.strip())
            )
        return see(f"/visits/new?household={meant.id}&replaces={visit.id}")


async def finding_of(reading: Reading, visit_id: UUID, finding_id: UUID) -> tuple[VisitOut, FindingOut]:
    visit = await visits.one(reading, visit_id)
    _require(reading, visit)
    found = next((one for one in visit.findings if one.id == finding_id), None)
    if found is None:
        gone = say(
            "This finding was corrected since, or was never here. Open the visit to see how it stands."
        )
        raise _to_the_visit(NotFound(gone), visit)
    if found.member_id in await beyond_one_person(reading, visit):
        raise _to_the_visit(still_looked_for(), visit)
    if visit.withdrawn:
        taken_back = say("The visit was withdrawn. Record it again, with what is right.")
        raise _to_the_visit(invalid("", taken_back), visit)
    return visit, found


def _require(reading: Reading, visit: VisitOut) -> None:
    try:
        require_putting_right(reading.actor, visit)
    except Forbidden as error:
        raise _to_the_visit(error, visit) from error


def _to_the_visit(error: DomainError, visit: VisitOut) -> Refused:
    return refused_with_a_way_on(error, f"/visits/{visit.id}", _("The visit"))


async def correction_form(
    reading: Reading, visit: VisitOut, found: FindingOut, form: Form, clock: Clock
) -> Html:
    people = await people_in(reading, visit.household_id, clock.today())
    asked = await schools_asked(reading, await detail(reading, visit.household_id), form)
    return page(
        "followups/correct.html",
        reading,
        visit=visit,
        schools=asked,
        line=labels_findings.line(found.details, dict([*asked.here, *asked.around])),
        kind=kind_of(found.details).value,
        who=next((one for one in people if one.id == found.member_id), None),
        form=form,
        choices=labels.choices(),
    )


async def withdrawal_form(reading: Reading, visit: VisitOut, form: Form, clock: Clock) -> Html:
    """With what was recorded: whoever withdraws the wrong one of two loses the right one."""
    people = await people_in(reading, visit.household_id, clock.today())
    names = await school_names(reading, (one.details for one in visit.findings))
    return page(
        "followups/withdraw.html",
        reading,
        effect=await effects.of_visit(reading, visit, clock.today()),
        visit=visit,
        outcome=labels.outcome_name(visit.outcome, visit.mode),
        head=next((one for one in people if one.relationship == Relationship.HEAD), None),
        people={one.id: one for one in people},
        line=partial(labels_findings.line, schools=names),
        form=form,
        labels=labels,
    )
