from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, PathParameter, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.followups import labels_numbers
from livelihood.followups.labels_policy import stored
from livelihood.followups.queries import policy_pages, previews
from livelihood.followups.rules.number_drafts import BOUNDS
from livelihood.followups.rules.policy import NumberSet
from livelihood.followups.schemas_policy import NumberIn
from livelihood.followups.service import policy
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting

Key = Annotated[str, PathParameter(pattern="^[a-z_]{1,40}$")]


class NumberPages(Controller):
    path = "/policy-numbers"

    @get("/")
    async def index(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock]) -> Html:
        found = {one.key: one for one in await policy_pages.numbers(reads, clock.today())}
        return page(
            "followups/numbers.html",
            reads,
            numbers=[found[key] for key in labels_numbers.ORDER],
            labels=labels_numbers,
            stored=stored,
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
            "followups/number.html",
            reads,
            found=await policy_pages.number(reads, key, clock.today()),
            done=done,
            may_change=reads.actor.may_everywhere(Permission.POLICY_MANAGE),
            local_day=clock.local_day,
            labels=labels_numbers,
            stored=stored,
        )

    @get("/{key:str}/change")
    async def change(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        key: Key,
        draft: FromQuery[UUID | None] = None,
    ) -> Html:
        """Empty, or the draft of a preview that is to be written otherwise."""
        reads.actor.require_everywhere(Permission.POLICY_MANAGE)
        shown: dict[str, object] = {"id": new_id(), "effective_from": clock.today()}
        if what := await previews.drafted(reads, draft, NumberSet):
            drafted = what.number
            shown |= {"value": drafted.value, "source": drafted.source}
            shown["effective_from"] = drafted.effective_from
        return await form_page(reads, clock, key, Form.of(**shown))

    @post("/{key:str}/change")
    async def preview(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        key: Key,
    ) -> Redirect:
        async with accepting(uow, request, lambda form: form_page(uow, clock, key, form)) as form:
            preview_id = await policy.draft_number(uow, key, form.bind(NumberIn), clock=clock)
        return see(f"/previews/{preview_id}")


async def form_page(reading: Reading, clock: Clock, key: str, form: Form) -> Html:
    found = await policy_pages.number(reading, key, clock.today())
    return page(
        "followups/number_form.html",
        reading,
        found=found,
        form=form,
        bounds=BOUNDS[found.key],
        labels=labels_numbers,
    )
