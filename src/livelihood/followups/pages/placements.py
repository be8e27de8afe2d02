"""What becomes of who completed a course, learnt by a call or at their work, without a visit to the family."""

from typing import Annotated
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
from livelihood.errors import InvalidInput
from livelihood.followups import labels, labels_findings, service
from livelihood.followups.forms_corrections import at_answers
from livelihood.followups.forms_placements import PlacementForm
from livelihood.followups.pages.asked import TO_DO
from livelihood.followups.pages.closed import closed_page
from livelihood.followups.queries import lists, placements
from livelihood.followups.queries.people import people_in
from livelihood.followups.rules.protocols import Purpose
from livelihood.households.queries import detail
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext as _


class PlacementPages(Controller):
    path = "/households/{household_id:uuid}/placements/new"

    @get("/")
    async def new(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        household_id: FromPath[UUID],
        member: Annotated[UUID, QueryParameter()],
        corrects: Annotated[UUID | None, QueryParameter(description="What was recorded wrongly")] = None,
    ) -> Html:
        """What is to be corrected stands in the form as it was recorded."""
        household = await detail(reads, household_id)
        wrong = await placements.in_force(reads, household_id, corrects) if corrects else None
        if household.closed_on and wrong is None:
            return await closed_page(reads, household, _("Record placement"))
        values: dict[str, object] = {"id": new_id(), "member_id": member, "happened_on": clock.today()}
        if wrong:
            said = wrong.details
            values |= {
                "member_id": wrong.member_id,
                "supersedes": wrong.id,
                "happened_on": wrong.happened_on,
                "placement": said.state.value,
            }
            values |= {"occupation": said.occupation, "told_by": said.told_by, "told_how": said.told_how}
        return await placement_form(reads, household_id, Form.of(**values), clock)

    @post("/")
    async def record(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(
            uow, request, lambda form: placement_form(uow, household_id, form, clock)
        ) as form:
            told = form.bind(PlacementForm).observation()
            try:
                found = await service.record_observation(uow, household_id, told, clock=clock)
            except InvalidInput as error:
                raise at_answers(error, told.details) from error
        answers = await placements.answered_by(uow, household_id, found.id)
        done = "corrected" if told.supersedes else "placement" if answers else "no_placement_due"
        return see(f"/households/{household_id}", done=done)


async def placement_form(reading: Reading, household_id: UUID, form: Form, clock: Clock) -> Html:
    """Raises `NotFound` for who completed no course."""
    household = await detail(reading, household_id)
    reading.actor.require(Permission.OBSERVATIONS_RECORD, household.office_id)
    member_id, today = form.id("member_id"), clock.today()
    completed_on = await placements.completed_on(reading, household_id, member_id)
    corrected = form.id("supersedes")
    wrong = await placements.in_force(reading, household_id, corrected) if corrected else None
    return page(
        "followups/placement.html",
        reading,
        household=household,
        who=next(one for one in await people_in(reading, household_id, today) if one.id == member_id),
        completed_on=completed_on,
        due=[
            one
            for one in await lists.of_household(reading, household_id, today)
            if one.member_id == member_id and one.purpose == Purpose.PLACEMENT and one.state in TO_DO
        ],
        wrong=labels_findings.line(wrong.details) if wrong else None,
        form=form,
        labels=labels,
        states=labels.placement_states(),
        told_by=labels_findings.told_by(),
        told_how=labels.modes(),
    )
