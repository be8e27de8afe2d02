"""The sheet as a PDF to write on: of a family its code, village and given names, for a paper may be lost on the way.

So whoever is missing stands first, with a mark that says nothing to who finds the paper (`labels.see_first`).
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec
import typst
from litestar import Response

from livelihood.db.reader import Reading
from livelihood.followups import labels
from livelihood.followups.queries import sheets
from livelihood.followups.queries.sheet_people import PersonDue
from livelihood.followups.queries.sheets import LineOut, SheetOut
from livelihood.web import components
from livelihood.web.current import LANGUAGE
from livelihood.web.identity import reads_of
from livelihood.web.requests import AnyRequest
from livelihood.web.words import gettext as _

TEMPLATE = Path(__file__).parent / "typst" / "sheet.typ"
FONTS = Path(components.__file__).parent / "static" / "vendor"
PaperLanguage = Literal["km", "en"]
# The field reads Khmer first.
FIRST: PaperLanguage = "km"
# Setting a page takes a core for some tenths of a second; other requests need theirs.
PRESS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="paper")


async def answer(request: AnyRequest, sheet_id: UUID, language: PaperLanguage) -> Response[bytes]:
    """Read first, then given to the press: nobody waits for a connection while a page is set."""
    async with reads_of(request) as reads:
        found = await sheets.sheet(reads, sheet_id)
        # Of whoever takes the paper along, who need not be the one that prints it.
        LANGUAGE.set(language)
        office = office_name(reads, found.office_id)
    return Response(
        await printed(found, office),
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{found.number}.pdf"'},
    )


def office_name(reads: Reading, office_id: int) -> str:
    office = next(one for one in reads.actor.offices if one.id == office_id)
    return office.name_km if LANGUAGE.get() == "km" else office.name_en


async def printed(sheet: SheetOut, office: str) -> bytes:
    """In the language that is spoken."""
    data = msgspec.json.encode(_contents(sheet, office)).decode()
    return await asyncio.get_running_loop().run_in_executor(PRESS, _compiled, data)


def _compiled(data: str) -> bytes:
    """Names arrive as data, never as markup: what looks like a command in one is printed as it is."""
    made = typst.compile(
        str(TEMPLATE),
        format="pdf",
        font_paths=[str(FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"data": data},
    )
    assert isinstance(made, bytes), "without an output path typst gives the bytes"
    return made


def _contents(sheet: SheetOut, office: str) -> dict[str, object]:
    language = LANGUAGE.get()
    return {
        "language": language,
        "number": sheet.number,
        "office": office,
        "day": components.day_text(sheet.day, language),
        # The numbers stand where the translation wants them.
        "page": _("Page {page} of {pages}"),
        "outcomes": [words for _value, words in labels.outcomes()],
        "visited": _("Visited on"),
        "there": _("Was there, seen"),
        "grade": _("Grade"),
        "present": _("Days present"),
        "of": _("of"),
        "note": _("Note"),
        "where": _("Not in school, not seen, or nobody met: where is the child?"),
        "things": _("Were the things bought there?"),
        "whereabouts": [words for _value, words in labels.whereabouts()],
        "lines": [_line(line, language) for line in sheet.lines],
    }


def _line(line: LineOut, language: str) -> dict[str, object]:
    # The business first, as it is entered: its key stands before those of the children.
    checks = [_business(line)] if line.business else []
    checks += [_person(person, language) for person in line.people]
    return {
        "line": str(line.line),
        "code": line.household_code,
        "village": line.village_km if language == "km" else line.village_latin,
        "head": _given(line.head_km, line.head_latin, language),
        "checks": checks,
    }


def _business(line: LineOut) -> dict[str, object]:
    return {
        "name": _("The business"),
        "mark": "",
        "due": _("Business check"),
        "boxes": [words for _value, words in labels.business_states()],
        "things": [words for _value, words in labels.things()] if line.things else [],
        "somebody": False,
        "school": False,
    }


def _person(person: PersonDue, language: str) -> dict[str, object]:
    names = labels.purpose_names()
    boxes = labels.placement_states() if person.graduate else labels.seen()
    return {
        "name": _given(person.given_name_km, person.given_name_latin, language),
        "mark": labels.see_first() if person.missing else "",
        "due": ", ".join(names[purpose] for purpose in person.purposes),
        "boxes": [words for _value, words in boxes],
        "things": [],
        "somebody": True,
        "school": not person.graduate,
    }


def _given(km: str | None, latin: str | None, language: str) -> str:
    """A given name in the reader's script, else in the other; never the family name."""
    return ((km or latin) if language == "km" else (latin or km)) or "—"
