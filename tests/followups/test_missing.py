"""Which children are looked for: said to be alone or nowhere known, or nobody met in several attempts."""

from datetime import date

import msgspec
import pytest

from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import Absence, Because, Leaving, Loss, Mode, Outcome
from livelihood.observations.rules import Education, Whereabouts, WhereaboutsState
from tests.followups.families import IN, OUT, SPOKE, child, family, grant, plan, visit
from tests.followups.test_silence import DAY, PAID, REGISTER, SAID

ALONE = Whereabouts(WhereaboutsState.AWAY_ALONE)


def missing(found: Plan) -> list[tuple[date, date | None]]:
    return [(one.opened_on, one.closed_on) for one in found.alerts if one.kind is AlertKind.MISSING_CHILD]


@pytest.mark.parametrize("state", [WhereaboutsState.AWAY_ALONE, WhereaboutsState.UNKNOWN])
def test_a_child_away_alone_or_nowhere_known_is_missing_until_confirmed(state: WhereaboutsState) -> None:
    who, day = child(), date(2026, 3, 2)
    gone = visit(day, (who, Whereabouts(state)))
    assert missing(plan(family(who, visits=(gone,)), day)) == [(day, None)]
    for said in (SAID, IN, OUT):
        word = visit(day + DAY, (who, said))
        assert missing(plan(family(who, visits=(gone, word)), day + DAY)) == [(day, None)]
    seen = visit(day + 2 * DAY, (who, SPOKE))
    assert missing(plan(family(who, visits=(gone, word, seen)), day + 2 * DAY)) == [(day, day + 2 * DAY)]
    late = visit(day - DAY, (who, SPOKE), recorded_on=day + DAY)
    assert missing(plan(family(who, visits=(gone, late)), day + DAY)) == [(day, None)]


@pytest.mark.parametrize("state", [WhereaboutsState.AWAY_ALONE, WhereaboutsState.UNKNOWN])
@pytest.mark.parametrize("outcome", [one for one in Outcome if one is not Outcome.MET])
def test_what_a_neighbour_says_at_a_closed_door_makes_a_child_missing_too(
    state: WhereaboutsState, outcome: Outcome
) -> None:
    who, brother, grown, day = child(), child(), child(date(1990, 1, 1)), date(2026, 3, 2)
    said = [(one, Whereabouts(state)) for one in (who, grown)]
    told = visit(day, *said, (brother, Whereabouts(WhereaboutsState.WITH_RELATIVES)), outcome=outcome)
    household = family(who, brother, grown, visits=(told,))
    (alert,) = plan(household, day).alerts
    assert (alert.member_id, alert.visit_id, alert.opened_on) == (who.id, told[0].id, day)
    seen = visit(day + DAY, (who, SPOKE))
    after = family(who, brother, grown, visits=(told, seen))
    assert missing(plan(after, day + DAY)) == [(day, day + DAY)]


def test_three_failed_days_in_a_row_make_every_followed_child_missing() -> None:
    who, adult, seen_at_school = child(), child(date(1990, 1, 1)), child()
    days = [date(2026, 3, 2), date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    tried = tuple(visit(day, outcome=Outcome.NOT_FOUND) for day in days)
    roll_call = visit(date(2026, 3, 10), (seen_at_school, REGISTER))
    household = family(who, adult, seen_at_school, anchors=(grant(PAID),), visits=tried)
    assert missing(plan(msgspec.structs.replace(household, visits=household.visits[:3]), days[2])) == []
    found = plan(household, days[3])
    assert {one.member_id for one in found.alerts} == {who.id, seen_at_school.id}
    assert {(one.opened_on, one.observation_id) for one in found.alerts} == {(days[3], None)}
    met = (roll_call[0], *household.visits)
    again = msgspec.structs.replace(household, visits=met, observations=roll_call[1])
    assert missing(plan(again, days[3])) == []


@pytest.mark.parametrize("went", [None, 0, 1, 2, 3])
def test_a_telephone_that_nobody_answers_makes_nobody_missing_until_somebody_went(went: int | None) -> None:
    """However often it rang; `went`: at which of the attempts somebody stood at the door."""
    who = child()
    days = [date(2026, 3, 2) + 7 * n * DAY for n in range(4)]
    tried = [
        visit(day, outcome=Outcome.NOT_FOUND, mode=Mode.IN_PERSON if n == went else Mode.PHONE)
        for n, day in enumerate(days)
    ]
    household = family(who, anchors=(grant(PAID),), visits=tuple(tried))
    found = plan(household, days[3])
    raised = None if went is None else days[max(went, 2)]
    assert missing(found) == ([(raised, None)] if raised else [])
    # Nothing is hidden by it: the check stays unmet, and the silence is told as of any child.
    assert [one.kind.value for one in plan(household, PAID + 120 * DAY).consequences] == [
        "reminder",
        "escalated_supervisor",
        "escalated_manager",
    ]


def test_a_call_that_reached_the_family_begins_the_count_anew_for_the_door_too() -> None:
    who = child()
    days = [date(2026, 3, 2) + 7 * n * DAY for n in range(4)]
    went = visit(days[0], outcome=Outcome.NOT_FOUND)
    spoke = visit(days[0] + DAY, mode=Mode.PHONE)
    calls = [visit(day, outcome=Outcome.NOT_FOUND, mode=Mode.PHONE) for day in days[1:]]
    household = family(who, anchors=(grant(PAID),), visits=(went, spoke, *calls))
    assert missing(plan(household, days[3])) == []


@pytest.mark.parametrize("because", [Because.MOVED, Because.CLOSED, Because.DIED])
def test_neither_a_loss_nor_a_move_nor_a_closed_case_finds_a_missing_child(because: Because) -> None:
    who, day = child(), date(2026, 3, 2)
    household = family(who, anchors=(grant(PAID),), visits=(visit(day, (who, ALONE)),))
    lost = msgspec.structs.replace(household, losses=(Loss(who.id, day + DAY),))
    assert missing(plan(lost, day + 30 * DAY)) == [(day, None)]
    left = msgspec.structs.replace(household, left=Leaving(day + DAY, because))
    closed_on = day + DAY if because is Because.DIED else None
    assert missing(plan(left, day + 30 * DAY)) == [(day, closed_on)]


@pytest.mark.parametrize("because", [Because.MOVED, Because.CLOSED, Because.DIED])
def test_a_leaving_that_is_recorded_later_unmakes_no_search(because: Because) -> None:
    """Whatever day it says: at the closed doors nobody knew of it."""
    who, days = child(), [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    tried = tuple(visit(day, outcome=Outcome.NOT_FOUND) for day in days)
    known = max(one.recorded_at for one, _ in tried)
    for recorded_at, expected in (
        (known + DAY, [(days[2], days[2] if because is Because.DIED else None)]),
        (known - DAY, []),
    ):
        left = Leaving(days[0] - DAY, because, recorded_at)
        for household in (
            family(who, anchors=(grant(PAID),), visits=tried, left=left),
            family(msgspec.structs.replace(who, left=left), anchors=(grant(PAID),), visits=tried),
        ):
            assert missing(plan(household, days[2])) == expected


@pytest.mark.parametrize(
    ("since", "until", "is_missing"),
    [
        (date(2026, 3, 1), date(2026, 6, 1), False),
        # One of the doors was closed before they left, or after they were to be back.
        (date(2026, 3, 3), date(2026, 6, 1), False),
        (date(2026, 3, 1), date(2026, 3, 16), False),
        (date(2026, 3, 17), date(2026, 6, 1), True),
        (date(2026, 1, 20), date(2026, 3, 2), True),
    ],
)
@pytest.mark.parametrize("begun", [False, True])
def test_a_closed_door_is_no_attempt_at_who_is_known_to_be_away_and_ends_no_search(
    since: date, until: date, *, is_missing: bool, begun: bool
) -> None:
    """Of the brother who stayed it is one. A search that had begun goes on, whatever is said since of a time away."""
    brother, who = child(), child(absences=(Absence(since, until),))
    days = [date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)]
    tried = tuple(visit(day, outcome=Outcome.NOT_FOUND) for day in days)
    household = family(who, brother, anchors=(grant(PAID),), visits=tried)
    if begun:
        at_home = msgspec.structs.replace(
            household, members=(msgspec.structs.replace(who, absences=()), brother)
        )
        searched = frozenset(one.id for one in plan(at_home, days[2]).alerts)
        household = msgspec.structs.replace(household, searched=searched)
    found = {one.member_id: one.opened_on for one in plan(household, days[2]).alerts}
    assert found == {brother.id: days[2]} | ({who.id: days[2]} if is_missing or begun else {})


NOWHERE, WITH_AN_AUNT = (
    Whereabouts(WhereaboutsState.UNKNOWN),
    Whereabouts(WhereaboutsState.WITH_RELATIVES),
)


@pytest.mark.parametrize(
    ("aunt_on", "gone_on", "opens"),
    [(9, 2, False), (9, 9, True), (9, 12, True)],
)
def test_a_late_word_that_a_child_was_gone_begins_no_search_once_it_is_known_where_they_are(
    aunt_on: int, gone_on: int, *, opens: bool
) -> None:
    who = child()
    aunt = visit(date(2026, 3, aunt_on), (who, WITH_AN_AUNT))
    gone_day = date(2026, 3, gone_on)
    gone = visit(gone_day, (who, NOWHERE), recorded_on=date(2026, 3, 20))
    today = date(2026, 3, 20)
    assert missing(plan(family(who, visits=(aunt, gone)), today)) == ([(gone_day, None)] if opens else [])
    # That it is said where they are ends none; nor is one that goes on forgotten.
    earlier = visit(date(2026, 3, 1), (who, ALONE))
    for visits in ((earlier, aunt, gone), (earlier, gone, aunt)):
        assert missing(plan(family(who, visits=visits), today)) == [(date(2026, 3, 1), None)]


@pytest.mark.parametrize(
    ("joined", "is_missing"), [(0, True), (1, False), (7, False), (14, False), (-30, True)]
)
def test_doors_that_were_closed_before_a_child_came_count_for_the_others_alone(
    joined: int, is_missing: bool
) -> None:
    first = date(2026, 3, 2)
    since = first + joined * DAY
    who, new = child(), child(joined_on=since, recorded_on=since)
    tried = [visit(first + days * DAY, outcome=Outcome.NOT_FOUND) for days in (0, 7, 14)]
    household = family(who, new, anchors=(grant(PAID),), visits=tuple(tried))
    found = {one.member_id for one in plan(household, first + 14 * DAY).alerts}
    assert found == ({who.id, new.id} if is_missing else {who.id})
    # Three of their own, like anybody's.
    tried += [visit(first + days * DAY, outcome=Outcome.NOT_FOUND) for days in (21, 28, 35)]
    household = msgspec.structs.replace(household, visits=tuple(one for one, _ in tried))
    assert {one.member_id for one in plan(household, first + 35 * DAY).alerts} == {who.id, new.id}


@pytest.mark.parametrize("found", [(SAID, Mode.IN_PERSON), (REGISTER, Mode.REGISTER)])
@pytest.mark.parametrize("earlier", [0, 7])
def test_of_the_day_on_which_somebody_was_met_or_found_no_closed_door_counts(
    found: tuple[Education, Mode], earlier: int
) -> None:
    who, day = child(), date(2026, 3, 2)
    said, mode = found
    tried = [visit(day + days * DAY, outcome=Outcome.NOT_FOUND) for days in (-earlier, 0, 7, 14)]
    household = family(who, anchors=(grant(PAID),), visits=(visit(day, (who, said), mode=mode), *tried))
    met_nobody = msgspec.structs.replace(household, visits=tuple(one for one, _ in tried))
    assert missing(plan(met_nobody, day + 14 * DAY)) != []
    assert missing(plan(household, day + 14 * DAY)) == []


def test_a_register_of_the_day_of_the_last_closed_door_ends_no_search_and_one_of_the_next_day_does() -> None:
    who, day = child(), date(2026, 3, 16)
    doors = [visit(day - days * DAY, outcome=Outcome.NOT_FOUND) for days in (14, 7, 0)]
    there = msgspec.structs.replace(REGISTER, days_present=20, days_open=20, days_away=0)
    for after, closed_on in ((0, None), (1, day + DAY)):
        roll = visit(day + after * DAY, (who, there), recorded_on=day + DAY, mode=Mode.REGISTER)
        household = family(who, anchors=(grant(PAID),), visits=(*doors, roll))
        assert missing(plan(household, day + DAY)) == [(day, closed_on)]


def test_who_is_said_to_be_gone_on_their_18th_birthday_is_a_child_no_more() -> None:
    birthday = date(2026, 3, 2)
    for day, expected in ((birthday - DAY, [(birthday - DAY, None)]), (birthday, [])):
        who = child(date(2008, 3, 2))
        assert missing(plan(family(who, visits=(visit(day, (who, ALONE)),)), day)) == expected


@pytest.mark.parametrize("seen_first", [False, True])
def test_gone_by_one_and_seen_by_another_on_one_day_is_missing_whichever_came_first(
    *, seen_first: bool
) -> None:
    who, day = child(), date(2026, 3, 2)
    gone = visit(day, (who, ALONE), outcome=Outcome.NOT_FOUND, recorded_on=day + seen_first * DAY)
    there = visit(day, (who, SPOKE), recorded_on=day + (not seen_first) * DAY)
    assert missing(plan(family(who, visits=(gone, there)), day + DAY)) == [(day, None)]
