from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.concerns import queries, service
from livelihood.concerns.rules import State, StepKind
from livelihood.concerns.schemas import ConcernIn, ConcernOut, ConcernRow, Opened, StepIn
from livelihood.concerns.vault import Vault
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import NotFound
from livelihood.households.queries import detail as household_detail
from livelihood.households.schemas import HouseholdDetail
from livelihood.notices.offered import offered
from livelihood.notices.queries import FocalPoints, focal_points
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting
from livelihood.web.words import gettext as _

# Who answers at once in Cambodia: the police, the line against trafficking, the child helpline.
HELPLINES = ("117", "1288", "1280")


def state_names() -> dict[str, tuple[str, str]]:
    """Each state's look and words."""
    return {
        "sent": ("overdue", _("not yet acknowledged")),
        "acknowledged": ("due", _("received")),
        "closed": ("neutral", _("closed")),
    }


def step_names() -> dict[str, str]:
    return {"acknowledged": _("Received"), "step": _("Step taken"), "closed": _("Closed")}


class ConcernPages(Controller):
    path = "/concerns"

    @get("/")
    async def index(
        self,
        reads: NamedDependency[Reads],
        done: Annotated[str, QueryParameter(max_length=20)] = "",
        show: Annotated[Literal["all", ""], QueryParameter(description="However many there are")] = "",
    ) -> Html:
        reads.actor.require(Permission.CONCERNS_SEND)
        return page(
            "concerns/index.html",
            reads,
            found=await queries.list_concerns(reads, None if show == "all" else queries.MOST),
            number=await queries.number(reads),
            states=state_names(),
            done=done,
        )

    @get("/new")
    async def new(
        self,
        reads: NamedDependency[Reads],
        vault: NamedDependency[Vault],
        request: AnyRequest,
    ) -> Html:
        reads.actor.require(Permission.CONCERNS_SEND)
        return await form_page(reads, request, Form.of(id=new_id()), vault)

    @get("/about")
    async def again(self) -> Redirect:
        """For whoever comes back to the address of the next."""
        return see("/concerns/new")

    @post("/about", status_code=200)
    async def about(
        self, uow: NamedDependency[UnitOfWork], vault: NamedDependency[Vault], request: AnyRequest
    ) -> Html:
        """The form about one family, with what was typed so far: of whom somebody writes, no address and no history may
        say.
        """
        uow.actor.require(Permission.CONCERNS_SEND)
        form = await Form.read(request)
        typed = form if form.value("id") else Form({**form.values, "id": [str(new_id())]})
        return await form_page(uow, request, typed, vault)

    @post("/new")
    async def create(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        vault: NamedDependency[Vault],
        request: AnyRequest,
    ) -> Redirect:
        async with accepting(uow, request, lambda form: form_page(uow, request, form, vault)) as form:
            concern_id = await service.send(uow, form.bind(ConcernIn), vault=vault, clock=clock)
        return see(f"/concerns/{concern_id}", done="sent")

    @get("/{concern_id:uuid}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        concern_id: FromPath[UUID],
        request: AnyRequest,
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        found = await queries.detail(reads, concern_id)
        waits = await waits_for(reads, request, found.concern)
        return show_page(reads, found, Form.of(id=new_id()), waits=waits, done=done)

    @post("/{concern_id:uuid}/readings", status_code=200)
    async def read(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        vault: NamedDependency[Vault],
        concern_id: FromPath[UUID],
    ) -> Html:
        """Not a redirect: the words stand on no page that has an address."""
        return await opened_page(uow, concern_id, Form.of(id=new_id()), vault, clock)

    @post("/{concern_id:uuid}/steps")
    async def take_step(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        vault: NamedDependency[Vault],
        request: AnyRequest,
        concern_id: FromPath[UUID],
    ) -> Redirect:
        async with accepting(uow, request, lambda form: step_page(uow, concern_id, form)) as form:
            step = form.bind(StepIn)
            await service.take_step(uow, concern_id, step, vault=vault, clock=clock)
        return see(f"/concerns/{concern_id}", done="closed" if step.kind is StepKind.CLOSED else "step")


async def waits_for(reading: Reading, request: AnyRequest, concern: ConcernRow) -> FocalPoints | None:
    """Whom its sender is to telephone until one of them has seen it."""
    if not concern.mine or concern.handles or concern.state != State.SENT:
        return None
    return await queries.goes_to(reading, concern, offered=offered(request.app.state.settings))


async def form_page(reading: Reading, request: AnyRequest, form: Form, vault: Vault) -> Html:
    # Whoever is told whichever office it is, and also of what is about staff.
    national = await focal_points(reading, None, offered=offered(request.app.state.settings))
    return page(
        "concerns/new.html",
        reading,
        form=form,
        household=await _household(reading, form.value("household_id")),
        offices=[
            office
            for office in reading.actor.offices
            if office.id in reading.actor.offices_for(Permission.CONCERNS_SEND)
        ],
        seals=vault.seals,
        told=national.told,
        helplines=HELPLINES,
    )


async def opened_page(uow: UnitOfWork, concern_id: UUID, form: Form, vault: Vault, clock: Clock) -> Html:
    opened = await service.read(uow, concern_id, vault=vault, clock=clock)
    household = await _household(uow, str(opened.household_id or ""))
    return show_page(uow, await queries.detail(uow, concern_id), form, opened=opened, household=household)


def show_page(
    reading: Reading,
    found: ConcernOut,
    form: Form,
    *,
    opened: Opened | None = None,
    household: HouseholdDetail | None = None,
    waits: FocalPoints | None = None,
    done: str = "",
) -> Html:
    people = household.members if household else []
    return page(
        "concerns/show.html",
        reading,
        found=found,
        opened=opened,
        household=household,
        about=next((one for one in people if opened and one.id == opened.member_id), None),
        waits_for=waits,
        helplines=HELPLINES,
        form=form,
        states=state_names(),
        steps=step_names(),
        done=done,
    )


async def _household(reading: Reading, text: str) -> HouseholdDetail | None:
    try:
        return await household_detail(reading, UUID(text))
    except (ValueError, NotFound):
        return None


async def step_page(reading: Reading, concern_id: UUID, form: Form) -> Html:
    return show_page(reading, await queries.detail(reading, concern_id), form)
