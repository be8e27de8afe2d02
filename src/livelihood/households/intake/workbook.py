"""The bytes of an .xlsx workbook, made into rows without trusting any of them.

A workbook is a zip of XML. Before the spreadsheet library sees it, every member is unpacked once into nothing,
whatever size its header claims, and its XML is walked for what would make the library allocate without bound:
a cell far out (it builds the whole rectangle), one long text pointed at by every cell, entities that multiply.
"""

import io
import zipfile
import zlib
from collections.abc import Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import ClassVar
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook

from livelihood.errors import DomainError, Message, say
from livelihood.households.intake.cells import COLUMNS, Cell, Row, clean
from livelihood.households.search_key import normalise

# Some 500 families: an import is one transaction that somebody waits for. Measured: 200 families of two people came in
# in 6 seconds (31 ms each) on two busy cores.
MOST_ROWS = 2_000
MOST_COLUMNS = 100
MOST_BYTES = 10 * 1024 * 1024
_MOST_UNPACKED = 50 * 1024 * 1024
_MOST_ELEMENTS = 500_000
_MOST_MEMBERS = 500
_MOST_TEXT = 50_000_000
_XML_BEGINNINGS = frozenset({b"<", b"\xef", b"\xff", b"\xfe"})
_HEADING_ROWS = 10
_CHUNK = 64 * 1024

# A list may leave these out; every other column has to be there, if only empty, so that nothing is lost unnoticed.
_OPTIONAL = frozenset({"No", "Village"})
_BY_NAME = {normalise(column): column for column in COLUMNS}


class UnreadableWorkbook(DomainError):
    """Nothing of the file was read: it is no workbook, not an intake list, or more than one list may hold."""

    code: ClassVar[str] = "unreadable-workbook"
    status: ClassVar[int] = 422


def read(content: bytes) -> tuple[Row, ...]:
    """The filled rows below the headings of the first sheet. Raises UnreadableWorkbook with what to do."""
    if len(content) > MOST_BYTES:
        raise UnreadableWorkbook(
            say(
                "The file has {size} MB; an intake list may have up to {most}. Remove pictures, or split the list.",
                size=f"{len(content) / 1024 / 1024:.0f}",
                most=str(MOST_BYTES // 1024 // 1024),
            )
        )
    _survey(content)
    lines = _lines(content)
    start, headings = _headings(lines)
    rows = tuple(
        Row(number, cells)
        for number, line in enumerate(lines[start + 1 :], start + 2)
        if (cells := {headings[i]: cell for i, cell in enumerate(line) if i in headings and clean(cell)})
    )
    if not rows:
        raise UnreadableWorkbook(
            say("The list holds no rows below its headings. Fill in one row for each household member.")
        )
    return rows


def _no_workbook() -> UnreadableWorkbook:
    return UnreadableWorkbook(
        say(
            "The file is not an Excel workbook that can be read. Open the list in your spreadsheet program and "
            "save it as “Excel workbook (.xlsx)”, without a password."
        )
    )


def _too_many_rows() -> UnreadableWorkbook:
    return UnreadableWorkbook(
        say(
            "The list has more than {most} rows. Split it into files of up to {most} rows, each household whole "
            "in one file, and import them one after the other.",
            most=f"{MOST_ROWS:,}",
        )
    )


def _too_big() -> UnreadableWorkbook:
    return UnreadableWorkbook(
        say(
            "Unpacked, the file is far larger than an intake list. Copy the list alone into a new workbook and "
            "save it as .xlsx."
        )
    )


def _survey(content: bytes) -> None:
    if not content.startswith(b"PK\x03\x04"):
        raise _no_workbook()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            names = {member.filename for member in members}
            if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
                raise _no_workbook()
            if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _MOST_UNPACKED:
                raise _too_big()
            left = _MOST_UNPACKED
            walk = _Walk()
            for member in members:
                left = _unpack(archive, member, left, walk)
            if walk.cells * walk.longest > _MOST_TEXT:
                raise _too_big()
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        NotImplementedError,
        RuntimeError,
        OSError,
    ) as error:
        raise _no_workbook() from error
    except (EOFError, ValueError, UnicodeError) as error:
        raise _no_workbook() from error


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, left: int, walk: "_Walk") -> int:
    """Unpack `member` piece by piece; how many of the `left` bytes remain."""
    # The header's size is a claim: zipfile would stop there, other readers do not. Where it stops it compares
    # checksums, so that has to lie beyond the last chunk that is read here.
    member.file_size = _MOST_UNPACKED + 2 * _CHUNK
    with archive.open(member) as stream:
        chunk = stream.read(_CHUNK)
        parser = walk.parser() if _is_xml(member.filename, chunk) else None
        while chunk:
            left -= len(chunk)
            if left < 0:
                raise _too_big()
            if parser:
                parser.Parse(chunk, False)  # noqa: FBT003  # expat takes it by position only
            chunk = stream.read(_CHUNK)
        if parser:
            parser.Parse(b"", True)  # noqa: FBT003  # expat takes it by position only
    return left


def _is_xml(name: str, beginning: bytes) -> bool:
    # Drawings in VML (.vml) are XML in name only.
    return beginning.lstrip()[:1] in _XML_BEGINNINGS and not name.casefold().endswith(".vml")


class _Walk:
    """What the XML of all members asks for: cells, and the longest text any of them may show."""

    def __init__(self) -> None:
        self.cells = 0
        self.longest = 0
        self._elements = 0
        self._text = 0
        self._rows = 0

    def parser(self) -> expat.XMLParserType:
        self._rows = 0
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        return parser

    def _doctype(self, *_: object) -> None:
        # Spreadsheet programs write none; it is where multiplying entities are declared.
        raise _no_workbook()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise _too_big()
        match name.rpartition(" ")[2]:
            case "row":
                self._rows = max(self._rows + 1, int(attributes.get("r", 0)))
                if self._rows > MOST_ROWS + _HEADING_ROWS:
                    raise _too_many_rows()
            case "c":
                self.cells += 1
                place = attributes.get("r", "")
                letters = place.rstrip("0123456789")
                row = int(place[len(letters) :] or 0)
                if row > MOST_ROWS + _HEADING_ROWS:
                    raise _too_many_rows()
                if len(letters) > 2 or _column(letters) > MOST_COLUMNS:
                    raise UnreadableWorkbook(
                        say(
                            "The sheet has something in column {column}, far to the right of the list. Clear the "
                            "columns beyond the list and save the workbook again.",
                            column=letters[:8],
                        )
                    )
            case "Relationship" if attributes.get("Target", "").casefold().endswith(".vml"):
                self._vml(attributes.get("Type", ""))
            case "si" | "is" | "v":
                self._text = 0
            case _:
                pass

    def _vml(self, kind: str) -> None:
        # Not walked, so nothing but a drawing may live there.
        if not kind.endswith("/vmlDrawing"):
            raise _no_workbook()

    def _characters(self, text: str) -> None:
        self._text += len(text)

    def _end(self, name: str) -> None:
        if name.rpartition(" ")[2] in {"si", "is", "v"}:
            self.longest = max(self.longest, self._text)


def _column(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def _lines(content: bytes) -> list[list[Cell]]:
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            sheet = book.get_sheet_by_index(0)
            return [[_cell(value) for value in line] for line in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, ValueError, OSError) as error:
        raise _no_workbook() from error
    except BaseException as error:
        # A panic inside the library, which is not an Exception to Python.
        if type(error).__name__ == "PanicException":
            raise _no_workbook() from error
        raise


def _cell(value: object) -> Cell:
    if isinstance(value, datetime):
        return value.date() if value.time() == datetime.min.time() else value
    if value is None or isinstance(value, str | float | bool | date):
        return value
    return float(value) if isinstance(value, int) else str(value)


def _headings(lines: Sequence[Sequence[Cell]]) -> tuple[int, dict[int, str]]:
    """Which line holds the headings (a title may stand above it), and which column stands where."""
    named = [[normalise(clean(cell)) for cell in line] for line in lines[:_HEADING_ROWS]]
    scores = [sum(name in _BY_NAME for name in line) for line in named]
    if not scores or max(scores) < 3:
        raise UnreadableWorkbook(
            say(
                "The first sheet has no row of headings as an intake list has them: {headings}.",
                headings=", ".join(COLUMNS),
            )
        )
    start = scores.index(max(scores))
    headings: dict[int, str] = {}
    unknown: list[str] = []
    for i, name in enumerate(named[start]):
        column = _BY_NAME.get(name)
        if column in headings.values():
            raise UnreadableWorkbook(
                say("There are two columns “{column}”. Remove or rename one of them.", column=column)
            )
        if column:
            headings[i] = column
        elif name:
            unknown.append(clean(lines[start][i]))
    missing = [c for c in COLUMNS if c not in headings.values() and c not in _OPTIONAL]
    if missing:
        raise UnreadableWorkbook(_missing(missing, unknown))
    if len(lines) - start - 1 > MOST_ROWS:
        raise _too_many_rows()
    return start, headings


def _missing(missing: list[str], unknown: list[str]) -> Message:
    by_name = {normalise(name): name for name in unknown}
    renamed = [
        f"“{by_name[close[0]]}” → “{column}”"
        for column in missing
        if (close := get_close_matches(normalise(column), by_name, n=1, cutoff=0.5))
    ]
    columns = ", ".join(f"“{column}”" for column in missing)
    if renamed:
        return say(
            "These columns are missing: {columns}. Rename the headings that mean them ({renamed}), or add them.",
            columns=columns,
            renamed=", ".join(renamed),
        )
    return say(
        "These columns are missing: {columns}. Add them, empty where there is nothing to write.",
        columns=columns,
    )
