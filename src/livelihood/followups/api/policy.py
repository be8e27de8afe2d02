from typing import Annotated, Literal
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups.queries import policy_pages, previews
from livelihood.followups.schemas_policy import (
    AgainIn,
    CalendarOut,
    ClosureIn,
    ConfirmationIn,
    EndIn,
    HolidayIn,
    NewProtocolIn,
    NumberIn,
    NumberOut,
    PreviewOut,
    ProtocolOut,
    VersionIn,
    YearIn,
)
from livelihood.followups.service import policy
from livelihood.web.current import LANGUAGE

Key = Annotated[str, PathParameter(pattern="^[a-z0-9_]{1,40}$")]
First = Annotated[int, PathParameter(ge=2000, le=2098)]
Kind = Literal["closures", "holidays"]
Entries = Literal["years", "closures", "holidays"]


async def asked(uow: UnitOfWork, preview_id: UUID, clock: Clock) -> Response[PreviewOut]:
    return Response(
        await previews.one(uow, preview_id, clock=clock),
        headers={"Location": f"/api/v1/previews/{preview_id}"},
    )


class ProtocolsApi(Controller):
    path = "/protocols"
    tags = ("Policy",)

    @get("/", summary="Protocols with all their versions, the newest first")
    async def index(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock]) -> Page[ProtocolOut]:
        return Page(await policy_pages.protocols(reads, clock.today()))

    @get("/{key:str}", summary="A protocol with all its versions")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], key: Key
    ) -> ProtocolOut:
        return await policy_pages.protocol(reads, key, clock.today())

    @post("/previews", summary="Draft a protocol of one's own, and ask what it would do")
    async def draft_new(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[NewProtocolIn]
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.draft_protocol(uow, data, clock=clock), clock)

    @post("/{key:str}/ends/previews", summary="Draft the end of a protocol, and ask what it would do")
    async def draft_end(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        key: Key,
        data: JSONBody[EndIn],
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.draft_end(uow, key, data, clock=clock), clock)

    @post("/{key:str}/previews", summary="Draft the next version, and ask what it would do")
    async def draft(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        key: Key,
        data: JSONBody[VersionIn],
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.draft_version(uow, key, data, clock=clock), clock)


class NumbersApi(Controller):
    path = "/policy-numbers"
    tags = ("Policy",)

    @get("/", summary="Numbers that are policy, with all values they have had and are to have")
    async def index(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock]) -> Page[NumberOut]:
        return Page(await policy_pages.numbers(reads, clock.today()))

    @get("/{key:str}", summary="A number with its values")
    async def show(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], key: Key) -> NumberOut:
        return await policy_pages.number(reads, key, clock.today())

    @post("/{key:str}/previews", summary="Draft another value from a day on, and ask what it would do")
    async def draft(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        key: Key,
        data: JSONBody[NumberIn],
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.draft_number(uow, key, data, clock=clock), clock)


class CalendarApi(Controller):
    path = "/calendar"
    tags = ("Policy",)

    @get("/", summary="School years, closures and holidays")
    async def show(
        self,
        reads: NamedDependency[Reads],
        province: Annotated[
            str, QueryParameter(description="What holds in this province alone", pattern="^([0-9]{2})?$")
        ] = "",
    ) -> CalendarOut:
        return await policy_pages.calendar(reads, province, language=LANGUAGE.get())

    @post("/years/{first:int}/previews", summary="Draft a school year, by the year in which it begins")
    async def draft_year(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        first: First,
        data: JSONBody[YearIn],
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.draft_year(uow, first, data, clock=clock), clock)

    @post("/closures/previews", summary="Draft days on which schools are shut")
    async def draft_closure(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[ClosureIn]
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.draft_closure(uow, data, clock=clock), clock)

    @post("/holidays/previews", summary="Draft a day that differs from the published holidays")
    async def draft_holiday(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: JSONBody[HolidayIn]
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.draft_holiday(uow, data, clock=clock), clock)

    @post("/removals/{kind:str}/{record_id:uuid}", summary="Draft the removal of a closure or a holiday")
    async def draft_removal(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        kind: FromPath[Kind],
        record_id: FromPath[UUID],
        data: JSONBody[AgainIn],
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.draft_removal(uow, kind, record_id, data, clock=clock), clock)

    @post(
        "/confirmations/{kind:str}/{entry:str}",
        status_code=200,
        summary="Confirm assumed days as they are; a school year is named by the year in which it begins",
    )
    async def confirm(
        self,
        uow: NamedDependency[UnitOfWork],
        kind: FromPath[Entries],
        entry: Annotated[str, PathParameter(max_length=40)],
        data: JSONBody[ConfirmationIn],
    ) -> CalendarOut:
        await policy.confirm(uow, kind, entry, data)
        return await policy_pages.calendar(uow, language=LANGUAGE.get())


class PreviewsApi(Controller):
    path = "/previews"
    tags = ("Policy",)

    @get("/{preview_id:uuid}", summary="How far a preview of mine is, and what it found")
    async def show(
        self, reads: NamedDependency[Reads], clock: NamedDependency[Clock], preview_id: FromPath[UUID]
    ) -> PreviewOut:
        return await previews.one(reads, preview_id, clock=clock)

    @post("/{preview_id:uuid}/again", summary="Ask once more for a preview that is out of date")
    async def again(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        preview_id: FromPath[UUID],
        data: JSONBody[AgainIn],
    ) -> Response[PreviewOut]:
        return await asked(uow, await policy.ask_again(uow, preview_id, data, clock=clock), clock)

    @post("/{preview_id:uuid}/in-force", status_code=200, summary="Put the change into force as previewed")
    async def put_into_force(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        preview_id: FromPath[UUID],
    ) -> PreviewOut:
        await policy.put_into_force(uow, preview_id, clock=clock)
        return await previews.one(uow, preview_id, clock=clock)
