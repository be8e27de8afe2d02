"""A child found out of school: one open alert, whatever the order in which records arrive."""

from datetime import date, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind
from livelihood.followups.rules.facts import AnchorKind, Household, Outcome
from livelihood.households.rules import BirthPrecision
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    Hazard,
    Instead,
    Observation,
    Placement,
    PlacementState,
    Work,
)
from tests.followups.families import (
    DAYS,
    IN,
    NOT_LEARNT,
    OUT,
    at,
    child,
    families,
    family,
    grant,
    plan,
    visit,
)

PAID = date(2026, 1, 12)
FOUND = date(2026, 2, 12)


def alerts(household: Household, today: date = date(2026, 6, 1)) -> tuple[Alert, ...]:
    """Those of children out of school."""
    return tuple(one for one in plan(household, today).alerts if one.kind is AlertKind.OUT_OF_SCHOOL)


def test_a_child_found_out_of_school_raises_an_alert_and_an_extra_check() -> None:
    who = child()
    found = plan(family(who, anchors=(grant(PAID),), visits=(visit(FOUND, (who, OUT)),)), FOUND)
    (alert,) = found.alerts
    assert (alert.opened_on, alert.closed_on) == (FOUND, None)
    (extra,) = [one for one in found.follow_ups if one.anchor_kind is AnchorKind.OUT_OF_SCHOOL]
    assert extra.due_on == FOUND + timedelta(days=14)
    assert extra.member_id == who.id


def test_intake_raises_no_alert() -> None:
    who = child()
    at_intake = Observation(child().id, who.id, None, FOUND, at(FOUND), OUT)
    assert alerts(family(who, more=(at_intake,))) == ()


def test_not_knowing_raises_no_alert() -> None:
    who = child()
    assert alerts(family(who, visits=(visit(FOUND, (who, NOT_LEARNT)),))) == ()
    failed = visit(FOUND, (who, OUT), outcome=Outcome.NOT_FOUND)
    assert alerts(family(who, visits=(failed,))) == ()


def test_a_second_finding_opens_no_second_alert() -> None:
    who = child()
    twice = (visit(FOUND, (who, OUT)), visit(FOUND + timedelta(days=14), (who, OUT)))
    assert len(alerts(family(who, visits=twice))) == 1


def test_back_in_school_closes_the_alert_and_says_why() -> None:
    who = child()
    back = visit(FOUND + timedelta(days=14), (who, IN))
    (alert,) = alerts(family(who, visits=(visit(FOUND, (who, OUT)), back)))
    assert alert.closed_on == FOUND + timedelta(days=14)
    assert (alert.closed_because, alert.closed_by) == (AlertClosed.BACK_IN_SCHOOL, back[1][0].id)


def test_a_child_who_leaves_school_again_has_a_new_alert() -> None:
    who = child()
    days = [(FOUND, OUT), (FOUND + timedelta(days=14), IN), (FOUND + timedelta(days=60), OUT)]
    found = alerts(family(who, visits=tuple(visit(day, (who, seen)) for day, seen in days)))
    assert [alert.closed_on is None for alert in found] == [False, True]


def test_a_late_record_of_an_earlier_day_neither_opens_nor_closes() -> None:
    who = child()
    earlier, much_later = FOUND - timedelta(days=9), FOUND + timedelta(days=30)
    out_known = visit(FOUND, (who, OUT))
    late_in = visit(earlier, (who, IN), recorded_on=much_later)
    (alert,) = alerts(family(who, visits=(out_known, late_in)))
    assert alert.closed_on is None
    in_known = visit(FOUND, (who, IN))
    late_out = visit(earlier, (who, OUT), recorded_on=much_later)
    assert alerts(family(who, visits=(in_known, late_out))) == ()


def test_of_a_contested_day_the_alarm_stands_whichever_came_first() -> None:
    who = child()
    first, second = visit(FOUND, (who, OUT)), visit(FOUND, (who, IN), recorded_on=FOUND + timedelta(days=1))
    (alert,) = alerts(family(who, visits=(first, second)))
    assert alert.closed_on is None
    first, second = visit(FOUND, (who, IN)), visit(FOUND, (who, OUT), recorded_on=FOUND + timedelta(days=1))
    (alert,) = alerts(family(who, visits=(first, second)))
    assert alert.closed_on is None


def corrected(wrong: Observation, details: Details, on: date) -> Observation:
    return Observation(child().id, wrong.member_id, None, wrong.happened_on, at(on), details, wrong.id)


def test_a_correction_that_removes_the_cause_closes_the_alert_and_its_extra_check() -> None:
    who = child()
    found = visit(FOUND, (who, OUT))
    mended = corrected(found[1][0], IN, FOUND + timedelta(days=3))
    after = plan(family(who, anchors=(grant(PAID),), visits=(found,), more=(mended,)), date(2026, 6, 1))
    (alert,) = after.alerts
    assert (alert.closed_because, alert.closed_on) == (AlertClosed.CORRECTED, FOUND + timedelta(days=3))
    assert alert.closed_by == mended.id
    assert not [one for one in after.follow_ups if one.anchor_kind is AnchorKind.OUT_OF_SCHOOL]


def test_a_correction_that_keeps_the_finding_keeps_the_alert() -> None:
    who = child()
    found = visit(FOUND, (who, OUT))
    (before,) = alerts(family(who, visits=(found,)))
    mended = corrected(found[1][0], Education(EducationState.NONE, grade=3), FOUND + timedelta(days=3))
    (after,) = alerts(family(who, visits=(found,), more=(mended,)))
    assert (after.id, after.closed_on) == (before.id, None)


def test_a_correction_of_what_closed_an_alert_opens_it_again() -> None:
    who = child()
    found, back = visit(FOUND, (who, OUT)), visit(FOUND + timedelta(days=14), (who, IN))
    wrong_child = corrected(back[1][0], NOT_LEARNT, FOUND + timedelta(days=20))
    (alert,) = alerts(family(who, visits=(found, back), more=(wrong_child,)))
    assert alert.closed_on is None


@pytest.mark.parametrize(
    ("said", "alarming"),
    [
        ([OUT], False),
        ([Education(EducationState.NONE, instead=Instead.NEITHER)], True),
        ([Education(EducationState.NONE, instead=Instead.WORK)], False),
        ([OUT, Work(economic_hours=40)], False),
        ([OUT, Work(economic_hours=0)], True),
        ([OUT, Work(economic_hours=50)], True),
        ([OUT, Work(hazards=(Hazard.KILNS,))], True),
        ([OUT, Placement(PlacementState.NOT_WORKING)], True),
        ([OUT, Placement(PlacementState.EMPLOYED_RELEVANT)], False),
        ([Education(EducationState.VOCATIONAL)], False),
    ],
)
def test_from_15_only_what_was_said_of_their_work_alarms(said: list[Details], alarming: bool) -> None:
    who = child(date(2010, 1, 1))
    found = alerts(family(who, visits=(visit(FOUND, *((who, one) for one in said)),)))
    assert bool(found) is alarming


YOUNG = date(2010, 1, 1)
NEITHER = Education(EducationState.NONE, instead=Instead.NEITHER)
DECENT, IDLE, TOO_MUCH = Work(economic_hours=20), Work(economic_hours=0), Work(economic_hours=50)
LATER = FOUND + timedelta(days=30)


def of_youth(*found: tuple[date, Details], recorded_on: date | None = None) -> tuple[Alert, ...]:
    """Found out of school with nothing to do, and what was found afterwards; the last of it was recorded on that day."""
    who = child(YOUNG)
    *earlier, (day, last) = found
    visits = [visit(one, (who, said)) for one, said in ((FOUND, NEITHER), *earlier)]
    return alerts(family(who, visits=(*visits, visit(day, (who, last), recorded_on=recorded_on))))


@pytest.mark.parametrize(
    "said", [DECENT, Placement(PlacementState.WORKING_OTHER), Placement(PlacementState.STUDYING)]
)
def test_decent_work_or_training_on_a_later_day_closes_the_alert_and_says_why(said: Details) -> None:
    (alert,) = of_youth((LATER, said))
    assert (alert.closed_on, alert.closed_because) == (LATER, AlertClosed.IN_DECENT_WORK)


@pytest.mark.parametrize(
    "found",
    [
        (FOUND, DECENT),
        (FOUND - timedelta(days=9), DECENT),
        (LATER, TOO_MUCH),
        (LATER, Work()),
        (LATER, Placement(PlacementState.UNKNOWN)),
        (LATER, Education(EducationState.NONE, instead=Instead.WORK)),
    ],
)
def test_nothing_else_that_is_said_of_work_closes_it(found: tuple[date, Details]) -> None:
    (alert,) = of_youth(found, recorded_on=LATER + timedelta(days=9))
    assert alert.closed_on is None


@pytest.mark.parametrize("newer", [NEITHER, OUT, IDLE])
def test_work_that_is_recorded_late_closes_nothing_that_a_newer_day_says(newer: Details) -> None:
    between = FOUND + timedelta(days=9)
    (alert,) = of_youth((LATER, newer), (between, DECENT), recorded_on=LATER + timedelta(days=1))
    assert alert.closed_on is None


@pytest.mark.parametrize("said", [(DECENT, IDLE), (IDLE, DECENT)])
def test_work_of_a_contested_day_closes_nothing_whichever_came_first(said: tuple[Details, Details]) -> None:
    first, second = said
    (alert,) = of_youth((LATER, first), (LATER, second), recorded_on=LATER + timedelta(days=1))
    assert alert.closed_on is None


@pytest.mark.parametrize("said", [(OUT, IN), (IN, OUT)])
def test_a_contested_day_leaves_somebody_to_look_whichever_came_first(said: tuple[Details, Details]) -> None:
    who = child()
    first, second = said
    visits = [visit(FOUND, (who, OUT)), visit(LATER, (who, first))]
    visits.append(visit(LATER, (who, second), recorded_on=LATER + timedelta(days=1)))
    assert alerts(family(who, visits=tuple(visits)))[-1].closed_on is None


def test_under_15_no_work_closes_it_and_from_the_15th_birthday_it_does() -> None:
    who = child(date(2011, 3, 1))
    household = family(who, visits=(visit(FOUND, (who, OUT)), visit(date(2026, 2, 28), (who, DECENT))))
    assert alerts(household)[0].closed_on is None
    fifteen = visit(date(2026, 3, 1), (who, DECENT))
    household = family(who, visits=(visit(FOUND, (who, OUT)), fifteen))
    assert alerts(household)[0].closed_on == date(2026, 3, 1)


@pytest.mark.parametrize("said", [IDLE, TOO_MUCH, Placement(PlacementState.NOT_WORKING), NEITHER])
def test_once_the_decent_work_is_over_there_is_an_alert_again(said: Details) -> None:
    over = LATER + timedelta(days=30)
    first, again = of_youth((LATER, DECENT), (over, said))
    assert (first.closed_on, again.opened_on, again.closed_on) == (LATER, over, None)


def test_who_is_in_school_need_not_work() -> None:
    assert len(of_youth((LATER, IN), (LATER + timedelta(days=30), IDLE))) == 1


def test_of_an_earlier_day_it_is_too_late_to_say_that_somebody_had_no_work() -> None:
    between = FOUND + timedelta(days=9)
    for said in (IDLE, NEITHER):
        (alert,) = of_youth((LATER, DECENT), (between, said), recorded_on=LATER + timedelta(days=1))
        assert alert.closed_on == LATER


def test_school_that_is_recorded_late_does_not_close_what_work_raised_on_a_newer_day() -> None:
    who = child(YOUNG)
    # Nothing was said of their work then, and it raised nothing.
    visits = [visit(FOUND, (who, OUT)), visit(LATER, (who, IDLE))]
    visits.append(visit(LATER - timedelta(days=1), (who, IN), recorded_on=LATER + timedelta(days=1)))
    (alert,) = alerts(family(who, visits=tuple(visits)))
    assert (alert.opened_on, alert.closed_on) == (LATER, None)


GONE = Education(EducationState.FORMAL, days_away=25, gone_after=20)
WORDS = [OUT, NEITHER, GONE, IN, NOT_LEARNT]
OF_WORK = [DECENT, IDLE, TOO_MUCH, Work(), Placement(PlacementState.STUDYING)]


@pytest.mark.parametrize("said", WORDS)
@pytest.mark.parametrize("work", OF_WORK)
@pytest.mark.parametrize("days", [-9, 0, 9])
def test_no_order_of_arrival_decides_whether_somebody_looks_after_who_left_school_and_worked(
    said: Details, work: Details, days: int
) -> None:
    who, known = child(YOUNG), LATER + timedelta(days=30)
    of_work = FOUND + timedelta(days=days)
    found: list[list[date]] = []
    for late in (0, 1):
        visits = [
            visit(FOUND, (who, said), recorded_on=known + timedelta(days=late)),
            visit(of_work, (who, work), recorded_on=known + timedelta(days=1 - late)),
        ]
        household = family(who, visits=tuple(visits))
        found.append([one.opened_on for one in alerts(household) if one.closed_on is None])
    assert len(found[0]) == len(found[1])
    # What was known of their work before they left counts, unless they have vanished: then it says not where they are.
    if said is OUT:
        bad = work in (IDLE, TOO_MUCH)
        assert found == [[max(FOUND, of_work)] if bad else []] * 2
    elif said is GONE:
        well = work in (DECENT, Placement(PlacementState.STUDYING))
        assert bool(found[0]) is not (well and days >= 0)


def test_who_was_known_to_work_too_much_while_in_school_is_looked_after_once_they_leave() -> None:
    who = child(YOUNG)
    at_work = visit(FOUND, (who, TOO_MUCH), (who, IN))
    left = visit(LATER, (who, OUT))
    (alert,) = alerts(family(who, visits=(at_work, left)))
    assert (alert.opened_on, alert.closed_on, alert.visit_id) == (LATER, None, left[0].id)
    better = visit(LATER - timedelta(days=9), (who, DECENT))
    assert alerts(family(who, visits=(at_work, better, left))) == ()


@pytest.mark.parametrize("of_the_visit", [(IDLE, IN), (IN, IDLE)])
def test_who_is_found_in_school_without_work_is_not_out_of_it_whichever_stands_first(
    of_the_visit: tuple[Details, Details],
) -> None:
    """They had left it, and were at work meanwhile."""
    who = child(YOUNG)
    visits = [visit(FOUND, (who, NEITHER)), visit(LATER, (who, DECENT))]
    back, findings = visit(LATER + timedelta(days=30), *((who, one) for one in of_the_visit))
    in_turn = tuple(
        msgspec.structs.replace(one, id=UUID(int=number)) for number, one in enumerate(findings, 1)
    )
    (alert,) = alerts(family(who, visits=(*visits, (back, in_turn))))
    assert (alert.closed_on, alert.closed_because) == (LATER, AlertClosed.IN_DECENT_WORK)


def test_under_15_and_from_18_no_word_of_work_raises_or_closes_anything() -> None:
    who = child(date(2012, 1, 1))
    at_intake = Observation(child().id, who.id, None, PAID, at(PAID), OUT)
    assert not alerts(family(who, visits=(visit(FOUND, (who, TOO_MUCH)),), more=(at_intake,)))
    who = child(date(2008, 3, 1))
    household = family(who, visits=(visit(FOUND, (who, NEITHER)), visit(date(2026, 3, 2), (who, DECENT))))
    assert alerts(household)[0].closed_because is AlertClosed.TURNED_18


def test_a_correction_of_the_work_opens_the_alert_again() -> None:
    who = child(YOUNG)
    found, at_work = visit(FOUND, (who, NEITHER)), visit(LATER, (who, DECENT))
    mended = corrected(at_work[1][0], TOO_MUCH, LATER + timedelta(days=3))
    (alert,) = alerts(family(who, visits=(found, at_work), more=(mended,)))
    assert alert.closed_on is None


def test_a_birth_year_alone_makes_no_one_15_before_its_end() -> None:
    who = child(date(2011, 1, 1), born_precision=BirthPrecision.YEAR)
    assert alerts(family(who, visits=(visit(FOUND, (who, OUT)),)))


def test_under_six_and_grown_up_no_one_is_out_of_school() -> None:
    for born in (date(2020, 3, 1), date(2008, 2, 1)):
        who = child(born)
        neither = Education(EducationState.NONE, instead=Instead.NEITHER)
        assert alerts(family(who, visits=(visit(FOUND, (who, neither)),))) == ()


@given(families(), DAYS, st.sampled_from([IN, OUT]))
@settings(max_examples=60, deadline=None)
def test_no_late_record_of_an_earlier_day_touches_an_alert(
    household: Household, day: date, details: Details
) -> None:
    seen = [
        one
        for one in household.observations
        if isinstance(one.details, Education) and one.details.state is not EducationState.UNKNOWN
    ]
    who = household.members[0]
    mine = [one for one in seen if one.member_id == who.id and one.supersedes is None]
    others = tuple(one for one in household.observations if one.supersedes is None)
    newest = max((one.happened_on for one in mine), default=date.min)
    known = msgspec.structs.replace(household, observations=others)
    last = max((one.recorded_at.date() for one in others), default=day)
    late = visit(day, (who, details), recorded_on=max(last, day) + timedelta(days=1))
    if day >= newest:
        return
    with_late = msgspec.structs.replace(
        known, visits=(*known.visits, late[0]), observations=(*known.observations, *late[1])
    )
    assert alerts(with_late, date(2029, 1, 1)) == alerts(known, date(2029, 1, 1))
