"""The schedule as a function of the facts."""

from datetime import date, timedelta
from random import Random
from uuid import UUID, uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.followups.rules.ages import add_months, turns
from livelihood.followups.rules.alerts import AlertClosed
from livelihood.followups.rules.desired import desired
from livelihood.followups.rules.facts import (
    Absence,
    Anchor,
    AnchorKind,
    Because,
    Household,
    Leaving,
    Loss,
    Mode,
    Outcome,
)
from livelihood.followups.rules.protocols import SHIPPED, Purpose
from livelihood.followups.rules.state import Settled, State, state
from livelihood.households.rules import BirthPrecision
from livelihood.observations.rules import Details, Placement, PlacementState, Work
from tests.followups.families import (
    CALENDAR,
    DAYS,
    IN,
    NOT_LEARNT,
    NUMBERS,
    OPERATING,
    OUT,
    SPOKE,
    child,
    families,
    family,
    grant,
    ids,
    local_day,
    of,
    plan,
    visit,
)

PAID = date(2026, 1, 12)


@given(families(), DAYS, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_in_which_facts_are_told_does_not_matter(
    household: Household, today: date, random: Random
) -> None:
    def shuffled(things):
        return tuple(random.sample(things, len(things)))

    told_otherwise = msgspec.structs.replace(
        household,
        members=shuffled(household.members),
        anchors=shuffled(household.anchors),
        visits=shuffled(household.visits),
        observations=shuffled(household.observations),
    )
    again = desired(told_otherwise, shuffled(SHIPPED), CALENDAR, today, local_day, NUMBERS)
    assert again == plan(household, today)


@given(families(), DAYS)
@settings(max_examples=60, deadline=None)
def test_what_every_plan_keeps(household: Household, today: date) -> None:
    found = plan(household, today)
    assert len(ids(found)) == len(found.follow_ups)
    members = {member.id: member for member in household.members}
    for one in found.follow_ups:
        assert one.opens_on <= one.due_on <= one.closes_on < one.lapses_on
        assert (one.settled is None) == (one.settled_on is None)
        if one.planned_purpose is Purpose.SCHOOL:
            assert one.member_id is not None
            who = members[one.member_id]
            assert turns(who, 6) <= one.due_on < turns(who, 18)
            assert one.provisional or one.purpose is Purpose.HOME or CALENDAR.is_school_day(one.due_on)
            if one.purpose is Purpose.SCHOOL and not one.provisional:
                assert CALENDAR.count(one.opens_on, one.closes_on) >= 10
    open_alerts = [(alert.member_id, alert.kind) for alert in found.alerts if alert.closed_on is None]
    assert len(open_alerts) == len(set(open_alerts))
    assert len({alert.id for alert in found.alerts}) == len(found.alerts)


@given(families(), DAYS)
@settings(max_examples=40, deadline=None)
def test_between_the_days_of_change_nothing_changes(household: Household, today: date) -> None:
    found = plan(household, today)
    if found.next_change_on is None:
        assert plan(household, today + timedelta(days=3000)) == found
    else:
        assert plan(household, found.next_change_on - timedelta(days=1)) == found


@given(families(), DAYS)
@settings(max_examples=40, deadline=None)
def test_visits_never_move_a_plan(household: Household, today: date) -> None:
    """Offsets count from the anchor, never from the last entry."""
    unvisited = msgspec.structs.replace(household, visits=(), observations=())
    windows = {
        (one.id, one.opens_on, one.due_on, one.closes_on, one.lapses_on)
        for one in plan(unvisited, today).follow_ups
    }
    visited = {
        (one.id, one.opens_on, one.due_on, one.closes_on, one.lapses_on)
        for one in plan(household, today).follow_ups
        if one.anchor_id in {anchor.id for anchor in household.anchors}
    }
    assert visited == windows


@given(families(), DAYS, DAYS, st.integers(0, 400))
@settings(max_examples=60, deadline=None)
def test_what_arrives_later_never_rewrites_what_was_settled(
    household: Household, today: date, day: date, delay: int
) -> None:
    without = msgspec.structs.replace(
        household, observations=tuple(one for one in household.observations if one.supersedes is None)
    )
    last = max((one.recorded_at.date() for one in without.observations), default=date.min)
    arrived = max(last + timedelta(days=1) if last > date.min else day, day + timedelta(days=delay))
    new = visit(day, *((member, IN) for member in without.members), recorded_on=arrived)
    more = msgspec.structs.replace(
        without, visits=(*without.visits, new[0]), observations=(*without.observations, *new[1])
    )
    before = {one.id: one for one in plan(without, today).follow_ups}
    after = {one.id: one for one in plan(more, today).follow_ups}
    for identity, one in before.items():
        if one.settled in (Settled.DONE, Settled.DONE_LATE):
            assert after[identity] == one


def test_a_paid_grant_plans_every_child_and_the_business() -> None:
    schoolchild, adult, infant = child(), child(date(1990, 1, 1)), child(date(2024, 6, 1))
    found = plan(family(schoolchild, adult, infant, anchors=(grant(PAID),)), PAID)
    assert {one.member_id for one in found.follow_ups} == {schoolchild.id, None}
    school = [one.slot for one in found.follow_ups if one.member_id == schoolchild.id]
    assert [slot for slot in school if slot.startswith("month")] == [
        f"month_{month}" for month in (1, 2, 3, 6, 9, 12, 18, 24)
    ]
    day_14 = of(found, "day_14")
    assert (day_14.opens_on, day_14.due_on, day_14.closes_on) == (
        PAID + timedelta(days=10),
        PAID + timedelta(days=14),
        PAID + timedelta(days=21),
    )


def test_a_payment_taken_back_takes_its_plan_away() -> None:
    household = family(child(), anchors=(grant(PAID),))
    assert plan(household, PAID).follow_ups
    assert plan(msgspec.structs.replace(household, anchors=()), PAID).follow_ups == ()


def test_a_completed_course_traces_the_trainee_alone_and_grown_up_too() -> None:
    trainee, sibling = child(date(2006, 1, 1)), child()
    anchor = Anchor(child().id, AnchorKind.COURSE, PAID, PAID, trainee.id)
    found = plan(family(trainee, sibling, anchors=(anchor,)), PAID)
    assert [(one.member_id, one.slot) for one in found.follow_ups] == [
        (trainee.id, f"month_{month}") for month in (1, 3, 6, 12)
    ]
    assert all(one.settled is None for one in found.follow_ups)


def test_a_child_brought_back_to_school_has_a_plan_of_their_own() -> None:
    back, sibling = child(), child()
    anchor = Anchor(child().id, AnchorKind.SCHOOLING, PAID, PAID, back.id)
    assert {one.member_id for one in plan(family(back, sibling, anchors=(anchor,)), PAID).follow_ups} == {
        back.id
    }


def test_a_child_is_planned_from_the_day_they_are_six() -> None:
    turning = child(date(2020, 5, 20))
    first = plan(family(turning, anchors=(grant(PAID),)), PAID).follow_ups
    school = [one for one in first if one.member_id == turning.id]
    assert school[0].slot == "month_6"


def test_a_birth_year_alone_counts_until_the_end_of_that_year() -> None:
    unsure = child(date(2008, 1, 1), born_precision=BirthPrecision.YEAR)
    found = plan(family(unsure, anchors=(grant(PAID),)), PAID)
    assert [one.slot for one in found.follow_ups if one.member_id == unsure.id][-1] == "re_enrolment_2026/27"


def test_who_joins_later_is_planned_from_then() -> None:
    joiner = child(joined_on=date(2026, 5, 1))
    found = plan(family(joiner, anchors=(grant(PAID),)), date(2026, 5, 1))
    assert next(one.slot for one in found.follow_ups if one.member_id) == "month_6"


def test_what_had_closed_when_the_payment_was_entered_reminds_nobody() -> None:
    found = plan(family(child(), anchors=(grant(PAID, date(2026, 4, 1)),)), date(2026, 4, 1))
    quiet = [one.slot for one in found.follow_ups if not one.reminds]
    assert quiet == ["day_14", "month_1", "month_1", "month_2"]
    assert {state(one, date(2026, 4, 1)) for one in found.follow_ups if not one.reminds} == {State.MISSED}


def test_the_states_follow_the_days() -> None:
    one = of(plan(family(child(), anchors=(grant(PAID),)), PAID), "month_6")
    day = timedelta(days=1)
    assert state(one, one.opens_on - day) is State.UPCOMING
    assert state(one, one.opens_on) is State.DUE
    assert state(one, one.closes_on) is State.DUE
    assert state(one, one.closes_on + day) is State.OVERDUE
    assert state(one, one.lapses_on - day) is State.OVERDUE
    assert state(one, one.lapses_on) is State.MISSED


def test_the_last_check_stays_overdue_for_ninety_days() -> None:
    last = of(plan(family(child(), anchors=(grant(PAID),)), PAID), "month_24")
    assert last.lapses_on == last.closes_on + timedelta(days=90)


def test_one_visit_answers_every_window_that_holds_its_day() -> None:
    who = child()
    two_plans = (grant(PAID), grant(PAID + timedelta(days=5)))
    month_1 = of(plan(family(who, anchors=two_plans[:1]), PAID), "month_1")
    found = plan(family(who, anchors=two_plans, visits=(visit(month_1.due_on, (who, IN)),)), month_1.due_on)
    done = [one for one in found.follow_ups if one.settled is Settled.DONE]
    assert [one.slot for one in done] == ["month_1", "month_1"]


def test_an_unplanned_visit_answers_the_latest_unanswered_before_it() -> None:
    who = child()
    late = date(2026, 6, 1)
    found = plan(family(who, anchors=(grant(PAID),), visits=(visit(late, (who, IN)),)), late)
    assert of(found, "month_3", who).settled is Settled.DONE_LATE
    assert of(found, "month_3", who).settled_on == late
    assert state(of(found, "month_2", who), late) is State.MISSED


def test_what_is_found_of_a_child_who_was_there_makes_good_one_missed_check_and_not_two() -> None:
    """A check of the vacation at home, and one of the weeks after it at school."""
    who, day = child(), date(2026, 12, 10)
    planned = family(who, anchors=(grant(date(2026, 7, 10)),), visits=(visit(day, (who, SPOKE)),))
    found = plan(planned, day).follow_ups
    missed = [one for one in found if one.planned_purpose is Purpose.SCHOOL and one.closes_on < day]
    assert {one.purpose for one in missed} == {Purpose.SCHOOL, Purpose.HOME}
    assert [one.due_on for one in missed if one.settled] == [max(one.due_on for one in missed)]


@pytest.mark.parametrize("said", [NOT_LEARNT, Work(economic_hours=20)])
def test_that_a_child_was_there_answers_a_home_check_whatever_else_was_found(said: Details) -> None:
    """Of somebody of 16 their work answers another question."""
    who = child(date(2010, 1, 1))
    household = family(who, anchors=(grant(date(2026, 6, 10)),))
    check = of(plan(household, date(2026, 9, 10)), "month_3", who)
    assert check.purpose is Purpose.HOME
    one, found = visit(check.due_on, (who, said))
    for present, settled in ((frozenset[UUID](), None), (frozenset({who.id}), Settled.DONE)):
        met = msgspec.structs.replace(
            household, visits=(msgspec.structs.replace(one, present=present),), observations=found
        )
        assert of(plan(met, check.due_on), "month_3", who).settled is settled


def test_a_visit_made_in_time_and_recorded_late_is_accepted_and_says_so() -> None:
    who = child()
    month_1 = of(plan(family(who, anchors=(grant(PAID),)), PAID), "month_1")
    later = month_1.closes_on + timedelta(days=200)
    found = plan(
        family(who, anchors=(grant(PAID),), visits=(visit(month_1.due_on, (who, IN), recorded_on=later),)),
        later,
    )
    answered = of(found, "month_1")
    assert (answered.settled, answered.settled_on) == (Settled.DONE_LATE, month_1.due_on)


def test_a_visit_that_met_nobody_answers_nothing() -> None:
    who = child()
    month_1 = of(plan(family(who, anchors=(grant(PAID),)), PAID), "month_1")
    for outcome in set(Outcome) - {Outcome.MET}:
        made = visit(month_1.due_on, (who, IN), outcome=outcome)
        assert (
            of(plan(family(who, anchors=(grant(PAID),), visits=(made,)), month_1.due_on), "month_1").settled
            is None
        )
    not_seen = visit(month_1.due_on, (who, NOT_LEARNT))
    assert (
        of(plan(family(who, anchors=(grant(PAID),), visits=(not_seen,)), month_1.due_on), "month_1").settled
        is None
    )


def test_a_second_visit_does_not_replace_the_first() -> None:
    who = child()
    month_1 = of(plan(family(who, anchors=(grant(PAID),)), PAID), "month_1")
    first, second = visit(month_1.due_on, (who, IN)), visit(month_1.due_on + timedelta(days=2), (who, IN))
    found = of(
        plan(family(who, anchors=(grant(PAID),), visits=(second, first)), month_1.closes_on), "month_1"
    )
    assert found.settled_by == first[1][0].id


@pytest.mark.parametrize("there", [True, False, None])
def test_a_business_visit_answers_the_business_and_not_the_children(there: bool | None) -> None:
    """The check of the things bought is answered by a yes or a no, the others by how the business is."""
    who = child()
    days = [PAID + timedelta(days=14), PAID + timedelta(days=31)]
    said = msgspec.structs.replace(OPERATING, assets_seen=there)
    visits = (visit(days[0], (None, said)), visit(days[1], (None, OPERATING)))
    found = plan(family(who, anchors=(grant(PAID),), visits=visits), days[1])
    settled = [one.slot for one in found.follow_ups if one.settled]
    assert settled == (["month_1"] if there is None else ["day_14", "month_1"])


def test_leaving_cancels_what_remained_and_keeps_what_was_missed() -> None:
    who = child(left=Leaving(date(2026, 6, 1), Because.DIED))
    household = family(who, child(), anchors=(grant(PAID),))
    before = plan(household, date(2026, 5, 31))
    assert all(one.settled is None for one in before.follow_ups)
    assert before.next_change_on == date(2026, 6, 1)
    after = plan(household, date(2026, 6, 1))
    mine = [one for one in after.follow_ups if one.member_id == who.id]
    assert state(of(after, "month_1", who), date(2026, 6, 1)) is State.MISSED
    assert {one.because for one in mine if one.settled} == {Because.DIED}
    assert all(one.settled is None for one in after.follow_ups if one.member_id != who.id)


def test_turning_18_cancels_a_check_still_open() -> None:
    born = add_months(PAID, 1 - 18 * 12) + timedelta(days=3)
    who = child(born)
    month_1 = of(plan(family(who, anchors=(grant(PAID),)), PAID), "month_1")
    assert month_1.settled is None
    grown = of(plan(family(who, anchors=(grant(PAID),)), turns(who, 18)), "month_1")
    assert (grown.settled, grown.because) == (Settled.CANCELLED, Because.TURNED_18)


def test_a_closed_case_cancels_everything_and_its_alerts() -> None:
    who = child()
    found = visit(date(2026, 2, 12), (who, OUT))
    closed = family(
        who, anchors=(grant(PAID),), visits=(found,), left=Leaving(date(2026, 3, 1), Because.CLOSED)
    )
    after = plan(closed, date(2026, 3, 1))
    assert after.alerts[0].closed_because is AlertClosed.CLOSED
    open_ones = [one for one in after.follow_ups if one.settled is None]
    assert all(one.lapses_on <= date(2026, 3, 1) for one in open_ones)


@pytest.mark.parametrize("days", [-1, 0, 1, 200])
def test_a_plan_that_begins_after_a_loss_is_live_and_the_child_stays_lost(days: int) -> None:
    who, lost_on = child(), date(2026, 4, 1)
    first, second = grant(date(2026, 1, 12)), grant(lost_on + timedelta(days=days))
    household = msgspec.structs.replace(family(who, anchors=(first, second)), losses=(Loss(who.id, lost_on),))
    found = plan(household, max(second.on, lost_on))
    mine = [one for one in found.follow_ups if one.member_id and one.lapses_on > lost_on]
    lost = {one.anchor_id for one in mine if one.because is Because.LOST}
    live = {one.anchor_id for one in mine if one.settled is None}
    assert (lost, live) == (({first.id}, {second.id}) if days > 0 else ({first.id, second.id}, set()))
    (followed,) = found.followed
    assert followed.lost_on == lost_on
    met, said = visit(lost_on + timedelta(days=300), (who, SPOKE))
    seen = msgspec.structs.replace(household, visits=(met,), observations=said)
    (followed,) = plan(seen, met.happened_on).followed
    assert followed.lost_on is None


def test_who_is_found_out_again_after_a_loss_is_looked_for_by_the_new_check_alone() -> None:
    """The one of before the loss is of the same alert, and stays given up: a register answers the newest school check."""
    who, found_on, lost_on = child(), date(2027, 8, 27), date(2027, 11, 9)
    again_on = lost_on + timedelta(days=11)
    visits = (visit(found_on, (who, OUT)), visit(again_on, (who, OUT), mode=Mode.REGISTER))
    known = family(who, anchors=(grant(date(2026, 11, 1)),), visits=visits)
    household = msgspec.structs.replace(known, losses=(Loss(who.id, lost_on),))
    checks = [one for one in plan(household, again_on).follow_ups if one.protocol == "extra_check"]
    assert [(one.due_on < lost_on, one.because) for one in checks] == [(True, Because.LOST), (False, None)]


def test_who_was_given_up_while_away_is_not_looked_for_on_the_return() -> None:
    lost_on = date(2026, 6, 1)
    away = Absence(date(2026, 5, 20), date(2026, 7, 1), recorded_on=date(2026, 5, 20))
    who = child(absences=(away,))
    household = msgspec.structs.replace(family(who, anchors=(grant(PAID),)), losses=(Loss(who.id, lost_on),))
    checks = [one for one in plan(household, away.until).follow_ups if one.anchor_kind is AnchorKind.RETURN]
    assert {one.because for one in checks} == {Because.LOST}


@pytest.mark.parametrize("because", [Because.MOVED, Because.DIED, Because.CLOSED])
@pytest.mark.parametrize("whole_family", [False, True])
def test_what_became_of_a_trainee_is_asked_wherever_they_moved_to(
    because: Because, *, whole_family: bool
) -> None:
    """By telephone at the place of work, too. Of the dead, and of a family whose case is closed, nothing is."""
    course = date(2026, 1, 12)
    left = Leaving(date(2026, 3, 1), because)
    trainee = child(date(2005, 1, 1), left=None if whole_family else left)
    trained = Anchor(uuid4(), AnchorKind.COURSE, course, course, trainee.id)
    placed = Placement(PlacementState.EMPLOYED_RELEVANT)
    called = visit(date(2026, 4, 14), (trainee, placed), mode=Mode.PHONE)
    household = family(trainee, anchors=(trained,), visits=(called,), left=left if whole_family else None)
    found = plan(household, date(2026, 6, 1))
    after = {one.slot: one.settled for one in found.follow_ups if one.closes_on > left.on}
    if because is Because.MOVED and not whole_family:
        assert after == {"month_3": Settled.DONE, "month_6": None, "month_12": None}
    else:
        assert set(after.values()) == {Settled.CANCELLED}
