"""The sample list gives exactly the faults that are known of it; every other list, faults that can be acted on."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livelihood import households
from livelihood.errors import Message
from livelihood.households.intake import workbook
from livelihood.households.intake.cells import COLUMNS, Cell, Row
from livelihood.households.intake.dates import ReadDate, read_date
from livelihood.households.intake.household import recognised_by
from livelihood.households.intake.plan import plan, village_codes
from livelihood.households.intake.shapes import ImportPlan, ListedPlace
from livelihood.households.rules import BirthPrecision, IDPoor, Relationship, Sex

TODAY = date(2026, 11, 22)
DATA = Path(__file__).parent / "data"
PLACES = Path(households.__file__).parent / "data" / "places.csv"
VILLAGE = ListedPlace("07021405", "សូប៉េង", "Sou Peng", 3, may_import=True)

HEAD: dict[str, Cell] = {
    "No": 1.0,
    "Village code": "07021405",
    "Village": "Sou Peng",
    "Relationship": "Head",
    "Family name (Khmer)": "ភួង",
    "Given name (Khmer)": "កល្យាណ",
    "Sex": "F",
    "Date of birth": date(1980, 10, 7),
    "Intake date": date(2026, 6, 20),
}
CHILD: dict[str, Cell] = {
    "Relationship": "Son",
    "Family name (Latin)": "Phuong",
    "Given name (Latin)": "Dara",
    "Sex": "M",
    "Date of birth": "2015",
}


def rows(*cells: dict[str, Cell]) -> list[Row]:
    return [Row(number, line) for number, line in enumerate(cells, 2)]


def planned(*cells: dict[str, Cell], known: dict[str, str] | None = None) -> ImportPlan:
    return plan(rows(*cells), {VILLAGE.code: VILLAGE}, known or {}, TODAY)


def faults(found: ImportPlan) -> list[tuple[int, str, str]]:
    return [(fault.row, fault.severity, fault.column) for fault in found.faults]


def test_the_sample_has_exactly_its_known_faults() -> None:
    with (DATA / "intake-sample-faults.csv").open(encoding="utf-8", newline="") as file:
        expected = [(int(fault["row"]), fault["severity"], fault["field"]) for fault in csv.DictReader(file)]
    with (PLACES).open(encoding="utf-8", newline="") as file:
        names = {place["code"]: place for place in csv.DictReader(file)}
    listed = workbook.read((DATA / "intake-sample.xlsx").read_bytes())
    places = {
        code: ListedPlace(
            code, names[code]["name_km"], names[code]["name_latin"], int(code[:2]), may_import=True
        )
        for code in village_codes(listed)
        if code in names
    }
    found = plan(listed, places, {}, TODAY)
    assert faults(found) == expected
    assert all(str(fault.message) for fault in found.faults)
    assert (len(found.households), found.refused) == (32, 8)
    assert sum(len(household.members) for household in found.households) == 105
    assert len(found.to_import(None)) == 31
    assert {household.row for household in found.to_import(frozenset({74}))} >= {9, 74}
    assert {household.office_id for household in found.households} == {6, 7, 20}


def test_a_whole_household_is_read_as_it_was_meant() -> None:
    extra: dict[str, Cell] = {
        "Phone": "០១២ ៣៤៥ ៦៧៨",
        "IDPoor": "ក្រ២",
        "IDPoor card": 701043437.0,
        "Referred by": " Commune ",
    }
    child: dict[str, Cell] = {
        "In school": "បាទ",
        "School": "សាលា\u200bសូប៉េង",
        "Grade": "ថ្នាក់ទី៥",
        "Work hours/week": 3.0,
        "Chores hours/week": "៥",
        "Hazards": "brick kiln, fishing at sea",
    }
    found = planned(HEAD | extra, CHILD | child)
    assert not found.faults
    (household,) = found.households
    assert (household.row, household.office_id, household.village_code) == (2, 3, "07021405")
    assert (household.phone, household.idpoor_level, household.idpoor_card) == (
        "+85512345678",
        IDPoor.LEVEL_2,
        "701043437",
    )
    assert (household.referral_source, household.intake_on) == ("Commune", date(2026, 6, 20))
    son = household.members[1]
    assert (son.relationship, son.sex, son.family_name_km) == (Relationship.SON, Sex.MALE, None)
    assert (son.born_on, son.born_precision) == (date(2015, 1, 1), BirthPrecision.YEAR)
    assert son.education is not None
    assert (son.education.in_school, son.education.school, son.education.grade) == (True, "សាលាសូប៉េង", 5)
    assert son.work is not None
    assert (son.work.economic_hours, son.work.chore_hours) == (3, 5)
    assert son.work.hazards == ("kilns", "offshore_fishing")


@pytest.mark.parametrize(
    ("change", "severity", "column", "words"),
    [
        ({"Village code": ""}, "error", "Village code", "eight digits"),
        ({"Village code": "123"}, "error", "Village code", "no village 123"),
        ({"Village": "Phnom Penh"}, "warning", "Village", "Sou Peng"),
        ({"Relationship": ""}, "error", "Relationship", "missing"),
        ({"Relationship": "Landlord"}, "error", "Relationship", "Landlord"),
        ({"Sex": "x"}, "error", "Sex", "Write F, M"),
        ({"Given name (Khmer)": ""}, "error", "Given name (Khmer)", "not whole"),
        ({"Family name (Khmer)": "ក" * 81}, "error", "Family name (Khmer)", "Shorten"),
        ({"Date of birth": ""}, "error", "Date of birth", "missing"),
        ({"Date of birth": "07/10/80"}, "error", "Date of birth", "four digits"),
        ({"Date of birth": "2523"}, "error", "Date of birth", "Write 1980"),
        ({"Date of birth": 29501.0}, "error", "Date of birth", "not a date"),
        ({"Phone": "+66 81 234 5678"}, "warning", "Phone", "Cambodian"),
        ({"IDPoor": "3"}, "error", "IDPoor", "Level 1"),
        ({"IDPoor card": "0701043437"}, "warning", "IDPoor", "no level"),
        ({"IDPoor": "1", "IDPoor expiry": "soon"}, "error", "IDPoor expiry", "not a date"),
        ({"Intake date": ""}, "warning", "Intake date", "22/11/2026"),
        ({"Intake date": date(2027, 1, 1)}, "error", "Intake date", "future"),
        ({"In school": "perhaps"}, "error", "In school", "Yes, No"),
        ({"Grade": 5.0}, "warning", "Grade", "In school"),
        ({"Grade": 0.0, "In school": "Yes"}, "error", "Grade", "1 to 12"),
        ({"Work hours/week": -1.0}, "error", "Work hours/week", "whole number"),
        ({"Work hours/week": "some"}, "error", "Work hours/week", "whole number"),
        ({"Work hours/week": 100.0, "Chores hours/week": 100.0}, "error", "Chores hours/week", "168"),
        ({"Hazards": "dragons"}, "warning", "Hazards", "dragons"),
    ],
)
def test_each_fault_stands_at_its_column_and_says_what_to_do(
    change: dict[str, Cell], severity: str, column: str, words: str
) -> None:
    found = planned(HEAD | change, CHILD)
    assert faults(found) == [(2, severity, column)]
    assert words in str(found.faults[0].message)
    assert len(found.households) == (severity == "warning")
    assert found.refused == (severity == "error")


def test_an_error_keeps_only_its_own_household_out() -> None:
    other = HEAD | {"No": 2.0, "Given name (Khmer)": "សុខា", "Sex": "F"}
    found = planned(HEAD | {"Sex": ""}, CHILD, other, CHILD)
    assert [household.row for household in found.households] == [4]


def test_heads_none_or_two() -> None:
    assert faults(planned(HEAD | {"Relationship": "Spouse"}, CHILD)) == [(2, "error", "Relationship")]
    found = planned(HEAD, CHILD, CHILD | {"Relationship": "Head"})
    assert faults(found) == [(4, "error", "Relationship")]
    assert "row 2" in str(found.faults[0].message)


def test_rows_before_the_first_household_and_columns_of_the_whole_household() -> None:
    found = planned(
        CHILD,
        HEAD | {"IDPoor": "No"},
        CHILD | {"IDPoor": "Level 1"},
        CHILD | {"No": 1.0, "Village code": "07021405"},
    )
    assert faults(found) == [(2, "error", "Household"), (4, "warning", "IDPoor")]
    assert found.households[0].idpoor_level is IDPoor.NONE
    assert len(found.households[0].members) == 3


def test_a_list_without_numbers_begins_households_at_their_village() -> None:
    other = HEAD | {"No": "", "Given name (Khmer)": "សុខា"}
    assert [h.row for h in planned(HEAD | {"No": ""}, CHILD, other, CHILD).households] == [2, 4]


def test_a_spreadsheet_that_ate_the_codes_zero_is_forgiven() -> None:
    assert not planned(HEAD | {"Village code": 7021405.0}, CHILD).faults


def test_a_household_of_another_office_or_of_none_stays_out() -> None:
    for place, words in (
        (ListedPlace("07021405", "", "Sou Peng", 3, may_import=False), "may not import"),
        (ListedPlace("07021405", "", "Sou Peng", None, may_import=False), "No office serves"),
    ):
        found = plan(rows(HEAD, CHILD), {place.code: place}, {}, TODAY)
        assert faults(found) == [(2, "error", "Village code")]
        assert words in str(found.faults[0].message)


def test_a_repeated_household_is_asked_about_and_left_out_unless_chosen() -> None:
    again = HEAD | {"No": 2.0, "Family name (Khmer)": "ភួ\u200bង", "Phone": "012345678"}
    found = planned(HEAD, CHILD, again, CHILD)
    assert faults(found) == [(4, "warning", "Household")]
    assert [h.row for h in found.to_import(None)] == [2]
    assert [h.row for h in found.to_import(frozenset({4}))] == [2, 4]
    assert found.households[0].id != found.households[1].id


def test_a_registered_household_is_recognised_by_card_or_head() -> None:
    (registered,) = planned(HEAD | {"IDPoor": "1", "IDPoor card": "0701043437"}, CHILD).households
    for key in recognised_by(registered.head, registered.idpoor_card):
        found = planned(HEAD | {"IDPoor": "1", "IDPoor card": "0701043437"}, CHILD, known={key: "KPT-00012"})
        assert faults(found) == [(2, "warning", "Household")]
        assert "KPT-00012" in str(found.faults[0].message)
        assert not found.to_import(None)


def test_warnings_other_than_repetition_come_in_unless_declined() -> None:
    found = planned(HEAD | {"Phone": "12345"}, CHILD)
    assert len(found.to_import(None)) == 1
    assert not found.to_import(frozenset())
    assert len(planned(HEAD, CHILD).to_import(frozenset())) == 1


def test_the_same_rows_are_the_same_household_wherever_they_stand() -> None:
    one = planned(HEAD, CHILD).households[0]
    moved = planned(HEAD | {"Given name (Khmer)": "សុខា"}, CHILD, HEAD | {"No": 9.0}, CHILD).households[1]
    assert one.id == moved.id
    assert [member.id for member in one.members] == [member.id for member in moved.members]
    assert one.id != planned(HEAD, CHILD | {"Sex": "F", "Relationship": "Daughter"}).households[0].id


def test_a_child_is_asked_for_only_where_every_row_could_be_read() -> None:
    assert faults(planned(HEAD)) == [(2, "warning", "Household")]
    assert faults(planned(HEAD, CHILD | {"Date of birth": "2008"})) == []
    assert faults(planned(HEAD, CHILD | {"Date of birth": "2007"})) == [(2, "warning", "Household")]
    assert faults(planned(HEAD, CHILD | {"Date of birth": ""})) == [(3, "error", "Date of birth")]


def test_a_child_born_after_the_intake_was_not_seen_at_it() -> None:
    found = planned(HEAD, CHILD | {"Date of birth": date(2026, 7, 1)})
    assert faults(found) == [(3, "error", "Date of birth")]
    assert "after the intake on 20/06/2026" in str(found.faults[0].message)


def test_too_many_rows_for_one_household() -> None:
    found = planned(HEAD, *[CHILD] * 30)
    assert faults(found) == [(2, "error", "Household")]


@pytest.mark.parametrize(
    ("written", "on", "precision"),
    [
        (date(2019, 1, 25), date(2019, 1, 25), "day"),
        (datetime(2019, 1, 25, 10, 30, tzinfo=UTC), date(2019, 1, 25), "day"),
        ("25/01/2019", date(2019, 1, 25), "day"),
        ("5/1/2019", date(2019, 1, 5), "day"),
        ("25-01-2019", date(2019, 1, 25), "day"),
        ("25.01.2019", date(2019, 1, 25), "day"),
        ("២៥/០១/២០១៩", date(2019, 1, 25), "day"),
        ("២៥/០១\u200b/២០១៩ ", date(2019, 1, 25), "day"),
        ("2019-01-25", date(2019, 1, 25), "day"),
        ("29/02/2024", date(2024, 2, 29), "day"),
        ("01/2019", date(2019, 1, 1), "month"),
        ("2019", date(2019, 1, 1), "year"),
        ("២០១៩", date(2019, 1, 1), "year"),
        (2019.0, date(2019, 1, 1), "year"),
    ],
)
def test_dates_in_every_usual_form(written: Cell, on: date, precision: str) -> None:
    assert read_date(written) == ReadDate(on, BirthPrecision(precision))


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("31/02/2015", "no such day"),
        ("29/02/2023", "no such day"),
        ("05/25/2015", "no month 25"),
        ("25/01/19", "four digits"),
        ("25/01/2562", "Write 2019"),
        ("២៥៦២", "Write 2019"),
        (date(2562, 1, 25), "Write 2019"),
        ("1850", "before 1900"),
        (date(1899, 12, 31), "before 1900"),
        ("99999", "not a date"),
        ("soon", "not a date"),
        (43490.0, "not a date"),
        (True, "not a date"),
        ("1/2/3/2015", "not a date"),
    ],
)
def test_dates_that_cannot_be_are_refused_with_the_way_out(written: Cell, words: str) -> None:
    refused = read_date(written)
    assert isinstance(refused, Message)
    assert words in str(refused)


@pytest.mark.parametrize("empty", [None, "", "  ", "\u200b"])
def test_no_date_is_no_fault(empty: Cell) -> None:
    assert read_date(empty) is None


@given(st.dates(date(1900, 1, 1), date(2430, 12, 31)))
def test_every_day_reads_back_from_its_writing(day: date) -> None:
    khmer = day.strftime("%d/%m/%Y").translate({ord(str(n)): chr(0x17E0 + n) for n in range(10)})
    for written in (day.strftime("%d/%m/%Y"), khmer, day.isoformat(), day):
        assert read_date(written) == ReadDate(day, BirthPrecision.DAY)


anything: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(),
    st.dates(),
    st.text(max_size=20),
    st.sampled_from(["Head", "F", "2015", "07021405", "Yes", "1", "\u200b", "១៥", "25/01/2019"]),
)


# How fast a machine that does other things makes up tables says nothing of the import.
@settings(max_examples=150, deadline=timedelta(seconds=2), suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.sampled_from(COLUMNS), anything, max_size=12), max_size=6))
def test_whatever_the_cells_hold_each_household_is_in_or_has_an_error(lines: list[dict[str, Cell]]) -> None:
    found = planned(*lines)
    in_error = {fault.row for fault in found.faults if fault.severity == "error"}
    assert bool(in_error) >= bool(found.refused)
    for household in found.households:
        numbers = {member.row for member in household.members}
        assert not numbers & in_error
        assert sum(member.relationship is Relationship.HEAD for member in household.members) == 1
    assert all(fault.column in {*COLUMNS, "Household"} for fault in found.faults)
