"""Whatever is sent as a workbook, the answer is rows or a sentence, soon, and in little memory."""

import io
import struct
import time
import tracemalloc
import zipfile
from collections.abc import Sequence

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.households.intake.cells import COLUMNS
from livelihood.households.intake.workbook import MOST_ROWS, UnreadableWorkbook, read

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*lines: Sequence[object]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    return out.getvalue()


def changed(content: bytes, members: dict[str, bytes]) -> bytes:
    """The same workbook with some members replaced or added; those come first."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in dict.fromkeys([*members, *old.namelist()]):
            new.writestr(name, members[name] if name in members else old.read(name))
    return out.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableWorkbook) as caught:
        read(content)
    return str(caught.value)


GOOD = workbook(COLUMNS, [1, "07021405", "Sou Peng", "Head"])


def test_rows_carry_the_numbers_that_the_spreadsheet_shows() -> None:
    rows = read(workbook(["Intake list of June"], [], COLUMNS, [1, "07021405"], [], ["", "", "", "Son"]))
    assert [(row.number, dict(row.cells)) for row in rows] == [
        (4, {"No": 1.0, "Village code": "07021405"}),
        (6, {"Relationship": "Son"}),
    ]


def test_headings_may_be_typed_loosely_and_stand_in_any_order() -> None:
    headings = [f" {column.upper()} \u200b" for column in reversed(COLUMNS)]
    (row,) = read(workbook(headings, ["x"] * len(COLUMNS)))
    assert set(row.cells) == set(COLUMNS)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"No,Village code\n1,07021405\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"%PDF-1.7",
        GOOD[: len(GOOD) // 2],
        changed(GOOD, {SHEET: b"<worksheet><sheetData><row"}),
        changed(GOOD, {SHEET: b""}),
        changed(GOOD, {"xl/workbook.xml": b"nothing"}),
        changed(
            GOOD, {SHEET: b'<!DOCTYPE w [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet>&b;</worksheet>'}
        ),
    ],
)
def test_what_is_no_workbook_is_told_how_to_become_one(content: bytes) -> None:
    assert "save it as" in refusal(content)


def test_a_zip_of_something_else_is_no_workbook() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("photo.jpg", b"not really")
    assert "not an Excel workbook" in refusal(out.getvalue())


def test_an_empty_list_and_an_empty_sheet() -> None:
    assert "holds no rows" in refusal(workbook(COLUMNS))
    assert "no row of headings" in refusal(workbook())
    assert "no row of headings" in refusal(workbook(["Name", "Age"], ["Sok", 12]))


def test_a_missing_column_is_named_and_a_renamed_one_recognised() -> None:
    headings = [column for column in COLUMNS if column != "Hazards"]
    assert "missing: “Hazards”. Add them" in refusal(workbook(headings, ["x"]))
    renamed = ["Date of bith" if column == "Date of birth" else column for column in COLUMNS]
    assert "“Date of bith” → “Date of birth”" in refusal(workbook(renamed, ["x"]))
    assert "two columns “Sex”" in refusal(workbook([*COLUMNS, "Sex"], ["x"]))


def swiftly(content: bytes) -> str:
    """Refused within three seconds of computing and 60 MB."""
    began = time.process_time()
    message = refusal(content)
    assert time.process_time() - began < 3
    tracemalloc.start()
    refusal(content)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 * 2**20
    return message


def test_fifty_thousand_rows_are_refused_before_they_are_read() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for number in range(1, 50_001):
            sheet.write_row(number, 0, [number, "07021405", "Sou Peng", "Head"])
    message = swiftly(out.getvalue())
    assert "more than 2,000 rows" in message
    assert "Split it" in message


def test_the_most_rows_are_read() -> None:
    lines = [[number, "07021405", "Sou Peng", "Head"] for number in range(MOST_ROWS)]
    began = time.process_time()
    assert len(read(workbook(COLUMNS, *lines))) == MOST_ROWS
    assert time.process_time() - began < 5
    assert "Split it" in refusal(workbook(COLUMNS, *lines, [1]))


def test_a_zip_bomb_is_unpacked_no_further_than_the_bound() -> None:
    zeros = b"0" * 1_000_000
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, b"<x/>")
        with archive.open("xl/media/image1.png", "w", force_zip64=True) as member:
            for _ in range(100):
                member.write(zeros)
    assert "far larger than an intake list" in swiftly(out.getvalue())


def test_a_zip_bomb_that_lies_about_its_size_is_found_out() -> None:
    bomb = bytearray(changed(GOOD, {SHEET: b"<worksheet>" + b" " * 60_000_000 + b"</worksheet>"}))
    # The central directory's entry of the sheet: its uncompressed size stands 22 bytes before the name.
    name = bomb.rindex(SHEET.encode())
    assert struct.unpack_from("<I", bomb, name - 22)[0] > 60_000_000
    struct.pack_into("<I", bomb, name - 22, 400)
    assert "far larger than an intake list" in swiftly(bytes(bomb))


@pytest.mark.parametrize("place", ["A1048576", "XFD1", "AAAAAAAAAAAAA1", "A99999999999999999999"])
def test_a_cell_far_out_allocates_nothing(place: str) -> None:
    cell = f'<worksheet><sheetData><row><c r="{place}"><v>1</v></c></row></sheetData></worksheet>'
    assert swiftly(changed(GOOD, {SHEET: cell.encode()}))


def test_one_long_text_behind_every_cell_is_refused() -> None:
    cells = "".join(f'<row r="{row}">' + '<c t="s"><v>0</v></c>' * 90 + "</row>" for row in range(1, 1900))
    content = changed(
        GOOD,
        {
            SHEET: f"<worksheet><sheetData>{cells}</sheetData></worksheet>".encode(),
            "xl/sharedStrings.xml": b"<sst><si><t>" + b"x" * 32_767 + b"</t></si></sst>",
        },
    )
    assert "far larger than an intake list" in swiftly(content)


def test_more_elements_than_any_list_has_are_refused() -> None:
    assert "far larger" in swiftly(changed(GOOD, {SHEET: b"<w>" + b"<v/>" * 600_000 + b"</w>"}))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, len(GOOD)))
def test_damage_anywhere_gives_rows_or_a_sentence(noise: bytes, at: int) -> None:
    for content in (noise, GOOD[:at] + noise + GOOD[at + len(noise) :], changed(GOOD, {SHEET: noise})):
        try:
            read(content)
        except UnreadableWorkbook as error:
            assert str(error)  # noqa: PT017  # either outcome is right; what must not come is anything else
