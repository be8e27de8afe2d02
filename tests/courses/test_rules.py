from datetime import date, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from livelihood.courses import rules
from livelihood.courses.rules import Candidate, CourseTerms, EnrolmentState, certain_age, turns
from livelihood.errors import InvalidInput
from livelihood.households.rules import BirthPrecision, latest_birth, name_of

TODAY = date(2026, 3, 2)
DAYS = st.dates(date(1950, 1, 1), date(2030, 12, 31))
PEOPLE = st.builds(
    Candidate,
    name=st.just("Sok Dara"),
    born_on=st.dates(date(1950, 1, 1), date(2025, 12, 31)),
    born_precision=st.sampled_from(BirthPrecision),
)


def course(*, needs_safeguards=False, starts_on=TODAY, ends_on=TODAY + timedelta(days=90)):
    return CourseTerms(needs_safeguards=needs_safeguards, starts_on=starts_on, ends_on=ends_on)


def someone(born_on, precision=BirthPrecision.DAY):
    return Candidate(name="Sok Dara", born_on=born_on, born_precision=precision)


# Ages


@pytest.mark.parametrize(
    ("born_on", "precision", "fifteen_on"),
    [
        (date(2011, 3, 2), BirthPrecision.DAY, date(2026, 3, 2)),
        (date(2012, 2, 29), BirthPrecision.DAY, date(2027, 2, 28)),
        (date(2011, 3, 1), BirthPrecision.MONTH, date(2026, 3, 31)),
        (date(2011, 12, 1), BirthPrecision.MONTH, date(2026, 12, 31)),
        (date(2012, 2, 1), BirthPrecision.MONTH, date(2027, 2, 28)),
        (date(2011, 1, 1), BirthPrecision.YEAR, date(2026, 12, 31)),
        (date(2011, 6, 15), BirthPrecision.ESTIMATED, date(2026, 12, 31)),
    ],
)
def test_fifteen_only_from_the_latest_possible_birthday(born_on, precision, fifteen_on):
    person = someone(born_on, precision)
    assert turns(person, 15) == fifteen_on
    assert certain_age(person, fifteen_on) == 15
    assert certain_age(person, fifteen_on - timedelta(days=1)) == 14
    with pytest.raises(rules.TooYoungForTraining):
        rules.check_age(person, on=fifteen_on - timedelta(days=1))
    rules.check_age(person, on=fifteen_on)


@given(PEOPLE, DAYS)
def test_a_vaguer_birth_date_never_makes_anyone_older(person, day):
    exactly = someone(person.born_on)
    assert certain_age(person, day) <= certain_age(exactly, day)


@given(PEOPLE, st.integers(1, 60))
def test_the_day_someone_turns_an_age_is_the_first_day_of_it(person, age):
    assert certain_age(person, turns(person, age)) == age
    assert certain_age(person, turns(person, age) - timedelta(days=1)) == age - 1


@given(PEOPLE, DAYS)
def test_nobody_possibly_under_fifteen_is_ever_let_in(person, day):
    terms = course(starts_on=day, ends_on=day)
    fifteen = latest_birth(person.born_on, person.born_precision) + relativedelta(years=15) <= day
    try:
        rules.check_enrolment(person, terms, safeguards="An aunt watches over the work", on=day)
    except rules.TooYoungForTraining:
        assert not fifteen
    else:
        assert fifteen


def test_the_refusal_of_a_child_says_the_age_the_rule_the_day_and_what_to_do():
    with pytest.raises(rules.TooYoungForTraining) as refusal:
        rules.check_age(someone(date(2012, 5, 20)), on=TODAY)
    assert refusal.value.status == 422
    assert refusal.value.errors[0].field == "member_id"
    sentence = str(refusal.value)
    for part in ("Sok Dara", "13", "15", "2027-05-20", "in school", "caseworker"):
        assert part in sentence


def test_the_refusal_of_a_vague_birth_date_says_how_to_mend_it():
    with pytest.raises(rules.TooYoungForTraining) as refusal:
        rules.check_age(someone(date(2011, 1, 1), BirthPrecision.YEAR), on=TODAY)
    for part in ("14", "2026-12-31", "birth certificate", "in school"):
        assert part in str(refusal.value)


def test_age_counts_on_the_day_of_enrolment_and_not_of_the_course():
    later = course(starts_on=TODAY + timedelta(days=60), ends_on=TODAY + timedelta(days=120))
    with pytest.raises(rules.TooYoungForTraining):
        rules.check_enrolment(someone(date(2011, 4, 1)), later, safeguards="", on=TODAY)


# Safeguards


@given(PEOPLE, st.booleans(), st.sampled_from(["", "  \n", "No cutting machine; done by 16:00"]), DAYS)
def test_safeguards_are_written_first_exactly_where_they_are_due(person, needs, safeguards, day):
    terms = course(needs_safeguards=needs, starts_on=day, ends_on=day)
    missing = needs and turns(person, 18) > day and not safeguards.strip()
    try:
        rules.check_enrolment(person, terms, safeguards=safeguards, on=day)
    except rules.TooYoungForTraining:
        assert turns(person, 15) > day
    except rules.SafeguardsMissing:
        assert missing
    else:
        assert not missing


def test_missing_safeguards_point_at_their_field():
    with pytest.raises(rules.SafeguardsMissing) as refusal:
        rules.check_enrolment(
            someone(date(2010, 1, 1)), course(needs_safeguards=True), safeguards=" ", on=TODAY
        )
    assert refusal.value.errors[0].field == "safeguards"


def test_no_one_enters_a_course_that_has_ended():
    over = course(starts_on=TODAY - timedelta(days=30), ends_on=TODAY - timedelta(days=1))
    with pytest.raises(rules.CourseEnded):
        rules.check_enrolment(someone(date(1990, 1, 1)), over, safeguards="", on=TODAY)


# Dates and seats


@given(DAYS, DAYS, DAYS, DAYS)
def test_courses_overlap_when_they_share_a_day(a, b, c, d):
    (a, b), (c, d) = sorted((a, b)), sorted((c, d))
    assert rules.overlap(a, b, c, d) == rules.overlap(c, d, a, b)
    assert rules.overlap(a, b, c, d) == (max(a, c) <= min(b, d))


def check_others(*others):
    rules.check_others(
        someone(date(1990, 1, 1)),
        course_id=UUID(int=1),
        starts_on=TODAY,
        ends_on=TODAY + timedelta(days=30),
        others=[
            rules.Other(course_id=UUID(int=number), state=state, starts_on=starts_on, ends_on=ends_on)
            for number, state, starts_on, ends_on in others
        ],
    )


@pytest.mark.parametrize("state", [state for state in EnrolmentState if state not in rules.GONE])
def test_one_enrolment_a_course(state):
    with pytest.raises(rules.AlreadyInCourse):
        check_others((1, state, TODAY, TODAY + timedelta(days=30)))


def test_no_two_courses_on_one_day():
    with pytest.raises(rules.OverlappingEnrolment, match=TODAY.isoformat()):
        check_others((2, EnrolmentState.ENROLLED, TODAY - timedelta(days=9), TODAY))
    check_others(
        (2, EnrolmentState.COMPLETED, TODAY - timedelta(days=9), TODAY - timedelta(days=1)),
        (3, EnrolmentState.ENROLLED, TODAY + timedelta(days=31), TODAY + timedelta(days=60)),
    )


def test_waiting_for_one_course_shuts_nobody_out_of_another():
    check_others((2, EnrolmentState.WAITLISTED, TODAY, TODAY))


@pytest.mark.parametrize(
    ("left_on", "closed", "refused"),
    [
        (None, False, False),
        (TODAY + timedelta(days=1), False, False),
        (TODAY, False, True),
        (None, True, True),
    ],
)
def test_those_who_left_are_not_enrolled(left_on, closed, refused):
    try:
        rules.check_present(someone(date(1990, 1, 1)), left_on=left_on, closed=closed, on=TODAY)
    except rules.NotEnrollable:
        assert refused
    else:
        assert not refused


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        (("សុខ", "ដារ៉ា", "Sok", "Dara"), "សុខ ដារ៉ា (Sok Dara)"),
        (("សុខ", "ដារ៉ា", None, None), "សុខ ដារ៉ា"),
        ((None, None, "Sok", "Dara"), "Sok Dara"),
    ],
)
def test_names_in_sentences_are_in_both_scripts(names, shown):
    fields = ("family_name_km", "given_name_km", "family_name_latin", "given_name_latin")
    assert name_of(SimpleNamespace(**dict(zip(fields, names, strict=True)))) == shown


@given(st.integers(1, 12), st.integers(0, 40))
def test_seats_fill_first_and_the_waitlist_follows_in_order(seats, asking):
    taken = waiting = 0
    places = []
    for _ in range(asking):
        place = rules.next_place(seats=seats, seats_taken=taken, waitlist_length=waiting)
        assert (place.seat is None) != (place.waitlist_position is None)
        taken += place.state is EnrolmentState.ENROLLED
        waiting += place.state is EnrolmentState.WAITLISTED
        places.append(place)
    numbered = [place.seat for place in places if place.seat]
    waitlisted = [place.waitlist_position for place in places if place.waitlist_position]
    assert numbered == list(range(1, min(seats, asking) + 1))
    assert waitlisted == list(range(1, max(0, asking - seats) + 1))


def test_a_course_says_everything_that_is_wrong_with_it():
    with pytest.raises(InvalidInput) as refusal:
        rules.check_course(starts_on=date(1026, 3, 2), ends_on=date(1026, 3, 1), seats=0, today=TODAY)
    assert [error.field for error in refusal.value.errors] == ["starts_on", "ends_on", "seats"]


def test_a_course_of_a_century_is_a_slip():
    with pytest.raises(InvalidInput) as refusal:
        rules.check_course(starts_on=TODAY, ends_on=TODAY.replace(year=2126), seats=12, today=TODAY)
    assert [error.field for error in refusal.value.errors] == ["ends_on"]


def test_a_likely_course_is_taken():
    rules.check_course(starts_on=TODAY, ends_on=TODAY, seats=1, today=TODAY)


# Completion


def completion(state, on, *, before=None):
    return rules.check_completion(
        state, completed_on=before, on=on, course_starts_on=TODAY - timedelta(days=30), today=TODAY
    )


def test_someone_enrolled_completes():
    assert completion(EnrolmentState.ENROLLED, TODAY)
    assert completion(EnrolmentState.ENROLLED, TODAY - timedelta(days=30))


@pytest.mark.parametrize("day", [TODAY + timedelta(days=1), TODAY - timedelta(days=31)])
def test_a_completion_lies_between_the_first_day_and_today(day):
    with pytest.raises(InvalidInput) as refusal:
        completion(EnrolmentState.ENROLLED, day)
    assert refusal.value.errors[0].field == "completed_on"


def test_the_same_completion_again_changes_nothing_and_another_is_refused():
    assert not completion(EnrolmentState.COMPLETED, TODAY, before=TODAY)
    with pytest.raises(rules.CompletionRefused, match=TODAY.isoformat()):
        completion(EnrolmentState.COMPLETED, TODAY - timedelta(days=1), before=TODAY)


def test_the_waitlist_completes_nothing():
    with pytest.raises(rules.CompletionRefused, match="waitlist"):
        completion(EnrolmentState.WAITLISTED, TODAY)
