from collections.abc import Awaitable, Callable
from typing import Annotated

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.notices import labels, queries, service
from livelihood.notices.offered import bot_id, offered
from livelihood.notices.rules import ChannelKind
from livelihood.notices.schemas import ChoicesIn, CodeIn, EmailIn
from livelihood.notices.service.reaching import PAGE
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting

Work = NamedDependency[UnitOfWork]
Time = NamedDependency[Clock]


class NoticePages(Controller):
    """How notices reach whoever is signed in. Every form leads back here."""

    path = PAGE

    @get("/")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: Time,
        request: AnyRequest,
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        return await notices_page(reads, clock, request, done=done)

    @post("/email")
    async def set_email(self, uow: Work, clock: Time, request: AnyRequest) -> Redirect:
        on = offered(request.app.state.settings)
        return await accepted(
            uow,
            clock,
            request,
            "code",
            lambda form: service.set_email(uow, form.bind(EmailIn), offered=on, clock=clock),
        )

    @post("/email/confirmation")
    async def confirm_email(self, uow: Work, clock: Time, request: AnyRequest) -> Redirect:
        return await accepted(
            uow,
            clock,
            request,
            "confirmed",
            lambda form: service.confirm_email(uow, form.bind(CodeIn), clock=clock),
        )

    @post("/telegram")
    async def ask_telegram_code(self, uow: Work, clock: Time, request: AnyRequest) -> Redirect:
        on = offered(request.app.state.settings)
        return await accepted(
            uow, clock, request, "", lambda _: service.ask_telegram_code(uow, offered=on, clock=clock)
        )

    @post("/choices")
    async def choose(self, uow: Work, clock: Time, request: AnyRequest) -> Redirect:
        return await accepted(
            uow, clock, request, "chosen", lambda form: service.choose(uow, form.bind(ChoicesIn), clock=clock)
        )

    @post("/channels/{channel:str}/test")
    async def send_test(
        self, uow: Work, clock: Time, request: AnyRequest, channel: FromPath[ChannelKind]
    ) -> Redirect:
        return await accepted(
            uow, clock, request, "test", lambda _: service.send_test(uow, channel, clock=clock)
        )

    @post("/channels/{channel:str}/removal")
    async def remove(
        self, uow: Work, clock: Time, request: AnyRequest, channel: FromPath[ChannelKind]
    ) -> Redirect:
        return await accepted(uow, clock, request, "removed", lambda _: service.remove(uow, channel))


class DeliveryPages(Controller):
    """Who was not reached: for those who look after the accounts."""

    path = "/deliveries"

    @get("/")
    async def index(self, reads: NamedDependency[Reads], clock: Time, request: AnyRequest) -> Html:
        return page(
            "notices/deliveries.html",
            reads,
            people=await queries.undelivered(reads, clock.now()),
            offered=offered(request.app.state.settings),
            labels=labels,
        )


async def accepted(
    uow: UnitOfWork,
    clock: Clock,
    request: AnyRequest,
    done: str,
    verb: Callable[[Form], Awaitable[None]],
) -> Redirect:
    async with accepting(uow, request, lambda form: notices_page(uow, clock, request, form=form)) as form:
        await verb(form)
    return see(PAGE, done=done or None)


async def notices_page(
    reading: Reading, clock: Clock, request: AnyRequest, *, form: Form | None = None, done: str = ""
) -> Html:
    settings = request.app.state.settings
    found = await queries.notices_of(reading, offered=offered(settings), bot_id=bot_id(settings), clock=clock)
    confirmed = [one for one in (found.email, found.telegram) if one.confirmed_at]
    return page(
        "notices/mine.html",
        reading,
        notices=found,
        confirmed=confirmed,
        offered=offered(settings),
        digest=next((one.kind for one in confirmed if one.digest), ""),
        immediate=next((one.kind for one in confirmed if one.immediate), ""),
        form=form,
        done=done,
        labels=labels,
        may_see_deliveries=reading.actor.may(Permission.DELIVERIES_READ),
    )
