from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import labels, service
from livelihood.followups.queries import absences, alerts
from livelihood.followups.queries.people import children, people_in
from livelihood.followups.schemas import AbsenceEndIn, AbsenceIn
from livelihood.followups.service.absences import no_absence
from livelihood.households.queries import detail
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class AbsencePages(Controller):
    path = "/"

    @get("/households/{household_id:uuid}/away")
    async def new(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        people = await children(reads, [household_id], clock.today())
        everybody = [str(one.id) for one in people[household_id] if one.present]
        form = Form(
            {"id": [str(new_id())], "away_from": [clock.today().isoformat()], "member_ids": everybody}
        )
        return await away_form(reads, household_id, form, clock)

    @post("/households/{household_id:uuid}/away")
    async def record(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: away_form(uow, household_id, form, clock)) as form:
            await service.record_absence(uow, household_id, form.bind(AbsenceIn), clock=clock)
        return see(f"/households/{household_id}", done="away")

    @get("/absences/{absence_id:uuid}/end")
    async def back(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], absence_id: FromPath[UUID]
    ) -> Html:
        return await back_form(reads, absence_id, Form.of(back_on=clock.today()), clock)

    @post("/absences/{absence_id:uuid}/end")
    async def end(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        absence_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: back_form(uow, absence_id, form, clock)) as form:
            household = await service.end_absence(uow, absence_id, form.bind(AbsenceEndIn), clock=clock)
        return see(f"/households/{household}", done="back")


async def away_form(reading: Reading, household_id: UUID, form: Form, clock: Clock) -> Html:
    household = await detail(reading, household_id)
    reading.actor.require(Permission.ABSENCES_RECORD, household.office_id)
    people = await people_in(reading, household_id, clock.today())
    return page(
        "followups/away.html",
        reading,
        household=household,
        people=[one for one in people if one.present],
        reasons=labels.absence_reasons(),
        open_alerts=[
            one for one in await alerts.of_household(reading, household_id) if one.closed_on is None
        ],
        labels=labels,
        form=form,
    )


async def back_form(reading: Reading, absence_id: UUID, form: Form, clock: Clock) -> Html:
    absence = await absences.one(reading, absence_id)
    if absence is None:
        raise no_absence()
    household = await detail(reading, absence.household_id)
    reading.actor.require(Permission.ABSENCES_RECORD, household.office_id)
    people = await people_in(reading, household.id, clock.today())
    return page(
        "followups/back.html",
        reading,
        household=household,
        absence=absence,
        who=next(one for one in people if one.id == absence.member_id),
        reason=dict(labels.absence_reasons())[absence.reason],
        form=form,
    )
