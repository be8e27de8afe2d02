import csv
import io
from collections import Counter
from uuid import UUID

import msgspec
from litestar import Controller, Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.actor import OfficeName
from livelihood.db.reader import Reading
from livelihood.db.work import Reads, UnitOfWork
from livelihood.errors import DomainError, say
from livelihood.households.intake.cells import COLUMNS
from livelihood.households.intake.shapes import Fault, Household
from livelihood.households.intake.workbook import MOST_ROWS
from livelihood.observations.imports import queries, service
from livelihood.observations.imports.api import UPLOAD_LIMIT
from livelihood.observations.imports.queries import Registered
from livelihood.observations.imports.schemas import ImportRow, Outcome, RunIn, Upload
from livelihood.web.pages import Html, Refused, page, see
from livelihood.web.requests import AnyRequest, Form, refusal
from livelihood.web.words import gettext as _
from livelihood.web.words import sentence

# What a spreadsheet would take for a formula when it opens the file of faults.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Question(msgspec.Struct):
    """A household that a warning asks about."""

    household: Household
    faults: list[Fault]

    @property
    def chosen(self) -> bool:
        """Whether it comes in without an answer."""
        return self.household.looks_like is None


class Judged(msgspec.Struct):
    """A checked list's faults by what they ask of somebody, and what an import would bring to which office.

    `others` are warnings of households that errors keep out: nothing is asked, but they can be mended as well.
    """

    errors: list[Fault]
    others: list[Fault]
    questions: list[Question]
    certain: int
    offices: list[tuple[OfficeName, int]]
    forgotten: bool


class Result(msgspec.Struct):
    outcome: Outcome
    head: Registered | None


class ImportPages(Controller):
    path = "/households/imports"

    @get("/new")
    async def new(self, reads: NamedDependency[Reads]) -> Html:
        reads.actor.require(Permission.HOUSEHOLDS_IMPORT)
        return await _upload_page(reads, Form({}))

    @post("/new", request_max_body_size=UPLOAD_LIMIT)
    async def check(
        self, uow: NamedDependency[UnitOfWork], clock: NamedDependency[Clock], request: AnyRequest
    ) -> Redirect:
        sent = (await request.form()).get("file")
        try:
            if not isinstance(sent, UploadFile) or not sent.filename:
                raise refusal(("file", say("Choose the workbook with the intake list.")))
            async with uow.savepoint():
                upload = Upload(sent.filename, await sent.read())
                import_id = await service.check(uow, upload, clock=clock)
        except DomainError as error:
            named = error if error.errors else refusal(("file", error.message))
            raise Refused(await _upload_page(uow, Form({}).refused(named)), named) from error
        return see(f"/households/imports/{import_id}")

    @get("/{import_id:uuid}")
    async def show(
        self, reads: NamedDependency[Reads], import_id: FromPath[UUID], done: FromQuery[str] = ""
    ) -> Html:
        kept = await queries.detail(reads, import_id)
        if kept.outcome is not None:
            return page(
                "observations/import_done.html",
                reads,
                kept=kept,
                done=done,
                results=await _results(reads, kept.outcome),
            )
        return page("observations/import.html", reads, kept=kept, judged=_judged(reads, kept))

    @post("/{import_id:uuid}/run")
    async def run(
        self,
        uow: NamedDependency[UnitOfWork],
        clock: NamedDependency[Clock],
        request: AnyRequest,
        import_id: FromPath[UUID],
    ) -> Redirect:
        form = await Form.read(request)
        answers = RunIn(
            confirmed=[int(row) for row in form.all("confirmed") if row.isdecimal() and len(row) < 8]
        )
        await service.run(uow, import_id, answers, clock=clock)
        return see(f"/households/imports/{import_id}", done="imported")

    @get("/{import_id:uuid}/faults.csv")
    async def faults(self, reads: NamedDependency[Reads], import_id: FromPath[UUID]) -> Response[bytes]:
        """To work through beside the list, in the reader's language."""
        kept = await queries.detail(reads, import_id)
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([_("Row"), _("Column"), _("Kind"), _("Value"), _("What to do")])
        kinds = {"error": _("Error"), "warning": _("Question")}
        for fault in kept.faults or []:
            cells = (
                str(fault.row),
                fault.column,
                kinds[fault.severity],
                fault.value,
                sentence(fault.message),
            )
            writer.writerow([f"'{cell}" if cell.startswith(_FORMULA) else cell for cell in cells])
        return Response(
            out.getvalue().encode("utf-8-sig"),
            media_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="faults.csv"'},
        )


async def _upload_page(reading: Reading, form: Form) -> Html:
    return page(
        "observations/import_new.html",
        reading,
        form=form,
        columns=COLUMNS,
        most=MOST_ROWS,
        latest=await queries.latest(reading),
    )


def _judged(reading: Reading, kept: ImportRow) -> Judged:
    households = kept.plan or []
    of_row = {member.row: household for household in households for member in household.members}
    questions: dict[int, Question] = {}
    for fault in kept.faults or []:
        household = of_row.get(fault.row)
        if household is not None:
            questions.setdefault(household.row, Question(household, [])).faults.append(fault)
    offices = Counter(household.office_id for household in households)
    return Judged(
        errors=[fault for fault in kept.faults or [] if fault.severity == "error"],
        others=[
            fault for fault in kept.faults or [] if fault.severity == "warning" and fault.row not in of_row
        ],
        questions=[questions[row] for row in sorted(questions)],
        certain=sum(not household.asks for household in households),
        offices=[(office, offices[office.id]) for office in reading.actor.offices if offices[office.id]],
        forgotten=kept.plan is None,
    )


async def _results(reading: Reading, outcome: list[Outcome]) -> dict[str, list[Result]]:
    heads = await queries.registered(reading, [one.household_id for one in outcome])
    results = [Result(one, heads.get(one.household_id)) for one in outcome]
    return {
        "added": [one for one in results if one.outcome.added],
        "already": [one for one in results if not one.outcome.added and one.outcome.reason is None],
        "failed": [one for one in results if one.outcome.reason is not None],
    }
