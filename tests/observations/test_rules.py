"""What is known of a child, and how work is classified."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import msgspec
import pytest

from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    Hazard,
    KnownState,
    LabourClass,
    LearntFrom,
    Observation,
    Work,
    attendance,
    child_labour,
    kind_of,
    known_of,
    standing,
)
from livelihood.observations.strip import StripPoint, StripState, school_strip

CHILD = uuid4()
IN = Education(EducationState.FORMAL, grade=4, learnt_from=LearntFrom.REGISTER)
OUT = Education(EducationState.NONE, learnt_from=LearntFrom.CAREGIVER)
NOT_MET = Education(EducationState.UNKNOWN)


def observed(details: Details, day: date, recorded: int = 0, supersedes: UUID | None = None) -> Observation:
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC) + timedelta(days=recorded)
    return Observation(uuid4(), CHILD, uuid4(), day, at, details, supersedes)


def test_nothing_observed_is_unknown() -> None:
    assert known_of([]).state is KnownState.UNKNOWN


def test_the_newest_day_decides_whenever_its_record_arrived() -> None:
    older_arriving_last = observed(OUT, date(2026, 3, 1), recorded=60)
    newer = observed(IN, date(2026, 4, 1))
    known = known_of([older_arriving_last, newer])
    assert known.state is KnownState.IN_SCHOOL
    assert known.happened_on == date(2026, 4, 1)
    assert known.learnt_from is LearntFrom.REGISTER


def test_a_visit_that_learnt_nothing_changes_nothing() -> None:
    known = known_of([observed(IN, date(2026, 3, 1)), observed(NOT_MET, date(2026, 4, 1))])
    assert known.state is KnownState.IN_SCHOOL
    assert known.happened_on == date(2026, 3, 1)


def test_two_words_of_one_day_are_contested_until_a_newer_day() -> None:
    records = [observed(IN, date(2026, 3, 1)), observed(OUT, date(2026, 3, 1), recorded=1)]
    assert known_of(records).state is KnownState.CONTESTED
    assert known_of([*records, observed(OUT, date(2026, 3, 9))]).state is KnownState.OUT_OF_SCHOOL


def test_a_corrected_record_says_what_its_last_correction_says() -> None:
    wrong = observed(OUT, date(2026, 3, 1))
    mended = observed(IN, date(2026, 3, 2), recorded=5, supersedes=wrong.id)
    again = observed(IN, date(2026, 2, 27), recorded=9, supersedes=mended.id)
    (record,) = standing([again, wrong, mended])
    assert (record.root_id, record.id) == (wrong.id, again.id)
    assert record.recorded_at == wrong.recorded_at
    assert known_of([wrong, mended, again]).happened_on == date(2026, 2, 27)


@pytest.mark.parametrize(
    ("age", "economic", "chores", "icls", "kh2012"),
    [
        (5, 0, 0, "none", "none"),
        (11, 1, 0, "child_labour", "child_labour"),
        (12, 13, 0, "none", "child_labour"),
        (12, 12, 0, "none", "none"),
        (14, 14, 0, "child_labour", "child_labour"),
        (14, 0, 21, "child_labour", "none"),
        (15, 42, 40, "none", "none"),
        (17, 43, 0, "child_labour", "none"),
        (17, 48, 0, "child_labour", "none"),
        (17, 49, 0, "child_labour", "child_labour"),
        (18, 80, 0, "none", "none"),
        (13, None, None, "unknown", "unknown"),
        (13, None, 30, "child_labour", "unknown"),
        (13, 0, None, "unknown", "none"),
    ],
)
def test_child_labour_by_both_standards(
    age: int, economic: int | None, chores: int | None, icls: str, kh2012: str
) -> None:
    labour = child_labour(Work(economic, chores), age)
    assert (labour.icls, labour.kh2012) == (icls, kh2012)


def test_hazardous_work_needs_no_hours_and_ends_at_18() -> None:
    work = Work(hazards=(Hazard.KILNS,))
    assert child_labour(work, 17).icls is LabourClass.HAZARDOUS
    assert child_labour(work, 17).kh2012 is LabourClass.HAZARDOUS
    assert child_labour(work, 18).icls is LabourClass.NONE


@pytest.mark.parametrize(
    ("present", "opened", "national", "ilab"),
    [(20, 20, True, True), (16, 20, True, True), (15, 20, False, True), (14, 20, False, False)],
)
def test_attendance_meets_each_bar_from_its_exact_share(
    present: int, opened: int, national: bool, ilab: bool
) -> None:
    found = attendance(Education(EducationState.FORMAL, days_present=present, days_open=opened))
    assert found is not None
    assert (found.national, found.ilab) == (national, ilab)


def test_attendance_is_not_known_without_open_days() -> None:
    assert attendance(Education(EducationState.FORMAL, days_present=0, days_open=0)) is None
    assert attendance(Education(EducationState.FORMAL, days_present=3)) is None


def test_details_survive_storage_and_name_their_kind() -> None:
    stored = msgspec.json.encode(Work(3, None, (Hazard.PESTICIDES,)))
    assert msgspec.json.decode(stored, type=Details) == Work(3, None, (Hazard.PESTICIDES,))
    assert kind_of(msgspec.json.decode(stored, type=Details)) == "work"


def test_the_strip_never_shows_unknown_as_school() -> None:
    points = [
        StripPoint("month_1", 1, date(2026, 1, 10)),
        StripPoint("month_2", 2, date(2026, 2, 10)),
        StripPoint("month_3", 3, date(2026, 3, 10)),
        StripPoint("month_6", 6, date(2026, 6, 10)),
    ]
    strip = school_strip(
        points,
        [
            observed(IN, date(2026, 1, 12)),
            observed(NOT_MET, date(2026, 2, 12)),
            observed(OUT, date(2026, 3, 20)),
        ],
        [(date(2025, 12, 27), "Grant")],
        today=date(2026, 4, 1),
        confirmed=[date(2026, 1, 12)],
    )
    assert [cell.state for cell in strip.cells] == [
        StripState.IN_SCHOOL,
        StripState.UNKNOWN,
        StripState.OUT_OF_SCHOOL,
        StripState.NOT_YET,
    ]
    assert [tick.position for tick in strip.ticks] == [0]
    assert "seen in school at 1; in school as told, the child not seen, at –; out of school at 3;" in str(
        strip.text
    )


@pytest.mark.parametrize(
    ("confirmed", "state"),
    [
        ([], StripState.TOLD),
        ([date(2026, 1, 11)], StripState.TOLD),
        ([date(2026, 1, 12)], StripState.IN_SCHOOL),
        # Somebody saw the child before the next check opened; or since, which that check's cell shows.
        ([date(2026, 2, 9)], StripState.IN_SCHOOL),
        ([date(2026, 2, 10)], StripState.TOLD),
    ],
)
def test_the_strip_says_seen_only_of_a_child_who_was_seen(confirmed: list[date], state: StripState) -> None:
    points = [StripPoint("month_1", 1, date(2026, 1, 10)), StripPoint("month_2", 2, date(2026, 2, 10))]
    strip = school_strip(points, [observed(IN, date(2026, 1, 12))], [], date(2026, 4, 1), confirmed)
    assert [cell.state for cell in strip.cells] == [state, StripState.UNKNOWN]
    told = "1" if state is StripState.TOLD else "–"
    assert f"in school as told, the child not seen, at {told};" in str(strip.text)
