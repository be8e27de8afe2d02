"""What findings lead to besides silence: a risk, a plan of its own, checks every fortnight, an end of child labour."""

from datetime import date, timedelta
from uuid import uuid4

import msgspec
import pytest

from livelihood.followups.rules.alerts import AlertClosed, AlertKind
from livelihood.followups.rules.consequences import ConsequenceKind
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import (
    Anchor,
    AnchorKind,
)
from livelihood.followups.rules.state import FollowUp, Settled
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    LearntFrom,
    Whereabouts,
    WhereaboutsState,
    Work,
)
from tests.followups.families import (
    IN,
    OUT,
    SPOKE,
    child,
    family,
    grant,
    plan,
    visit,
)
from tests.followups.test_silence import AWAY_NOW, DAY, PAID, SAID, at_visit


def attended(present: int) -> Education:
    return Education(EducationState.FORMAL, days_present=present, days_open=20)


def test_attendance_under_the_bar_is_a_risk_until_it_is_better_or_worse() -> None:
    who, day = child(), date(2026, 3, 2)
    seldom = visit(day, (who, attended(15)))
    for later, because in (
        (attended(16), AlertClosed.ATTENDING),
        (OUT, AlertClosed.LEFT_SCHOOL),
        (attended(3), None),
        (IN, None),
    ):
        found = plan(family(who, visits=(seldom, visit(day + 7 * DAY, (who, later)))), day + 7 * DAY)
        (alert,) = [one for one in found.alerts if one.kind is AlertKind.AT_RISK]
        assert (alert.opened_on, alert.closed_because) == (day, because)


def test_being_back_in_school_begins_a_plan_of_its_own() -> None:
    who = child()
    made = (visit(date(2026, 3, 2), (who, OUT)), visit(date(2026, 3, 16), (who, IN)))
    found = plan(family(who, anchors=(grant(PAID),), visits=made), date(2026, 3, 16))
    (back,) = {one.anchor_id for one in found.follow_ups if one.anchor_kind is AnchorKind.SCHOOLING}
    assert min(one.due_on for one in found.follow_ups if one.anchor_id == back) == date(2026, 4, 16)


def high_risk(on: date, ended_on: date | None = None) -> Anchor:
    return Anchor(uuid4(), AnchorKind.HIGH_RISK, on, on, ended_on=ended_on)


def fortnights(found: Plan) -> list[FollowUp]:
    return [one for one in found.follow_ups if one.protocol == "high_risk"]


def test_high_risk_is_checked_every_fortnight_two_ahead_and_reviewed_after_26() -> None:
    who = child()
    household = family(who, anchors=(high_risk(PAID),))
    assert [one.slot for one in fortnights(plan(household, PAID))] == ["fortnight_1", "fortnight_2"]
    later = plan(household, PAID + timedelta(days=14))
    assert [one.due_on for one in fortnights(later)] == [PAID + timedelta(days=14 * n) for n in (1, 2, 3)]
    over = PAID + timedelta(days=14 * 26)
    assert len(fortnights(plan(household, over))) == 26
    reviews = [one for one in plan(household, over).consequences if one.kind is ConsequenceKind.RISK_REVIEW]
    assert [one.happened_on for one in reviews] == [over]
    assert plan(household, over - DAY).consequences == plan(household, over).consequences[:-1]
    ended = msgspec.structs.replace(household, anchors=(high_risk(PAID, PAID + timedelta(days=20)),))
    assert [one.slot for one in fortnights(plan(ended, over))] == ["fortnight_1"]


def test_a_home_check_is_answered_by_a_finding_of_school_or_by_being_seen() -> None:
    who, day = child(), PAID + timedelta(days=14)
    for details, present, answers in (
        (SAID, False, True),
        (AWAY_NOW, False, True),
        (Whereabouts(WhereaboutsState.AT_HOME), False, False),
        (Whereabouts(WhereaboutsState.AT_HOME), True, True),
        (None, True, True),
        (None, False, False),
    ):
        said = [(who, details)] if details else []
        made = at_visit(visit(day, *said), present=(who,) if present else ())
        found = plan(family(who, anchors=(high_risk(PAID),), visits=(made,)), day)
        assert (fortnights(found)[0].settled is Settled.DONE) is answers


@pytest.mark.parametrize(
    ("second", "between", "expected"),
    [(90, None, True), (89, None, False), (200, None, True), (201, None, False), (120, OUT, False)],
)
def test_remediated_are_those_twice_seen_out_of_labour_and_in_school(
    second: int, between: Details | None, expected: bool
) -> None:
    who, first = child(), date(2026, 2, 2)
    well = (who, SPOKE), (who, Work(economic_hours=0, chore_hours=2))
    made = [
        visit(first - 30 * DAY, (who, Work(economic_hours=20))),
        visit(first, *well),
        visit(first + second * DAY, *well),
    ]
    if between:
        made.append(visit(first + 60 * DAY, (who, between)))
    found = plan(family(who, visits=tuple(made)), first + second * DAY)
    assert [one.happened_on for one in found.consequences] == ([first + second * DAY] if expected else [])


@pytest.mark.parametrize("state", [EducationState.FORMAL, EducationState.VOCATIONAL])
@pytest.mark.parametrize(
    ("away", "between", "expected"),
    [(0, None, True), (19, None, True), (20, None, False), (25, None, False), (0, 19, True), (0, 20, False)],
)
def test_nobody_is_remediated_by_a_day_that_presumes_a_drop_out(
    state: EducationState, away: int, between: int | None, expected: bool
) -> None:
    """Nor over one between; hours of work are no answer to where whoever vanished from a class has gone."""
    who, first = child(date(2010, 1, 5)), date(2026, 2, 2)

    def learning(days_away: int) -> Education:
        return Education(state, days_away=days_away, gone_after=20, learnt_from=LearntFrom.TEACHER)

    well = (who, learning(away)), (who, Work(economic_hours=2))
    made = [
        visit(first - 30 * DAY, (who, Work(economic_hours=50))),
        visit(first, *well),
        visit(first + 100 * DAY, *well),
    ]
    if between is not None:
        made.append(visit(first + 60 * DAY, (who, learning(between))))
    seen = tuple(at_visit(one, present=(who,)) for one in made)
    found = plan(family(who, visits=seen), first + 100 * DAY).consequences
    told = [one.happened_on for one in found if one.kind is ConsequenceKind.REMEDIATED]
    assert told == ([first + 100 * DAY] if expected else [])
