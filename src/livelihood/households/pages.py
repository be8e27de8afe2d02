from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError
from livelihood.households import queries, service
from livelihood.households.labels import case_closed_short, choices
from livelihood.households.places import find_villages
from livelihood.households.schemas import ConsentIn, HouseholdIn, NewMember
from livelihood.web.pages import Html, Refused, page, see
from livelihood.web.requests import AnyRequest, Form


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
        return page("households/new.html", reads, form=form, choices=choices())

    @post("/new")
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        form = await Form.read(request)
        try:
            async with uow.savepoint():
                household = await service.register(uow, form.bind(HouseholdIn), clock=clock)
        except DomainError as error:
            villages = await find_villages(uow, form.value("village_code"))
            shown = page(
                "households/new.html", uow, form=form.refused(error), choices=choices(), villages=villages
            )
            raise Refused(shown, error) from error
        return see(f"/households/{household.id}", done="registered")

    @get("/{household_id:uuid}/members/new")
    async def new_member(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        household = await queries.detail(reads, household_id)
        reads.actor.require(Permission.HOUSEHOLDS_REGISTER, household.office_id)
        form = Form.of(id=new_id(), joined_on=clock.today())
        return page("households/member.html", reads, household=household, form=form, choices=choices())

    @post("/{household_id:uuid}/members/new")
    async def add_member(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        form = await Form.read(request)
        household = await queries.detail(uow, household_id)
        try:
            async with uow.savepoint():
                await service.add_member(uow, household_id, form.bind(NewMember), clock=clock)
        except DomainError as error:
            shown = page(
                "households/member.html",
                uow,
                household=household,
                form=form.refused(error),
                choices=choices(),
            )
            raise Refused(shown, error) from error
        return see(f"/households/{household_id}", done="member")

    @get("/{household_id:uuid}/consents/new")
    async def new_consent(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], household_id: FromPath[UUID]
    ) -> Html:
        household = await queries.detail(reads, household_id)
        reads.actor.require(Permission.HOUSEHOLDS_REGISTER, household.office_id)
        head = next((str(m.id) for m in household.members if m.relationship == "head"), "")
        form = Form(
            {
                "id": [str(new_id())],
                "given_on": [clock.today().isoformat()],
                "member_id": [head],
                "purposes": ["services", "follow_up_visits"],
            }
        )
        return page("households/consent.html", reads, household=household, form=form, choices=choices())

    @post("/{household_id:uuid}/consents/new")
    async def record_consent(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        household_id: FromPath[UUID],
    ) -> Redirect:
        form = await Form.read(request)
        household = await queries.detail(uow, household_id)
        try:
            async with uow.savepoint():
                await service.record_consent(uow, household_id, form.bind(ConsentIn), clock=clock)
        except DomainError as error:
            shown = page(
                "households/consent.html",
                uow,
                household=household,
                form=form.refused(error),
                choices=choices(),
            )
            raise Refused(shown, error) from error
        return see(f"/households/{household_id}", done="consent")
