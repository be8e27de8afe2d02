from typing import Annotated
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, PathParameter, QueryParameter
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.binding import bind, row_number
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import InvalidInput
from livelihood.followups import labels_policy
from livelihood.followups.pages.redrafting import Overtaken, afresh, redrafted
from livelihood.followups.queries import policy_pages, previews
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.policy import NewProtocol, NewVersion
from livelihood.followups.rules.protocol_drafts import drafts_of
from livelihood.followups.rules.protocols import Per, Protocol, Purpose, Since
from livelihood.followups.rules.slot_drafts import SlotDraft
from livelihood.followups.schemas_policy import EndIn, NewProtocolIn, SlotIn, VersionIn
from livelihood.followups.service import policy
from livelihood.web.pages import Html, page, see
from livelihood.web.requests import AnyRequest, Form, accepting

Key = Annotated[str, PathParameter(pattern="^[a-z0-9_]{1,40}$")]
Row = Annotated[int | None, QueryParameter(ge=0, le=50)]
MOST_ROWS = 50
NAMES = ("purpose", "since", "months", "days", "before", "after", "every_days", "times", "ahead")


class ProtocolPages(Controller):
    path = "/protocols"

    @get("/")
    async def index(self, reads: NamedDependency[Reads], clock: NamedDependency[Clock]) -> Html:
        return page(
            "followups/protocols.html",
            reads,
            protocols=await policy_pages.protocols(reads, clock.today()),
            may_change=reads.actor.may_everywhere(Permission.POLICY_MANAGE),
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

    @get("/new")
    async def new(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        draft: FromQuery[UUID | None] = None,
    ) -> Html:
        """Empty, or the draft of a preview that is to be written otherwise."""
        reads.actor.require_everywhere(Permission.POLICY_MANAGE)
        if what := await previews.drafted(reads, draft, NewProtocol):
            made = what.protocol
            form = filled(made, effective_from=made.effective_from, source=made.source)
            names = {"name_en": [made.name_en], "name_km": [made.name_km]}
            return new_page(reads, Form({**form.values, **names, "anchors": [*made.anchors]}))
        form = Form.of(id=new_id(), effective_from=clock.today(), from_age=6, to_age=17)
        return new_page(reads, with_a_row(form, None))

    @post("/new")
    async def preview_new(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        async with accepting(uow, request, lambda form: new_page(uow, form)) as form:
            preview_id = await policy.draft_protocol(uow, form.bind(NewProtocolIn), clock=clock)
        return see(f"/previews/{preview_id}")

    @post("/new/rows", status_code=200)
    async def new_rows(
        self, uow: NamedDependency[UnitOfWork], request: AnyRequest, remove: Row = None
    ) -> Html:
        return new_page(uow, with_a_row(await Form.read(request), remove))

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
        versions = [one.protocol for one in (await policy_pages.protocol(reads, key, clock.today())).versions]
        newest = versions[0]
        # After its end a protocol begins again with the checks it had.
        shown = next(one for one in versions if one.slots)
        day, source = max(newest.effective_from, clock.today()), None
        what, overtaken = await redrafted(reads, draft, NewVersion)
        if what and not overtaken:
            shown = what.protocol
            day, source = shown.effective_from, shown.source
        form = filled(shown, based_on=newest.version, effective_from=day, source=source)
        return await change_page(reads, clock, key, form, overtaken)

    @post("/{key:str}/change")
    async def preview(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        key: Key,
    ) -> Redirect:
        async with accepting(uow, request, lambda form: change_page(uow, clock, key, form)) as form:
            preview_id = await policy.draft_version(uow, key, form.bind(VersionIn), clock=clock)
        return see(f"/previews/{preview_id}")

    @post("/{key:str}/rows", status_code=200)
    async def rows(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        key: Key,
        remove: Row = None,
    ) -> Html:
        return await change_page(uow, clock, key, with_a_row(await Form.read(request), remove))

    @get("/{key:str}/end")
    async def end(
        self,
        reads: NamedDependency[Reads],
        clock: NamedDependency[Clock],
        key: Key,
        draft: FromQuery[UUID | None] = None,
    ) -> Html:
        reads.actor.require_everywhere(Permission.POLICY_MANAGE)
        newest = (await policy_pages.protocol(reads, key, clock.today())).versions[0].protocol
        day, source = max(newest.effective_from, clock.today()), None
        what, overtaken = await redrafted(reads, draft, NewVersion)
        if what and not overtaken:
            day, source = what.protocol.effective_from, what.protocol.source
        form = Form.of(id=new_id(), based_on=newest.version, effective_from=day, source=source)
        return await end_page(reads, clock, key, form, overtaken)

    @post("/{key:str}/end")
    async def preview_end(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        key: Key,
    ) -> Redirect:
        async with accepting(uow, request, lambda form: end_page(uow, clock, key, form)) as form:
            preview_id = await policy.draft_end(uow, key, form.bind(EndIn), clock=clock)
        return see(f"/previews/{preview_id}")


def with_a_row(form: Form, remove: int | None) -> Form:
    """The same form with one check more, or without the one named; nothing is saved."""
    values: dict[str, list[str]] = {}
    kept = [row for row in form.rows("slots", least=0) if row != remove]
    for name, texts in form.values.items():
        head, *rest = name.split("-")
        if head != "slots":
            values[name] = texts
        elif len(rest) == 2 and (row := row_number(rest[0])) in kept:
            values[f"slots-{kept.index(row)}-{rest[1]}"] = texts
    if remove is None and len(kept) < MOST_ROWS:
        values[f"slots-{len(kept)}-since"] = [Since.ANCHOR.value]
        values[f"slots-{len(kept)}-purpose"] = [form.value("slots-0-purpose") or Purpose.SCHOOL.value]
    return Form(values)


def filled(shown: Protocol, **more: object) -> Form:
    rows: dict[str, object] = {}
    for number, one in enumerate(drafts_of(shown)):
        rows[f"slots-{number}-key"] = shown.slots[number].key
        for name in NAMES:
            value = getattr(one, name)
            # Nought months, days or repetitions are left empty: what is not said need not be read.
            rows[f"slots-{number}-{name}"] = value or (0 if name in {"before", "after"} else None)
    return Form.of(id=new_id(), from_age=shown.from_age, to_age=shown.to_age, **more, **rows)


def drafted(form: Form, row: int) -> SlotDraft | None:
    """The row as far as it can be read, to be told in one line; none where it cannot."""
    texts = {name: form.all(f"slots-{row}-{name}") for name in NAMES}
    try:
        one = bind(SlotIn, texts, typed=False)
    except InvalidInput:
        return None
    return one.draft()


def summaries(form: Form, before: Protocol | None = None) -> list[tuple[int, str, bool]]:
    """Each check's row, its line (empty where nothing is said yet), and whether it is to be open.

    A check of the version before that cannot be read as it is filled in keeps the name it had.
    """
    found: list[tuple[int, str, bool]] = []
    had = {slot.key: slot for slot in before.slots} if before else {}
    drafts = {row: drafted(form, row) for row in form.rows("slots", least=0)}
    several = len({one.purpose for one in drafts.values() if one}) > 1
    for row, one in drafts.items():
        words = labels_policy.draft_words(one, with_purpose=several) if one else ""
        faulty = any(fault.field.startswith(f"slots.{row}.") for fault in form.faults)
        was = had.get(form.value(f"slots-{row}-key"))
        name = labels_policy.row_name(was, with_purpose=several) if was else ""
        found.append((row, words or name, faulty or not words))
    return found


def new_page(reading: Reading, form: Form) -> Html:
    reading.actor.require_everywhere(Permission.POLICY_MANAGE)
    course = AnchorKind.COURSE.value in form.all("anchors")
    return page(
        "followups/protocol_form.html",
        reading,
        to="/protocols/new",
        back="/protocols",
        form=form,
        newest=None,
        rows=summaries(form),
        of_children=not course,
        labels=labels_policy,
    )


async def change_page(
    reading: Reading, clock: Clock, key: str, form: Form, overtaken: Overtaken | None = None
) -> Html:
    versions = (await policy_pages.protocol(reading, key, clock.today())).versions
    with_checks = next(one.protocol for one in versions if one.protocol.slots)
    return page(
        "followups/protocol_form.html",
        reading,
        to=f"/protocols/{key}",
        back=f"/protocols/{key}",
        form=form,
        newest=versions[0].protocol,
        rows=summaries(form, with_checks),
        of_children=any(slot.per is Per.CHILD for slot in with_checks.slots),
        overtaken=overtaken,
        afresh=afresh(form, versions[0].protocol.version, f"/protocols/{key}/change"),
        labels=labels_policy,
    )


async def end_page(
    reading: Reading, clock: Clock, key: str, form: Form, overtaken: Overtaken | None = None
) -> Html:
    newest = (await policy_pages.protocol(reading, key, clock.today())).versions[0].protocol
    return page(
        "followups/protocol_end.html",
        reading,
        newest=newest,
        form=form,
        overtaken=overtaken,
        afresh=afresh(form, newest.version, f"/protocols/{key}/end" if newest.slots else f"/protocols/{key}"),
        labels=labels_policy,
    )
