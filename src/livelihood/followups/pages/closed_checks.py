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
from livelihood.followups.queries import closed_checks, lists
from livelihood.followups.queries.people import Child, people_in
from livelihood.followups.rules.state import State
from livelihood.followups.schemas_closed import CloseChecksIn
from livelihood.households.queries import detail
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class ClosedCheckPages(Controller):
    path = "/"

    @get("/households/{household_id:uuid}/checks/close")
    async def new(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        return await close_form(reads, household_id, Form.of(id=new_id()), clock)

    @post("/households/{household_id:uuid}/checks/close")
    async def close(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: close_form(uow, household_id, form, clock)) as form:
            await service.close_checks(uow, household_id, form.bind(CloseChecksIn), clock=clock)
        return see(f"/households/{household_id}", done="missed")

    @get("/closed-checks/{closed_id:uuid}")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], closed_id: FromPath[UUID]
    ) -> Html:
        closed = await closed_checks.one(reads, closed_id)
        household = await detail(reads, closed.household_id)
        people = await people_in(reads, household.id, clock.today())
        return page(
            "followups/closed_check.html",
            reads,
            household=household,
            closed=closed,
            who=next((one for one in people if one.id == closed.member_id), None),
            may_reopen=reads.actor.may(Permission.CHECKS_CLOSE, household.office_id),
            labels=labels,
        )

    @post("/closed-checks/{closed_id:uuid}/reopen")
    async def reopen(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], closed_id: FromPath[UUID]
    ) -> Redirect:
        household_id = await service.reopen_check(uow, closed_id, clock=clock)
        return see(f"/households/{household_id}", done="reopened")


async def close_form(reading: Reading, household_id: UUID, form: Form, clock: Clock) -> Html:
    household = await detail(reading, household_id)
    reading.actor.require(Permission.CHECKS_CLOSE, household.office_id)
    # The business's checks are nobody's.
    people: dict[UUID | None, Child] = {
        one.id: one for one in await people_in(reading, household_id, clock.today())
    }
    due = [
        one
        for one in await lists.of_household(reading, household_id, clock.today())
        if one.reminds and one.state in {State.DUE, State.OVERDUE}
    ]
    missing = {key: one for key, one in people.items() if one.missing_since}
    return page(
        "followups/close_checks.html",
        reading,
        household=household,
        due=[(one, people.get(one.member_id)) for one in due if one.member_id not in missing],
        missing=[missing[one] for one in dict.fromkeys(check.member_id for check in due) if one in missing],
        labels=labels,
        form=form,
    )
