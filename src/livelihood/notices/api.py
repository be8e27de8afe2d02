from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from livelihood.clock import Clock
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.notices import queries, service
from livelihood.notices.offered import bot_id, offered
from livelihood.notices.rules import ChannelKind
from livelihood.notices.schemas import ChoicesIn, CodeIn, EmailIn, NoticesOut, TestIn, UndeliveredOut
from livelihood.web.requests import AnyRequest


class NoticesApi(Controller):
    path = "/me/notices"
    tags = ("Notices",)

    @get("/", summary="How notices reach me, and what became of the last ones")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Response[NoticesOut]:
        return await answered(reads, clock, request)

    @post("/email", status_code=200, summary="Send a code to my e-mail address")
    async def set_email(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        data: JSONBody[EmailIn],
    ) -> Response[NoticesOut]:
        """The address is used once the code comes back; until then the one before it stays."""
        await service.set_email(uow, data, offered=offered(request.app.state.settings), clock=clock)
        return await answered(uow, clock, request)

    @post("/email/confirmation", status_code=200, summary="Confirm my e-mail address by its code")
    async def confirm_email(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        data: JSONBody[CodeIn],
    ) -> Response[NoticesOut]:
        await service.confirm_email(uow, data, clock=clock)
        return await answered(uow, clock, request)

    @post("/telegram", status_code=200, summary="Ask for a code to send to the Telegram bot")
    async def ask_telegram_code(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Response[NoticesOut]:
        """Send the bot `/start CODE` from the chat that is to get the notices, within 30 minutes."""
        await service.ask_telegram_code(uow, offered=offered(request.app.state.settings), clock=clock)
        return await answered(uow, clock, request)

    @put("/choices", summary="Choose what reaches me, and how")
    async def choose(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        data: JSONBody[ChoicesIn],
    ) -> Response[NoticesOut]:
        """A safeguarding focal point cannot turn safeguarding notices off."""
        await service.choose(uow, data, clock=clock)
        return await answered(uow, clock, request)

    @post("/tests", status_code=200, summary="Send me a test message now")
    async def send_test(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        data: JSONBody[TestIn],
    ) -> Response[NoticesOut]:
        await service.send_test(uow, data.channel, clock=clock)
        return await answered(uow, clock, request)

    @delete("/channels/{channel:str}", status_code=200, summary="Forget one way to reach me")
    async def remove(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        channel: FromPath[ChannelKind],
    ) -> Response[NoticesOut]:
        await service.remove(uow, channel)
        return await answered(uow, clock, request)


@get("/deliveries", summary="Who of the staff was not reached in the last seven days", tags=["Notices"])
async def list_undelivered(
    reads: NamedDependency[Reads], clock: NamedDependency[Clock]
) -> Response[list[UndeliveredOut]]:
    return Response(await queries.undelivered(reads, clock.now()))


async def answered(reading: Reading, clock: Clock, request: AnyRequest) -> Response[NoticesOut]:
    settings = request.app.state.settings
    return Response(
        await queries.notices_of(reading, offered=offered(settings), bot_id=bot_id(settings), clock=clock)
    )
