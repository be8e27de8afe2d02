"""Every fault of a draft is a sentence beside its field, and what ships has none."""

from collections.abc import Mapping
from datetime import date, timedelta
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.binding import bind
from livelihood.errors import FieldError, InvalidInput
from livelihood.followups.labels import check_name
from livelihood.followups.labels_policy import draft_words
from livelihood.followups.queries.policy import calendar_of
from livelihood.followups.rules.calendar import SchoolYear, Term
from livelihood.followups.rules.calendar_drafts import closure_faults, holiday_faults, year_faults
from livelihood.followups.rules.numbers import SHIPPED_NUMBERS
from livelihood.followups.rules.policy import Closure, ClosureSet, Holiday, HolidaySet, Policy, YearSet
from livelihood.followups.rules.previews import Effect, Example
from livelihood.followups.rules.protocol_drafts import Draft, check_faults, drafts_of, faults, next_version
from livelihood.followups.rules.protocols import SHIPPED, Per, Protocol, Purpose, Since
from livelihood.followups.rules.slot_drafts import MOST_CHECKS, SlotDraft
from livelihood.followups.schemas_policy import VersionIn
from livelihood.followups.service.policy.drafts import drafted

TODAY = date(2026, 11, 24)
RETENTION = next(one for one in SHIPPED if one.key == "school_retention")
YEARLY = SlotDraft(days=14, before=7, after=13, since=Since.SCHOOL_YEAR)


def check(months: int = 0, days: int = 0, before: int = 0, after: int = 0, **more: int | None) -> SlotDraft:
    return SlotDraft(months, days, before, after, **more)  # type: ignore[arg-type]


def draft(*slots: SlotDraft, on: date = TODAY, ages: tuple[int, int] = (6, 17)) -> Draft:
    return Draft(on, "The board", slots, *ages)


def said(found: list[FieldError]) -> dict[str, str]:
    return {fault.field: str(fault.message) for fault in found}


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        (draft(), "slots", "looks for nobody"),
        (draft(YEARLY), "slots", "nothing says how long"),
        (draft(check(1), on=date(2026, 11, 23)), "effective_from", "is past"),
        (draft(check(1), on=date(2040, 1, 1)), "effective_from", "more than five years"),
        (draft(check(1), ages=(6, 18)), "to_age", "until they turn 18"),
        (draft(check(1), ages=(-1, 18)), "from_age", "from 0 to 17"),
        (draft(check(1), ages=(-1, 18)), "to_age", "from 0 to 17"),
        (draft(check(1), ages=(9, 8)), "to_age", "below the youngest"),
        (draft(check()), "slots.0.months", "Say after how many months"),
        (draft(check(121)), "slots.0.months", "121 is not between 0 and 120."),
        (draft(check(-1)), "slots.0.months", "-1 is not between 0 and 120."),
        (draft(check(1, -1)), "slots.0.days", "between 0 and 3720"),
        (draft(check(1, before=-1)), "slots.0.before", "between 0 and 366"),
        (draft(check(120, 1)), "slots.0.days", "ten years"),
        (draft(check(10**11, 10**11)), "slots.0.months", "between 0 and 120"),
        (draft(check(0, 9, before=10)), "slots.0.before", "at most 9 days before"),
        (draft(check(1, after=367)), "slots.0.after", "between 0 and 366"),
        (draft(check(1), check(1)), "slots.1.months", "due on the same day"),
        (draft(check(1), check(0, 31)), "slots.1.months", "due on the same day"),
        (draft(check(1, after=28), check(2)), "slots.0.after", "at most 27 days after"),
        (draft(check(2, before=28), check(1)), "slots.0.before", "at most 27 days before"),
        (draft(check(1), YEARLY, YEARLY), "slots.2.since", "from the school year already"),
        (draft(check(1), check(1, 5, since=Since.SCHOOL_YEAR)), "slots.1.days", "in days alone"),
        (draft(check(every_days=14)), "slots.0.times", "would never end"),
        (draft(check(every_days=14, times=0)), "slots.0.times", "between 1 and 120"),
        (draft(check(every_days=14, times=121)), "slots.0.times", "between 1 and 120"),
        (draft(check(every_days=-14, times=3)), "slots.0.every_days", "between 1 and 366"),
        (draft(check(every_days=10**11, times=3)), "slots.0.every_days", "between 1 and 366"),
        (draft(check(every_days=366, times=11)), "slots.0.times", "more than ten years"),
        (draft(check(times=3)), "slots.0.every_days", "every how many days"),
        (draft(check(every_days=14, times=3, before=7, after=7)), "slots.0.after", "run into each other"),
        (draft(check(every_days=14, times=3, ahead=13)), "slots.0.ahead", "between 1 and 12"),
        (draft(check(every_days=9, times=100), check(every_days=8, times=100)), "slots", str(MOST_CHECKS)),
        (draft(*drafts_of(RETENTION)), "slots", "Nothing differs from version 1"),
    ],
)
def test_a_version_that_does_not_hold_together(asked: Draft, field: str, words: str) -> None:
    assert words in said(faults(RETENTION, asked, TODAY))[field]


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.key)
def test_what_ships_holds_together_and_comes_through_the_form_unchanged(shipped) -> None:
    again = Draft(TODAY, "The board", drafts_of(shipped), shipped.from_age, shipped.to_age)
    assert list(said(faults(shipped, again, TODAY))) == ["slots"]  # nothing differs
    assert next_version(shipped, again).slots == shipped.slots
    older = msgspec.structs.replace(again, to_age=16)
    assert faults(shipped, older, TODAY) == []


def as_read(protocol: Protocol) -> VersionIn:
    """What the API shows of a version, sent back to it."""
    shown = msgspec.to_builtins(protocol)
    kept = {name: shown[name] for name in ("slots", "from_age", "to_age", "effective_from", "source")}
    return bind(VersionIn, {"based_on": protocol.version, **kept}, typed=True)


@pytest.mark.parametrize("shipped", SHIPPED, ids=lambda one: one.key)
def test_what_ships_can_be_read_and_sent_back(shipped: Protocol) -> None:
    again = drafted(as_read(shipped))
    assert check_faults(shipped.anchors, again) == []
    assert next_version(shipped, again).slots == shipped.slots


def test_of_whom_a_check_is_cannot_be_said_against_its_purpose() -> None:
    sent = as_read(RETENTION)
    wrong = msgspec.structs.replace(sent.slots[1], per=Per.HOUSEHOLD)
    with pytest.raises(InvalidInput) as refused:
        drafted(msgspec.structs.replace(sent, slots=(sent.slots[0], wrong)))
    assert list(said(refused.value.errors)) == ["slots.1.per"]


NUMBERS = st.integers(0, 130)


@given(
    st.lists(
        st.builds(
            SlotDraft,
            NUMBERS,
            NUMBERS,
            st.integers(0, 40),
            st.integers(0, 40),
            st.sampled_from(Since),
            st.sampled_from([0, 0, 0, 14, 60]),
            st.none() | st.integers(0, 130),
        ),
        max_size=4,
    )
)
def test_what_is_accepted_has_checks_of_different_names_and_an_end(slots: list[SlotDraft]) -> None:
    asked = draft(*slots)
    if faults(RETENTION, asked, TODAY):
        return
    version = next_version(RETENTION, asked)
    again = drafted(as_read(version))
    assert check_faults(version.anchors, again) == []
    assert next_version(version, again).slots == version.slots
    assert len({slot.key for slot in version.slots}) == len(slots) > 0
    for slot in version.slots:
        assert slot.months + (slot.days + slot.every_days * slot.times) / 31 <= 121
        # Bounds of the type itself, which are checked where rows are read.
        msgspec.convert(msgspec.to_builtins(slot), type(slot))


YEAR = SchoolYear("2026/27", date(2026, 11, 2), date(2027, 8, 31))
FLOOD = Closure(uuid4(), date(2027, 2, 1), date(2027, 2, 12), "06")
MOURNING = Holiday(uuid4(), date(2027, 3, 3), is_holiday=True)
POLICY = Policy(SHIPPED, (YEAR,), (FLOOD,), (MOURNING,), SHIPPED_NUMBERS)
LISTED: Mapping[date, str] = {date(2027, 1, 7): "Victory", date(2027, 5, 1): "Labour"}


def year(key: str, starts_on: date, ends_on: date, *terms: tuple[date, date]) -> YearSet:
    return YearSet(
        SchoolYear(key, starts_on, ends_on, tuple(Term(*one) for one in terms)), assumed=False, source=""
    )


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        (year("2027/29", date(2027, 11, 1), date(2028, 8, 1)), "key", "is no school year"),
        (year("2027/28", date(2029, 1, 1), date(2029, 8, 1)), "starts_on", "cannot begin on"),
        (year("2027/28", date(2027, 11, 1), date(2027, 11, 1)), "ends_on", "not after the first"),
        (year("2027/28", date(2027, 11, 1), date(2029, 1, 1)), "ends_on", "thirteen months"),
        (year("2027/28", date(2027, 8, 31), date(2028, 8, 1)), "starts_on", "2026/27 lasts from"),
        (year("2026/27", date(2027, 2, 3), date(2027, 8, 31)), "starts_on", "would lie outside the year"),
        (
            year("2027/28", date(2027, 11, 1), date(2028, 8, 1), (date(2027, 10, 1), date(2028, 3, 1))),
            "terms.0.starts_on",
            "outside the school year",
        ),
        (
            year("2027/28", date(2027, 11, 1), date(2028, 8, 1), (date(2028, 3, 1), date(2028, 2, 1))),
            "terms.0.ends_on",
            "ends before it begins",
        ),
        (
            year(
                "2027/28",
                date(2027, 11, 1),
                date(2028, 8, 1),
                (date(2027, 11, 1), date(2028, 3, 1)),
                (date(2028, 3, 1), date(2028, 8, 1)),
            ),
            "terms.1.starts_on",
            "runs into the one",
        ),
        (year("2027/28", date(2027, 11, 6), date(2027, 11, 7)), "ends_on", "no school day left"),
        (
            year("2027/28", date(2027, 11, 1), date(2028, 8, 1), (date(2027, 11, 6), date(2027, 11, 7))),
            "terms.0.ends_on",
            "no school day left",
        ),
    ],
)
def test_a_school_year_that_does_not_hold_together(change: YearSet, field: str, words: str) -> None:
    assert words in said(year_faults(POLICY, change, calendar_of))[field]


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "province", "field", "words"),
    [
        (date(2027, 3, 2), date(2027, 3, 1), None, "ends_on", "before the first"),
        (date(2027, 9, 2), date(2027, 9, 3), None, "starts_on", "lies in no school year"),
        (date(2027, 8, 2), date(2027, 9, 3), None, "ends_on", "ends on 2027-08-31"),
        (date(2027, 2, 12), date(2027, 2, 20), "06", "starts_on", "already"),
        (YEAR.starts_on, YEAR.ends_on, None, "ends_on", "no school day left"),
    ],
)
def test_a_closure_that_does_not_hold_together(
    starts_on: date, ends_on: date, province: str | None, field: str, words: str
) -> None:
    change = ClosureSet(Closure(uuid4(), starts_on, ends_on, province), "Flood", assumed=False, source="")
    assert words in said(closure_faults(POLICY, change, calendar_of))[field]


def test_a_closure_elsewhere_or_corrected_is_none_of_these() -> None:
    elsewhere = msgspec.structs.replace(FLOOD, id=uuid4(), province="07")
    longer = msgspec.structs.replace(FLOOD, ends_on=FLOOD.ends_on + timedelta(days=3))
    for closure in (elsewhere, longer):
        assert (
            closure_faults(POLICY, ClosureSet(closure, "Flood", assumed=False, source=""), calendar_of) == []
        )


@pytest.mark.parametrize(
    ("day", "is_holiday", "province", "words"),
    [
        (date(2027, 9, 1), True, None, "lies in no school year"),
        (date(2027, 3, 6), True, None, "without school anyway"),
        (date(2027, 3, 3), True, None, "said of"),
        (date(2027, 1, 7), True, None, "a public holiday already"),
        (date(2027, 3, 3), True, "06", "a public holiday already"),
        (date(2027, 1, 8), False, None, "no public holiday"),
    ],
)
def test_a_day_that_changes_nothing(day: date, is_holiday: bool, province: str | None, words: str) -> None:
    change = HolidaySet(Holiday(uuid4(), day, is_holiday, province), "A day", assumed=False, source="")
    assert words in said(holiday_faults(POLICY, change, LISTED, calendar_of))["day"]


def test_a_province_may_open_schools_on_a_holiday_of_all() -> None:
    change = HolidaySet(
        Holiday(uuid4(), MOURNING.day, is_holiday=False, province="06"), "A day", assumed=False, source=""
    )
    assert holiday_faults(POLICY, change, LISTED, calendar_of) == []


@pytest.mark.parametrize(
    ("times", "words"),
    [(None, "Every 14 days: "), (1, "Every 14 days, 1 time: "), (26, "Every 14 days, 26 times: ")],
)
def test_a_row_says_how_often_as_it_was_filled_in(times: int | None, words: str) -> None:
    """Also where "times" was emptied: a heading claims no number that nobody said."""
    assert draft_words(check(every_days=14, times=times), with_purpose=False).startswith(words)


def test_a_check_that_a_closure_makes_one_at_home_is_not_said_to_be_in_a_vacation() -> None:
    shown = Example(Effect.TO_HOME, "KPT-00001", RETENTION.key, "month_3", Purpose.HOME, None, None)
    assert check_name(shown) == "Home check while the school is closed, month 3"
