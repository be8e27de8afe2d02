"""Days away from school without excuse: at risk after some in a row or in a month, presumed to have dropped out after more."""

from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from livelihood.errors import FieldError
from livelihood.followups.rules.ages import age_on
from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind, Reason
from livelihood.followups.rules.facts import AnchorKind, Visit
from livelihood.followups.rules.numbers import SHIPPED_NUMBERS, NumberKey, Numbers, PolicyNumber
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    Hazard,
    LearntFrom,
    Observation,
    Placement,
    PlacementState,
    Work,
    finding_faults,
    in_education,
)
from tests.followups.families import NOT_LEARNT, NUMBERS, OUT, child, family, grant, plan, visit

PAID = date(2026, 1, 12)
FOUND = date(2026, 2, 12)
KINDS = (AlertKind.AT_RISK, AlertKind.OUT_OF_SCHOOL)


def away(days: int, state: EducationState = EducationState.FORMAL, **said: Any) -> Education:
    return Education(state, days_away=days, gone_after=20, learnt_from=LearntFrom.TEACHER, **said)


def month(present: int, opened: int) -> Education:
    return Education(EducationState.FORMAL, days_present=present, days_open=opened)


def never(opened: int, **said: Any) -> Education:
    """On the register, and there on none of the days."""
    return Education(EducationState.FORMAL, days_present=0, days_open=opened, gone_after=20, **said)


def alerts(*found: Details, numbers: Numbers = NUMBERS, born_on: date = date(2016, 5, 20)) -> list[Alert]:
    """Of one child, found so on days a week apart."""
    who = child(born_on)
    days = [FOUND + timedelta(days=7 * number) for number in range(len(found))]
    visits = tuple(visit(day, (who, said)) for day, said in zip(days, found, strict=True))
    household = family(who, anchors=(grant(PAID),), visits=visits)
    return [one for one in plan(household, days[-1], numbers=numbers).alerts if one.kind in KINDS]


def raised(*found: Details, **of: Any) -> list[tuple[str, str | None, str | None]]:
    return [(one.kind, one.reason, one.closed_because) for one in alerts(*found, **of)]


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (away(2), None),
        (away(3), Reason.DAYS_IN_A_ROW),
        (away(19), Reason.DAYS_IN_A_ROW),
        # At exactly 80 % of the days there is no other reason.
        (month(20, 25), Reason.DAYS_IN_A_MONTH),
        (month(21, 25), None),
        # More days than any month has are of no month.
        (month(56, 62), None),
        (month(2, 3), Reason.ATTENDANCE),
        (away(3, days_present=20, days_open=25), Reason.DAYS_IN_A_ROW),
    ],
)
def test_why_a_child_is_at_risk(found: Education, reason: Reason | None) -> None:
    assert raised(found) == ([(AlertKind.AT_RISK, reason, None)] if reason else [])


def test_the_numbers_are_those_of_the_day() -> None:
    for key, found in (
        (NumberKey.AT_RISK_DAYS_IN_A_ROW, away(4)),
        (NumberKey.AT_RISK_DAYS_IN_A_MONTH, month(25, 30)),
    ):
        for since, count in ((FOUND, 0), (FOUND + timedelta(days=1), 1)):
            numbers = Numbers([*SHIPPED_NUMBERS, PolicyNumber(key, since, 6, "The board")])
            assert len(raised(found, numbers=numbers)) == count


@pytest.mark.parametrize(
    ("later", "closed"),
    [
        ([away(0)], True),
        ([away(2)], True),
        ([away(5)], False),
        # One day missed of a month: no three in a row.
        ([month(24, 25)], True),
        ([month(21, 25)], False),
        ([Education(EducationState.FORMAL)], False),
        # Then the month is bad too, and days in a row alone say nothing of it.
        ([month(10, 25), away(0)], False),
        ([month(10, 25), away(0, days_present=25, days_open=25)], True),
    ],
)
def test_a_risk_ends_once_all_that_spoke_for_it_was_counted_anew(
    later: list[Education], closed: bool
) -> None:
    because = AlertClosed.ATTENDING if closed else None
    assert raised(away(4), *later) == [(AlertKind.AT_RISK, Reason.DAYS_IN_A_ROW, because)]


@pytest.mark.parametrize(
    ("later", "closed"),
    [
        ([month(21, 25)], True),
        ([month(20, 25)], False),
        # Who missed four days of a longer time missed no five of any month of it; five may have been of one month.
        ([month(60, 60), month(40, 40)], True),
        ([month(56, 60)], True),
        ([month(55, 60)], False),
        ([away(0)], False),
    ],
)
def test_days_missed_in_a_month_are_over_once_fewer_were_missed_however_long_it_was(
    later: list[Education], closed: bool
) -> None:
    because = AlertClosed.ATTENDING if closed else None
    assert raised(month(20, 25), *later) == [(AlertKind.AT_RISK, Reason.DAYS_IN_A_MONTH, because)]


@given(st.lists(st.builds(away, st.integers(0, 30)), min_size=1, max_size=8))
def test_so_long_away_is_out_of_school_until_found_there(found: list[Education]) -> None:
    open_now = {one.kind for one in alerts(*found) if one.closed_on is None}
    newest = found[-1].days_away or 0
    expected = {AlertKind.OUT_OF_SCHOOL} if newest >= 20 else {AlertKind.AT_RISK} if newest >= 3 else set()
    assert open_now == expected
    assert in_education(found[-1]) is (newest < 20)


@given(
    st.lists(
        st.one_of(
            st.sampled_from([OUT, month(15, 20), Education(EducationState.FORMAL)]),
            st.builds(never, st.integers(0, 31), days_away=st.sampled_from([None, 0, 3, 25])),
        ),
        min_size=1,
        max_size=6,
    )
)
@example([OUT, never(8)])
@example([OUT, never(8, days_away=0)])
@example([never(20)])
@example([never(8), OUT, never(8), never(8)])
def test_who_came_on_no_day_is_not_back_and_is_gone_after_enough_of_them(found: list[Education]) -> None:
    out, back = False, 0
    for said in found:
        if said.days_present == 0:
            opened = said.days_open or 0
            out = out or max(opened, (said.days_away or 0)) >= 20
        else:
            back += out and said is not OUT
            out = said is OUT
    who = child()
    days = [FOUND + timedelta(days=7 * number) for number in range(len(found))]
    visits = tuple(visit(day, (who, said)) for day, said in zip(days, found, strict=True))
    planned = plan(family(who, anchors=(grant(PAID),), visits=visits), days[-1])
    open_now = {one.kind for one in planned.alerts if one.closed_on is None}
    assert (AlertKind.OUT_OF_SCHOOL in open_now) is out
    assert len(open_now) <= 1
    plans = {one.anchor_id for one in planned.follow_ups if one.anchor_kind is AnchorKind.SCHOOLING}
    assert len(plans) == back


def test_who_is_back_and_then_comes_on_no_day_is_at_risk_and_who_was_never_back_is_not() -> None:
    left = (AlertKind.OUT_OF_SCHOOL, None, None)
    assert raised(OUT, never(8)) == [left]
    assert raised(OUT, month(10, 25), never(8)) == [
        (*left[:2], AlertClosed.BACK_IN_SCHOOL),
        (AlertKind.AT_RISK, Reason.DAYS_IN_A_MONTH, None),
    ]


def test_a_late_word_that_a_child_had_left_before_takes_no_risk_away() -> None:
    """Whoever was on a register, and came on none of its days, was not known to be out of school then."""
    who, day = child(), FOUND + timedelta(days=7)
    visits = (
        visit(day, (who, never(8))),
        visit(FOUND, (who, OUT), recorded_on=day + timedelta(days=1)),
        visit(day, (who, never(8)), recorded_on=day + timedelta(days=2)),
    )
    found = plan(family(who, anchors=(grant(PAID),), visits=visits), day + timedelta(days=2)).alerts
    assert [(one.kind, one.closed_on) for one in found] == [(AlertKind.AT_RISK, None)]


IDLE, AT_WORK = Work(economic_hours=0), Work(economic_hours=20)
PLACED = Placement(PlacementState.WORKING_OTHER)
SIXTEEN = date(2009, 6, 1)


@given(
    st.dates(date(2008, 3, 1), date(2021, 1, 1)),
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from([None, IDLE, AT_WORK, PLACED])), min_size=1, max_size=8
    ),
)
@example(date(2009, 1, 1), [(20, None), (20, AT_WORK)])
def test_of_whoever_is_so_long_away_an_alert_is_open_until_found_at_school_or_grown(
    born_on: date, found: list[tuple[int, Details | None]]
) -> None:
    """At every age that is followed; from 15 on only decent work that the day tells of speaks against it, or ends it."""
    who = child(born_on)
    days = [FOUND + timedelta(days=30 * number) for number in range(len(found))]
    gone = False
    visits: list[tuple[Visit, tuple[Observation, ...]]] = []
    for day, (count, work) in zip(days, found, strict=True):
        visits.append(visit(day, *((who, said) for said in (away(count), work) if said)))
        decent = age_on(who, day) >= 15 and work in {AT_WORK, PLACED}
        gone = count >= 20 and not decent and (gone or 6 <= age_on(who, day) < 18)
    planned = plan(family(who, anchors=(grant(PAID),), visits=tuple(visits)), days[-1])
    open_now = [one.kind for one in planned.alerts if one.closed_on is None]
    assert (AlertKind.OUT_OF_SCHOOL in open_now) is (gone and age_on(who, days[-1]) < 18)
    assert len(open_now) <= 1


def test_who_was_at_risk_at_16_and_is_presumed_gone_is_out_of_school() -> None:
    assert raised(away(10), away(25), born_on=SIXTEEN) == [
        (AlertKind.AT_RISK, Reason.DAYS_IN_A_ROW, AlertClosed.LEFT_SCHOOL),
        (AlertKind.OUT_OF_SCHOOL, Reason.PRESUMED_GONE, None),
    ]


@pytest.mark.parametrize(
    ("besides", "alarming"),
    [
        (None, True),
        (IDLE, True),
        (AT_WORK, False),
        # Work is said of, and nobody knows whether it is decent, or whether it is any.
        (Work(economic_hours=50), True),
        (Work(economic_hours=20, hazards=(Hazard.KILNS,)), True),
        (Work(chore_hours=5), True),
        (PLACED, False),
        (Placement(PlacementState.STUDYING), False),
        (Placement(PlacementState.UNKNOWN), True),
        (Placement(PlacementState.NOT_WORKING), True),
        (Education(EducationState.VOCATIONAL), False),
        (away(25, state=EducationState.VOCATIONAL), True),
    ],
)
@pytest.mark.parametrize("state", [EducationState.FORMAL, EducationState.VOCATIONAL])
def test_from_15_a_presumed_drop_out_alarms_unless_the_day_tells_of_decent_work_or_training(
    state: EducationState, besides: Details | None, alarming: bool
) -> None:
    who = child(SIXTEEN)
    said = [one for one in (away(25, state=state), besides) if one]
    found = plan(family(who, visits=(visit(FOUND, *((who, one) for one in said)),)), FOUND).alerts
    assert [one.kind for one in found] == ([AlertKind.OUT_OF_SCHOOL] if alarming else [])


@given(
    st.none() | st.sampled_from([away(4), month(10, 25), OUT]),
    st.lists(
        st.sampled_from(
            [
                never(8),
                never(22),
                away(4),
                away(25),
                month(10, 25),
                OUT,
                NOT_LEARNT,
                away(0),
                away(0, days_present=25, days_open=25),
            ]
        ),
        min_size=2,
        max_size=3,
    ),
)
def test_of_one_day_no_order_of_arrival_decides_who_is_looked_after(
    earlier: Education | None, said: list[Education]
) -> None:
    """Whether the child was at risk before or not: seldom there, and not there at all, are two words to look at."""
    who, day = child(), FOUND + timedelta(days=30)
    open_now: list[set[AlertKind]] = []
    for order in permutations(said):
        visits = [visit(FOUND, (who, earlier))] if earlier else []
        visits += [
            visit(day, (who, one), recorded_on=day + timedelta(days=number))
            for number, one in enumerate(order)
        ]
        found = plan(family(who, anchors=(grant(PAID),), visits=tuple(visits)), day + timedelta(days=5))
        open_now.append({one.kind for one in found.alerts if one.closed_on is None})
    assert all(one == open_now[0] for one in open_now), open_now


def test_a_presumed_drop_out_is_checked_again_and_returns_to_a_plan() -> None:
    who = child()
    back = FOUND + timedelta(days=20)
    visits = (visit(FOUND, (who, away(25))), visit(back, (who, away(0))))
    found = plan(family(who, anchors=(grant(PAID),), visits=visits), back)
    (alert,) = found.alerts
    assert (alert.kind, alert.reason, alert.closed_because) == (
        AlertKind.OUT_OF_SCHOOL,
        Reason.PRESUMED_GONE,
        AlertClosed.BACK_IN_SCHOOL,
    )
    (extra,) = [one for one in found.follow_ups if one.anchor_id == alert.id]
    assert extra.due_on == FOUND + timedelta(days=14)
    assert any(one.anchor_kind is AnchorKind.SCHOOLING for one in found.follow_ups)


# The school year 2026/27 of these tests begins on 1 November.
BEGINS = date(2026, 11, 1)


@pytest.mark.parametrize(
    ("seen", "found", "reason"),
    [
        (date(2026, 8, 20), BEGINS + timedelta(days=29), Reason.NOT_YET_RE_ENROLLED),
        (date(2026, 8, 20), BEGINS + timedelta(days=30), Reason.NOT_RE_ENROLLED),
        (BEGINS, BEGINS + timedelta(days=30), None),
        (None, BEGINS + timedelta(days=30), None),
        (date(2026, 6, 1), date(2026, 8, 20), None),
    ],
)
def test_who_does_not_come_back_after_the_vacation(
    seen: date | None, found: date, reason: Reason | None
) -> None:
    who = child()
    visits = [visit(seen, (who, Education(EducationState.FORMAL)))] if seen else []
    visits.append(visit(found, (who, Education(EducationState.NONE, learnt_from=LearntFrom.REGISTER))))
    household = family(who, anchors=(grant(PAID),), visits=tuple(visits))
    (alert,) = plan(household, found).alerts
    assert (alert.kind, alert.reason) == (AlertKind.OUT_OF_SCHOOL, reason)
    earlier = Numbers(
        [*SHIPPED_NUMBERS, PolicyNumber(NumberKey.NOT_RE_ENROLLED_DAYS, date(2026, 10, 1), 10, "The board")]
    )
    (alert,) = plan(household, found, numbers=earlier).alerts
    assert alert.reason is (reason and Reason.NOT_RE_ENROLLED)


def test_whom_nobody_looked_for_at_the_beginning_of_the_year_is_unknown_and_nothing_else() -> None:
    """Thirty days into the year nothing is presumed: the silence goes on, and is told."""
    who = child()
    seen = visit(date(2026, 8, 20), (who, Education(EducationState.FORMAL, learnt_from=LearntFrom.REGISTER)))
    household = family(who, anchors=(grant(date(2026, 6, 1)),), visits=(seen,))
    found = plan(household, BEGINS + timedelta(days=40))
    assert found.alerts == ()
    (followed,) = found.followed
    (check,) = [one for one in found.follow_ups if one.slot == "re_enrolment_2026/27"]
    assert followed.unconfirmed_since == check.closes_on
    assert check.settled is None
    assert {one.kind.value for one in found.consequences} >= {"reminder"}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (
            Education(EducationState.NONE, days_away=4, learnt_from=LearntFrom.TEACHER),
            "a child who is in school",
        ),
        (Education(EducationState.FORMAL, days_away=4), "a register or a teacher"),
        (
            Education(EducationState.FORMAL, days_away=4, learnt_from=LearntFrom.CHILD),
            "a register or a teacher",
        ),
        (Education(EducationState.FORMAL, days_away=4, learnt_from=LearntFrom.REGISTER), None),
        (away(15, days_present=18, days_open=20), "leave 2 days away, and 15 in a row are more"),
        (away(1, days_present=20, days_open=20), "leave 0 days away"),
        (away(2, days_present=18, days_open=20), None),
        (away(40, days_present=0, days_open=20), None),
    ],
)
def test_who_tells_of_days_in_a_row(said: Education, words: str | None) -> None:
    faults: list[FieldError] = finding_faults(
        said, date(2015, 1, 1), happened_on=FOUND, path="findings.0", names_member=True
    )
    assert [(one.field, words in str(one.message)) for one in faults if words] == (
        [("findings.0.details.days_away", True)] if words else []
    )
    assert bool(faults) is bool(words)


@pytest.mark.parametrize("state", [EducationState.NONE, EducationState.UNKNOWN])
def test_who_is_not_known_to_be_in_school_has_no_days_there(state: EducationState) -> None:
    said = Education(state, grade=4, days_present=15, days_open=20, learnt_from=LearntFrom.REGISTER)
    faults = finding_faults(said, date(2015, 1, 1), happened_on=FOUND, path="", names_member=True)
    assert [one.field for one in faults] == ["details.days_present", "details.days_open"]
    assert not finding_faults(
        Education(state, grade=4), date(2015, 1, 1), happened_on=FOUND, path="", names_member=True
    )


@pytest.mark.parametrize(
    ("present", "opened", "fault"),
    [
        (31, 31, None),
        (32, 32, "days_open"),
        (300, 300, "days_open"),
        (20, 32, "days_open"),
        (31, None, None),
        (32, None, "days_present"),
    ],
)
def test_the_last_month_has_no_more_days_than_a_month(
    present: int, opened: int | None, fault: str | None
) -> None:
    said = Education(EducationState.FORMAL, days_present=present, days_open=opened)
    faults = finding_faults(said, date(2015, 1, 1), happened_on=FOUND, path="", names_member=True)
    assert [one.field for one in faults] == ([f"details.{fault}"] if fault else [])
    assert all("more than a month has (31)" in str(one.message) for one in faults)


@pytest.mark.parametrize(
    ("work", "chores", "refused"), [(100, 68, False), (100, 69, True), (168, 168, True), (168, None, False)]
)
def test_a_week_holds_no_more_hours_than_it_has(work: int, chores: int | None, *, refused: bool) -> None:
    faults = finding_faults(
        Work(work, chores), date(2015, 1, 1), happened_on=FOUND, path="", names_member=True
    )
    assert [one.field for one in faults] == (["details.chore_hours"] if refused else [])
    assert all("together more than a week has (168)" in str(one.message) for one in faults)
