from typing import Annotated, Any
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromQuery, PathParameter, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError
from livelihood.followups import labels_policy
from livelihood.followups.queries import policy_pages, previews
from livelihood.followups.rules.policy import NewVersion
from livelihood.followups.rules.protocol_drafts import drafts_of
from livelihood.followups.rules.protocols import Per, Protocol, Since
from livelihood.followups.schemas_policy import VersionIn
from livelihood.followups.service import policy
from livelihood.web.pages import Html, Refused, page, see
from livelihood.web.requests import Form

AnyRequest = Request[Any, Any, State]
Key = Annotated[str, PathParameter(pattern="^[a-z_]{1,40}$")]
MOST_ROWS = 50


class ProtocolPages(Controller):
    path = "/protocols"

    @get("/")
    async def index(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock]) -> Html:
        return page(
            "followups/protocols.html",
            reads,
            protocols=await policy_pages.protocols(reads, clock.today()),
            labels=labels_policy,
        )

    @get("/{key:str}")
    async def show(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        key: Key,
        done: Annotated[str, QueryParameter(max_length=20)] = "",
    ) -> Html:
        return page(
            "followups/protocol.html",
            reads,
            found=await policy_pages.protocol(reads, key, clock.today()),
            done=done,
            may_change=reads.actor.may_everywhere(Permission.POLICY_MANAGE),
            local_day=clock.local_day,
            labels=labels_policy,
        )

    @get("/{key:str}/change")
    async def change(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        key: Key,
        draft: FromQuery[UUID | None] = None,
    ) -> Html:
        """The newest version as a form, or the draft of a preview that is to be written otherwise."""
        reads.actor.require_everywhere(Permission.POLICY_MANAGE)
        before = (await policy_pages.protocol(reads, key, clock.today())).versions[0].protocol
        shown = before
        if draft is not None and isinstance(what := (await previews.row(reads, draft)).what, NewVersion):
            shown = what.protocol
        return await form_page(reads, clock, key, filled(before, shown, clock))

    @post("/{key:str}/change")
    async def preview(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        key: Key,
    ) -> Redirect:
        form = await Form.read(request)
        try:
            async with uow.savepoint():
                preview_id = await policy.draft_version(uow, key, form.bind(VersionIn), clock=clock)
        except DomainError as error:
            raise Refused(await form_page(uow, clock, key, form.refused(error)), error) from error
        return see(f"/previews/{preview_id}")

    @post("/{key:str}/rows", status_code=200)
    async def rows(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        key: Key,
        remove: Annotated[int | None, QueryParameter(ge=0, le=MOST_ROWS)] = None,
    ) -> Html:
        """The same form with one check more, or without the one named; nothing is saved."""
        form = await Form.read(request)
        values: dict[str, list[str]] = {}
        kept = [row for row in form.rows("slots", least=0) if row != remove]
        for name, texts in form.values.items():
            head, *rest = name.split("-")
            if head != "slots":
                values[name] = texts
            elif len(rest) == 2 and rest[0].isdigit() and int(rest[0]) in kept:
                values[f"slots-{kept.index(int(rest[0]))}-{rest[1]}"] = texts
        if remove is None and len(kept) < MOST_ROWS:
            values[f"slots-{len(kept)}-since"] = [Since.ANCHOR.value]
        return await form_page(uow, clock, key, Form(values))


def filled(before: Protocol, shown: Protocol, clock: Clock) -> Form:
    rows: dict[str, object] = {}
    for number, one in enumerate(drafts_of(shown)):
        for name in ("since", "months", "days", "before", "after", "every_days", "times", "ahead"):
            value = getattr(one, name)
            # Nought months, days or repetitions are left empty: what is not said need not be read.
            rows[f"slots-{number}-{name}"] = value or (0 if name in {"before", "after"} else None)
    newer = shown.version > before.version
    return Form.of(
        id=new_id(),
        based_on=before.version,
        effective_from=shown.effective_from if newer else max(before.effective_from, clock.today()),
        source=shown.source if newer else None,
        from_age=shown.from_age,
        to_age=shown.to_age,
        **rows,
    )


async def form_page(reading: Reading, clock: Clock, key: str, form: Form) -> Html:
    found = await policy_pages.protocol(reading, key, clock.today())
    newest = found.versions[0].protocol
    return page(
        "followups/protocol_form.html",
        reading,
        key=key,
        form=form,
        newest=newest,
        rows=form.rows("slots", least=0),
        of_children=any(slot.per is Per.CHILD for slot in newest.slots),
        labels=labels_policy,
    )
