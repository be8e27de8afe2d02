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
from livelihood.households import queries, service
from livelihood.households.labels import case_closed_short, choices
from livelihood.households.places import find_villages
from livelihood.households.schemas import ConsentIn, HouseholdIn, NewMember
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting


class HouseholdPages(Controller):
    path = "/households"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        q: Annotated[str, QueryParameter(max_length=100)] = "",
        cursor: Annotated[str, QueryParameter(max_length=40)] = "",
    ) -> Html:
        found = await queries.list_households(reads, today=clock.today(), q=q, cursor=cursor)
        return page(
            "households/index.html",
            reads,
            found=found,
            q=q,
            cursor=cursor,
            closed_words=case_closed_short(),
            may_register=reads.actor.may(Permission.HOUSEHOLDS_REGISTER),
            may_import=reads.actor.may(Permission.HOUSEHOLDS_IMPORT),
        )

    @get("/new")
    async def new(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock]) -> Html:
        reads.actor.require(Permission.HOUSEHOLDS_REGISTER)
        form = Form(
            {
                "id": [str(new_id())],
                "intake_on": [clock.today().isoformat()],
                "members-0-relationship": ["head"],
            }
        )
        return await new_page(reads, form)

    @post("/new")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        async with accepting(uow, request, lambda form: new_page(uow, form)) as form:
            household = await service.register(uow, form.bind(HouseholdIn), clock=clock)
        return see(f"/households/{household.id}", done="registered")

    @get("/{household_id:uuid}/members/new")
    async def new_member(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        form = Form.of(id=new_id(), joined_on=clock.today())
        return await member_page(reads, household_id, form)

    @post("/{household_id:uuid}/members/new")
    async def add_member(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: member_page(uow, household_id, form)) as form:
            await service.add_member(uow, household_id, form.bind(NewMember), clock=clock)
        return see(f"/households/{household_id}", done="member")

    @get("/{household_id:uuid}/consents/new")
    async def new_consent(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        household = await queries.detail(reads, household_id)
        head = next((str(m.id) for m in household.members if m.relationship == "head"), "")
        form = Form(
            {
                "id": [str(new_id())],
                "given_on": [clock.today().isoformat()],
                "member_id": [head],
                "purposes": ["services", "follow_up_visits"],
            }
        )
        return await consent_page(reads, household_id, form)

    @post("/{household_id:uuid}/consents/new")
    async def record_consent(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: consent_page(uow, household_id, form)) as form:
            await service.record_consent(uow, household_id, form.bind(ConsentIn), clock=clock)
        return see(f"/households/{household_id}", done="consent")


async def new_page(reading: Reading, form: Form) -> Html:
    villages = await find_villages(reading, form.value("village_code")) if form.faults else []
    return page("households/new.html", reading, form=form, choices=choices(), villages=villages)


async def member_page(reading: Reading, household_id: UUID, form: Form) -> Html:
    household = await queries.detail(reading, household_id)
    reading.actor.require(Permission.HOUSEHOLDS_REGISTER, household.office_id)
    return page("households/member.html", reading, household=household, form=form, choices=choices())


async def consent_page(reading: Reading, household_id: UUID, form: Form) -> Html:
    household = await queries.detail(reading, household_id)
    reading.actor.require(Permission.HOUSEHOLDS_REGISTER, household.office_id)
    return page("households/consent.html", reading, household=household, form=form, choices=choices())
