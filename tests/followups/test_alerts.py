"""A child found out of school: one open alert, whatever the order in which records arrive."""

from datetime import date, timedelta

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
