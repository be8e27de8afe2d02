from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, MultipartBody

from livelihood.binding import Page
from livelihood.clock import Clock
from livelihood.db.work import Reads, UnitOfWork
from livelihood.households.intake.shapes import Severity
from livelihood.households.intake.workbook import MOST_BYTES
from livelihood.observations.imports import queries, service
from livelihood.observations.imports.models import ImportState
from livelihood.observations.imports.schemas import ImportListed, ImportRow, RunIn, Upload
from livelihood.web.words import sentence

# The file itself, and the form around it.
UPLOAD_LIMIT = MOST_BYTES + 100_000


@dataclass
class UploadForm:
    """`file` is the workbook (.xlsx); `id` may be made by the client (a UUIDv7)."""

    file: UploadFile
    id: UUID | None = None


class FaultOut(msgspec.Struct):
    """`column` is a heading of the list, or `Household`; an error keeps its household out, a warning asks."""

    row: int
    column: str
    severity: Severity
    value: str
    message: str


class ReadyOut(msgspec.Struct):
    """A household that can come in. `asks`: a warning stands against it. `looks_like`: the row or code it repeats."""

    row: int
    office_id: int
    village_code: str
    people: int
    asks: bool
    looks_like: str | None


class OutcomeOut(msgspec.Struct):
    """`added` is false where it was registered before; then, and only then, with a `code` and no `reason`."""

    row: int
    household_id: UUID
    code: str | None
    people: int
    added: bool
    reason: str | None


class ImportOut(msgspec.Struct):
    """`households` and `faults` are kept for 30 days, the households only until they are imported."""

    id: UUID
    filename: str
    state: ImportState
    uploaded_at: datetime
    imported_at: datetime | None
    ready: int
    people: int
    refused: int
    households: list[ReadyOut] | None
    faults: list[FaultOut] | None
    outcome: list[OutcomeOut] | None


def shown(kept: ImportRow) -> ImportOut:
    return ImportOut(
        id=kept.id,
        filename=kept.filename,
        state=kept.state,
        uploaded_at=kept.uploaded_at,
        imported_at=kept.imported_at,
        ready=kept.ready,
        people=kept.people,
        refused=kept.refused,
        households=None
        if kept.plan is None
        else [
            ReadyOut(h.row, h.office_id, h.village_code, len(h.members), h.asks, h.looks_like)
            for h in kept.plan
        ],
        faults=None
        if kept.faults is None
        else [FaultOut(f.row, f.column, f.severity, f.value, sentence(f.message)) for f in kept.faults],
        outcome=None
        if kept.outcome is None
        else [
            OutcomeOut(
                o.row, o.household_id, o.code, o.people, o.added, sentence(o.reason) if o.reason else None
            )
            for o in kept.outcome
        ],
    )


class ImportsApi(Controller):
    path = "/households/imports"
    tags = ("Intake lists",)

    @get("/", summary="My own latest imports, the newest first")
    async def index(self, reads: NamedDependency[Reads]) -> Page[ImportListed]:
        return Page(await queries.latest(reads))

    @post(
        "/",
        summary="Check an intake list: every fault by row and column, and no family registered",
        request_max_body_size=UPLOAD_LIMIT,
    )
    async def create(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], data: MultipartBody[UploadForm]
    ) -> Response[ImportOut]:
        upload = Upload(data.file.filename, await data.file.read(), data.id)
        import_id = await service.check(uow, upload, clock=clock)
        return Response(
            shown(await queries.detail(uow, import_id)),
            headers={"Location": f"/api/v1/households/imports/{import_id}"},
        )

    @get("/{import_id:uuid}", summary="What was found in a list, or what became of it")
    async def show(self, reads: NamedDependency[Reads], import_id: FromPath[UUID]) -> ImportOut:
        return shown(await queries.detail(reads, import_id))

    @post("/{import_id:uuid}/run", summary="Register a checked list's households", status_code=200)
    async def run(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        import_id: FromPath[UUID],
        data: JSONBody[RunIn],
    ) -> ImportOut:
        return shown(await service.run(uow, import_id, data, clock=clock))
