"""How long nobody has confirmed a child, and whom it is told."""

from datetime import date, timedelta
from uuid import uuid4

import msgspec
import pytest

from livelihood.followups.rules.consequences import ConsequenceKind, Level
from livelihood.followups.rules.desired import Plan, desired
from livelihood.followups.rules.facts import (
    Absence,
    Because,
    Household,
    Loss,
    Member,
    Mode,
    Visit,
)
from livelihood.followups.rules.protocols import SHIPPED, Protocol, Slot
from livelihood.followups.rules.state import Settled
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    LearntFrom,
    Observation,
    Placement,
    PlacementState,
    Whereabouts,
    WhereaboutsState,
)
from tests.followups.families import (
    CALENDAR,
    IN,
    NUMBERS,
    OUT,
    SPOKE,
    at,
    child,
    family,
    grant,
    local_day,
    of,
    plan,
    visit,
)

PAID = date(2026, 1, 12)
DAY = timedelta(days=1)
SAID = Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER)
REGISTER = Education(EducationState.FORMAL, learnt_from=LearntFrom.REGISTER)
# They have the child on their books, and had not seen them on that day.
AWAY_NOW = msgspec.structs.replace(REGISTER, days_away=1, gone_after=20)
NEVER_CAME = msgspec.structs.replace(REGISTER, days_present=0, days_open=20)
SPOKE_OUT = Education(EducationState.NONE, learnt_from=LearntFrom.CHILD)
NOT_ON_IT = Education(EducationState.NONE, learnt_from=LearntFrom.REGISTER)
NOT_IN_CLASS = Education(EducationState.NONE, learnt_from=LearntFrom.TEACHER)
Made = tuple[Visit, tuple[Observation, ...]]


def at_visit(made: Made, *, mode: Mode = Mode.IN_PERSON, present: tuple[Member, ...] = ()) -> Made:
    there = frozenset(member.id for member in present)
    return msgspec.structs.replace(made[0], mode=mode, present=there), made[1]


def lived(household: Household, until: date, since: date = PAID) -> tuple[Plan, Household]:
    """Day by day, what was told given back as a fact, as the workers do."""
    found, day = plan(household, since), since
    while day <= until:
        found = plan(household, day)
        household = msgspec.structs.replace(household, happened=found.consequences)
        day += DAY
    return found, household


def told(found: Plan, who: Member) -> list[tuple[ConsequenceKind, date]]:
    return [(one.kind, one.happened_on) for one in found.consequences if one.member_id == who.id]


@pytest.mark.parametrize(
    ("details", "mode", "present", "is_confirmed"),
    [
        (IN, Mode.IN_PERSON, False, False),
        (IN, Mode.IN_PERSON, True, True),
        (OUT, Mode.IN_PERSON, False, False),
        (OUT, Mode.IN_PERSON, True, True),
        (SPOKE, Mode.IN_PERSON, False, True),
        (SPOKE_OUT, Mode.IN_PERSON, False, True),
        (SPOKE, Mode.PHONE, False, False),
        (REGISTER, Mode.IN_PERSON, False, True),
        (REGISTER, Mode.REGISTER, False, True),
        (NOT_ON_IT, Mode.REGISTER, False, False),
        (NOT_IN_CLASS, Mode.IN_PERSON, False, False),
        (NOT_IN_CLASS, Mode.IN_PERSON, True, True),
        (SAID, Mode.IN_PERSON, False, False),
        (SAID, Mode.IN_PERSON, True, True),
        (IN, Mode.PHONE, False, False),
        (REGISTER, Mode.PHONE, False, False),
        (Whereabouts(WhereaboutsState.AT_HOME), Mode.IN_PERSON, True, True),
        (Whereabouts(WhereaboutsState.AT_HOME), Mode.IN_PERSON, False, False),
        (Whereabouts(WhereaboutsState.WITH_RELATIVES), Mode.IN_PERSON, True, True),
        (AWAY_NOW, Mode.REGISTER, False, False),
        (AWAY_NOW, Mode.IN_PERSON, True, True),
        (NEVER_CAME, Mode.REGISTER, False, False),
        (msgspec.structs.replace(NEVER_CAME, learnt_from=LearntFrom.TEACHER), Mode.IN_PERSON, False, False),
        (msgspec.structs.replace(NEVER_CAME, days_present=1), Mode.REGISTER, False, True),
        (msgspec.structs.replace(AWAY_NOW, days_away=0), Mode.REGISTER, False, True),
        (None, Mode.IN_PERSON, True, True),
        (None, Mode.IN_PERSON, False, False),
        (None, Mode.PHONE, True, False),
    ],
)
def test_who_was_seen_or_found_in_a_register_is_confirmed(
    details: Details | None, mode: Mode, present: bool, is_confirmed: bool
) -> None:
    who = child()
    said = [(who, details)] if details else []
    made = at_visit(visit(date(2026, 2, 12), *said), mode=mode, present=(who,) if present else ())
    (followed,) = plan(family(who, anchors=(grant(PAID),), visits=(made,)), date(2026, 2, 12)).followed
    assert (followed.confirmed_on is not None) is is_confirmed


def test_silence_begins_when_the_first_check_closes_unanswered_and_is_told_step_by_step() -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),))
    since = of(plan(household, PAID), "month_1", who).closes_on
    quiet, _ = lived(household, since)
    assert (quiet.followed[0].unconfirmed_since, quiet.consequences) == (None, ())
    assert quiet.next_change_on == since + DAY
    found, _ = lived(household, since + timedelta(days=200))
    assert told(found, who) == [
        (ConsequenceKind.REMINDER, since + DAY),
        (ConsequenceKind.ESCALATED_SUPERVISOR, since + timedelta(days=14)),
        (ConsequenceKind.ESCALATED_MANAGER, since + timedelta(days=30)),
    ]
    assert {one.since for one in found.consequences} == {since}
    assert (found.followed[0].unconfirmed_since, found.followed[0].level) == (since, Level.ESCALATED_MANAGER)


@pytest.mark.parametrize("details", [SAID, IN, SPOKE])
def test_a_word_of_others_after_the_close_answers_the_check_and_leaves_the_silence(details: Details) -> None:
    who = child()
    month_1 = of(plan(family(who, anchors=(grant(PAID),)), PAID), "month_1", who)
    late = month_1.closes_on + timedelta(days=5)
    found, _ = lived(family(who, anchors=(grant(PAID),), visits=(visit(late, (who, details)),)), late)
    assert of(found, "month_2", who).settled is Settled.DONE
    expected = None if details is SPOKE else month_1.closes_on
    assert found.followed[0].unconfirmed_since == expected


def test_each_is_told_once_though_a_late_record_moves_the_silence_and_anew_after_a_confirmation() -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),))
    first = plan(household, PAID)
    month_1, month_2, month_3 = (of(first, f"month_{number}", who) for number in (1, 2, 3))
    _, household = lived(household, month_2.closes_on + DAY)
    before = household.happened
    # A caregiver's word of a day within the window, recorded late: the silence counts from the next check on.
    word = visit(month_1.due_on, (who, SAID), recorded_on=month_2.closes_on + 2 * DAY)
    household = msgspec.structs.replace(household, visits=(word[0],), observations=word[1])
    found, household = lived(household, month_3.closes_on, month_2.closes_on + 2 * DAY)
    assert set(before) <= set(found.consequences)
    kinds = [kind for kind, _ in told(found, who)]
    assert len(kinds) == len(set(kinds))
    # Seen at last; the next silence is told from the beginning.
    seen = visit(month_3.closes_on + DAY, (who, SPOKE))
    household = msgspec.structs.replace(
        household,
        visits=(*household.visits, seen[0]),
        observations=(*household.observations, *seen[1]),
    )
    found, _ = lived(household, date(2026, 12, 1), month_3.closes_on + DAY)
    assert [kind for kind, _ in told(found, who)].count(ConsequenceKind.REMINDER) == 2


def test_a_late_record_of_a_day_before_the_last_confirmation_changes_nothing_told() -> None:
    who = child()
    seen = visit(date(2026, 2, 20), (who, SPOKE))
    household = family(who, anchors=(grant(PAID),), visits=(seen,))
    found, household = lived(household, date(2026, 6, 1))
    late = visit(date(2026, 1, 20), (who, SPOKE), recorded_on=date(2026, 6, 2))
    more = msgspec.structs.replace(
        household,
        visits=(*household.visits, late[0]),
        observations=(*household.observations, *late[1]),
    )
    assert found.consequences
    assert plan(more, date(2026, 6, 2)).consequences == found.consequences


def test_one_day_recorded_twice_makes_good_one_missed_check() -> None:
    who = child()
    late = date(2026, 6, 1)
    twice = (visit(late, (who, IN)), visit(late, (who, IN)))
    found = plan(family(who, anchors=(grant(PAID),), visits=twice), late)
    assert of(found, "month_3", who).settled is Settled.DONE_LATE
    assert of(found, "month_2", who).settled is None


def test_a_check_that_the_calendar_moved_keeps_the_visit_that_answered_it_before() -> None:
    who = child()
    household = family(who, anchors=(grant(date(2026, 2, 25)),))
    spring = of(plan(household, PAID), "month_1", who)
    shut = msgspec.structs.replace(
        CALENDAR,
        school_days=tuple(
            day for day in CALENDAR.school_days if not (spring.due_on <= day < date(2026, 4, 3))
        ),
    )
    made = visit(spring.opens_on, (who, IN))
    moved = of(plan(household, PAID, shut), "month_1", who)
    assert moved.opens_on > spring.opens_on
    answered = msgspec.structs.replace(household, visits=(made[0],), observations=made[1])
    assert of(plan(answered, date(2026, 4, 1), shut), "month_1", who).settled is Settled.DONE


def test_who_is_away_for_the_season_is_checked_on_the_return() -> None:
    who = child()
    there = family(who, anchors=(grant(PAID),))
    month_2 = of(plan(there, PAID), "month_2", who)
    back = month_2.due_on + timedelta(days=9)
    away = msgspec.structs.replace(who, absences=(Absence(month_2.due_on - DAY, back),))
    found = plan(msgspec.structs.replace(there, members=(away,)), PAID)
    moved = of(found, "month_2", away)
    assert (moved.opens_on, moved.due_on) == (back, CALENDAR.first_school_day(back))
    assert len(found.follow_ups) == len(plan(there, PAID).follow_ups)


def test_a_joiner_recorded_late_is_not_reminded_of_what_had_closed() -> None:
    who = child(joined_on=PAID, recorded_on=date(2026, 4, 1))
    found = plan(family(who, anchors=(grant(PAID),)), date(2026, 4, 1))
    assert [one.slot for one in found.follow_ups if one.member_id == who.id and not one.reminds] == [
        "month_1",
        "month_2",
    ]


def test_a_loss_cancels_what_remains_until_the_child_is_confirmed() -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),))
    lost_on = of(plan(household, PAID), "month_3", who).closes_on + DAY
    household = msgspec.structs.replace(household, losses=(Loss(who.id, lost_on),))
    found = plan(household, lost_on + 90 * DAY)
    assert of(found, "month_12", who).because is Because.LOST
    assert found.followed[0].lost_on == lost_on
    # Seen on the very day on which they were given up, whichever of the two was recorded first, they are not lost.
    for later, ended in ((-1, False), (0, True), (1, True), (100, True)):
        seen = visit(lost_on + later * DAY, (who, SPOKE))
        again = msgspec.structs.replace(household, visits=(seen[0],), observations=seen[1])
        after = plan(again, lost_on + 100 * DAY)
        assert (of(after, "month_12", who).settled is None) is ended
        assert after.followed[0].lost_on == (None if ended else lost_on)


@pytest.mark.parametrize("after", [-40, 0, 1, 13, 14, 15, 29, 30, 31])
def test_a_loss_ends_the_work_of_the_monitor_and_not_the_knowledge_of_the_manager(after: int) -> None:
    """Given up on any day of a silence, or before it began: who was told by then was told, and the manager is in any case."""
    who = child()
    household = family(who, anchors=(grant(PAID),))
    closed = of(plan(household, PAID), "month_1", who).closes_on
    lost_on = closed + after * DAY
    household = msgspec.structs.replace(household, losses=(Loss(who.id, lost_on),))
    told: dict[ConsequenceKind, date] = {}
    for number in range(-5, 120):
        today = closed + number * DAY
        found = plan(household, today)
        known = {one.id for one in household.happened}
        assert all(one.happened_on == today for one in found.consequences if one.id not in known)
        household = msgspec.structs.replace(household, happened=found.consequences)
        told = {one.kind: one.happened_on for one in found.consequences}
        if found.followed and found.followed[0].unconfirmed_since and told:
            assert found.followed[0].level == Level(max(told, key=lambda one: told[one]).value)
    on = {
        ConsequenceKind.REMINDER: closed + DAY,
        ConsequenceKind.ESCALATED_SUPERVISOR: closed + 14 * DAY,
        ConsequenceKind.ESCALATED_MANAGER: closed + 30 * DAY,
    }
    assert told == {
        kind: day for kind, day in on.items() if day <= lost_on or kind is ConsequenceKind.ESCALATED_MANAGER
    }


def test_from_15_decent_work_after_grade_9_answers_a_school_check() -> None:
    who = child(date(2010, 5, 1))
    grade_9 = visit(date(2025, 8, 1), (who, Education(EducationState.FORMAL, grade=9)))
    at_work = visit(date(2026, 2, 12), (who, Placement(PlacementState.EMPLOYED_RELEVANT)))
    for made, answered in (((grade_9, at_work), True), ((at_work,), False)):
        found = plan(family(who, anchors=(grant(PAID),), visits=made), date(2026, 2, 12))
        assert (of(found, "month_1", who).settled is Settled.DONE) is answered


def versions(effective: date, *slots: Slot) -> tuple[Protocol, ...]:
    first = next(one for one in SHIPPED if one.key == "school_retention")
    return (
        *SHIPPED,
        msgspec.structs.replace(first, version=2, effective_from=effective, slots=slots),
    )


def test_a_new_version_counts_for_what_opens_from_its_day_on_and_rewrites_nothing() -> None:
    who = child()
    household = family(who, anchors=(grant(PAID),))
    old = {one.slot: one for one in plan(household, PAID).follow_ups if one.member_id == who.id}
    slots = {one.key: one for one in SHIPPED[0].slots}
    effective = old["month_2"].opens_on + DAY
    new = versions(
        effective,
        msgspec.structs.replace(slots["month_2"], after=100),
        msgspec.structs.replace(slots["month_6"], after=10),
        Slot("month_4", slots["month_6"].purpose, slots["month_6"].per, 7, 14, months=4),
        Slot("day_3", slots["month_6"].purpose, slots["month_6"].per, 1, 14, days=3),
    )
    found = desired(household, new, CALENDAR, PAID, local_day, NUMBERS)
    mine = {one.slot: one for one in found.follow_ups if one.member_id == who.id}
    assert set(mine) == {"month_1", "month_2", "month_4", "month_6"}
    assert mine["month_2"].closes_on == old["month_2"].closes_on
    assert mine["month_6"].closes_on < old["month_6"].closes_on


def test_intake_is_no_visit_and_confirms_nobody() -> None:
    who = child()
    told_at_intake = Observation(uuid4(), who.id, None, PAID, at(PAID), IN)
    (followed,) = plan(family(who, anchors=(grant(PAID),), more=(told_at_intake,)), PAID).followed
    assert followed.confirmed_on is None
