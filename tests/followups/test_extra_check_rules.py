"""When an extra check is planned, and what answers it: of each finding out of school, and one at a time."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import Household, Member, Mode
from livelihood.followups.rules.protocols import in_protocol
from livelihood.followups.rules.state import FollowUp, Settled
from livelihood.observations.rules import Details, Education, EducationState, Instead, Work
from tests.followups.families import (
    CALENDAR,
    IN,
    NOT_LEARNT,
    OUT,
    SPOKE,
    child,
    family,
    grant,
    of,
    plan,
    visit,
)
from tests.followups.stories import PAID

DAY = timedelta(days=1)

FOUND = date(2026, 11, 25)


def extra_checks(household: Household, today: date) -> list[FollowUp]:
    return [one for one in plan(household, today).follow_ups if one.protocol == "extra_check"]


@pytest.mark.parametrize(
    ("after", "planned"),
    [
        # Before the check that stands can be answered, it is the next one.
        ((5,), [0]),
        ((12,), [0, 12]),
        # Answered by that very finding, or overdue, or lapsed.
        ((14, 14, 14), [0, 14]),
        ((14, 20, 27), [0, 14, 27]),
        ((60,), [0, 60]),
        ((200, 201), [0, 200]),
    ],
)
def test_who_is_found_out_of_school_again_is_looked_for_again_in_14_days(
    after: tuple[int, ...], planned: list[int]
) -> None:
    who = child()
    visits = tuple(visit(FOUND + number * DAY, (who, OUT)) for number in (0, *after))
    household = family(who, visits=visits)
    found = plan(household, FOUND + 300 * DAY)
    checks = extra_checks(household, FOUND + 300 * DAY)
    due = [CALENDAR.first_school_day(FOUND + (number + 14) * DAY) for number in planned]
    assert [one.due_on for one in checks] == due
    (alert,) = found.alerts
    assert {one.anchor_id for one in checks} == {alert.id}
    assert {in_protocol(one.slot) for one in checks} == {"day_14"}


TOO_MUCH = Work(economic_hours=50)


SAID: list[Details] = [OUT, OUT, IN, NOT_LEARNT]


def arriving(said: list[Details]) -> st.SearchStrategy[list[tuple[int, int, Details]]]:
    """Days of which the records speak, each another, how much later they arrive, and what they say."""
    record = st.tuples(st.integers(0, 90), st.integers(0, 40), st.sampled_from(said))
    return st.lists(
        record, min_size=2, max_size=7, unique_by=(lambda one: one[0], lambda one: one[0] + one[1])
    )


def as_they_arrive(who: Member, records: list[tuple[int, int, Details]]) -> Iterator[tuple[Household, Plan]]:
    made = [
        visit(FOUND + day * DAY, (who, said), recorded_on=FOUND + (day + late) * DAY)
        for day, late, said in records
    ]
    made.sort(key=lambda one: one[0].recorded_at)
    for count in range(1, len(made) + 1):
        household = family(who, visits=tuple(made[:count]))
        yield household, plan(household, made[count - 1][0].recorded_at.date())


def none_stands_beside_another(checks: list[FollowUp]) -> None:
    """Of those that nobody has answered, no two are open on one day."""
    waiting = sorted((one.opens_on, one.closes_on) for one in checks if one.settled is None)
    assert all(closes < opens for (_, closes), (opens, _) in pairwise(waiting))


@settings(max_examples=100, deadline=None)
@given(arriving(SAID))
def test_what_arrives_later_moves_no_extra_check_and_leaves_nobody_without_one(
    records: list[tuple[int, int, Details]],
) -> None:
    """As it arrives, whatever day each record speaks of. Only a new alert takes the place of a check that stands."""
    before: dict[UUID, tuple[date, ...]] = {}
    known: set[UUID] = set()
    for household, found in as_they_arrive(child(), records):
        mine = [one for one in found.follow_ups if one.protocol == "extra_check"]
        none_stands_beside_another(mine)
        checks = {one.id: (one.opens_on, one.due_on, one.closes_on) for one in mine}
        alerts = {one.id for one in found.alerts}
        gone = before.items() - checks.items()
        assert len(gone) <= len(alerts - known)
        assert not before.keys() & checks.keys() & dict(gone).keys(), "none is moved"
        before, known = checks, alerts
        if any(one.closed_on is None for one in found.alerts):
            out = [one.happened_on for one in household.observations if one.details == OUT]
            assert any(closes > max(out) for _, _, closes in checks.values())


@settings(max_examples=100, deadline=None)
@given(
    arriving(
        [*SAID, TOO_MUCH, Work(economic_hours=20), Education(EducationState.NONE, instead=Instead.NEITHER)]
    )
)
def test_a_young_person_has_one_extra_check_at_a_time_whatever_it_asks(
    records: list[tuple[int, int, Details]],
) -> None:
    for household, found in as_they_arrive(child(date(2010, 1, 1)), records):
        mine = [one for one in found.follow_ups if one.protocol == "extra_check"]
        none_stands_beside_another(mine)
        said = {one.happened_on: one.details for one in household.observations if one.details != NOT_LEARNT}
        if said and said[max(said)] == OUT and not any(isinstance(one, Work) for one in said.values()):
            assert any(one.closes_on > max(said) for one in mine)


def out_on(
    *said: tuple[int, Details], born: date = date(2010, 1, 1)
) -> tuple[Plan, list[tuple[str, int, Settled | None]]]:
    """The extra checks of somebody, of 16 unless said otherwise, each with the day from which it counts."""
    who = child(born)
    visits = tuple(visit(FOUND + number * DAY, (who, details)) for number, details in said)
    found = plan(family(who, visits=visits), FOUND + 100 * DAY)
    checks = [one for one in found.follow_ups if one.protocol == "extra_check"]
    days = {CALENDAR.first_school_day(FOUND + (number + 14) * DAY): number for number, _ in reversed(said)}
    return found, [(in_protocol(one.slot), days[one.due_on], one.settled) for one in checks]


def test_a_question_that_stands_is_asked_once_and_gives_way_to_an_alert() -> None:
    asked, looked_for = "instead_day_14", "day_14"
    # The question stands until it closes, whoever finds the same meanwhile; then it is asked again.
    _, checks = out_on((0, OUT), (5, OUT), (16, OUT), (27, OUT))
    assert checks == [(asked, 0, None), (asked, 27, None)]
    # Whoever learns it when it is overdue need not go for it once more.
    _, checks = out_on((0, OUT), (27, OUT), (42, Work(economic_hours=20)))
    assert checks == [(asked, 0, Settled.DONE_LATE), (asked, 27, Settled.DONE)]
    # What answers the question may raise the alert.
    _, checks = out_on((0, OUT), (8, TOO_MUCH))
    assert checks == [(asked, 0, Settled.DONE), (looked_for, 8, None)]
    # Or it is raised by what does not answer it, of a day before: there is one check then, and it is that of the alert.
    who = child(date(2010, 1, 1))
    late = visit(FOUND - 3 * DAY, (who, TOO_MUCH), recorded_on=FOUND + DAY)
    for visits in (
        (visit(FOUND, (who, OUT)), late),
        (visit(FOUND, (who, OUT), recorded_on=FOUND + 2 * DAY), late),
    ):
        found = plan(family(who, visits=visits), FOUND + 3 * DAY)
        (check,) = [one for one in found.follow_ups if one.protocol == "extra_check"]
        assert (check.slot, check.anchor_id) == (looked_for, found.alerts[0].id)
    # An alert of before they were 15 stays open though nobody has learnt what they do since: they are looked for again.
    found, checks = out_on((0, OUT), (14, OUT), (41, OUT), born=FOUND.replace(year=2011) + 10 * DAY)
    assert checks == [
        (looked_for, 0, Settled.DONE),
        (looked_for, 14, Settled.DONE_LATE),
        (looked_for, 41, None),
    ]
    assert len(found.alerts) == 1


@pytest.mark.parametrize("mode", [Mode.IN_PERSON, Mode.PHONE])
def test_whoever_sees_the_child_answers_the_extra_check_that_is_overdue(mode: Mode) -> None:
    """Also where another check holds the day; who was told of the child alone leaves it overdue."""
    who = child()
    seen_on = FOUND + 60 * DAY
    told, findings = visit(seen_on, (who, OUT), mode=mode)
    told = msgspec.structs.replace(told, present=frozenset({who.id}))
    household = family(
        who,
        anchors=(grant(seen_on - 31 * DAY),),
        visits=(visit(FOUND, (who, OUT)), (told, findings)),
    )
    found = plan(household, seen_on)
    assert of(found, "month_1", who).settled is Settled.DONE
    first, again = extra_checks(household, seen_on)
    assert first.settled is (Settled.DONE_LATE if mode is Mode.IN_PERSON else None)
    assert first.closes_on < seen_on < first.lapses_on
    assert again.opens_on > seen_on


@given(
    st.integers(0, 200),
    st.integers(0, 300),
    st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60), st.sampled_from([OUT, SPOKE])), max_size=4),
)
@settings(max_examples=150, deadline=None)
def test_a_finding_that_was_recorded_late_has_a_check_that_can_be_made(
    ago: int, delay: int, later: list[tuple[int, int, Any]]
) -> None:
    """Two weeks after the finding if it was known when the check opens, else after it became known; and what is recorded
    since moves nothing. While it stands, only the check of the next alert takes its place.
    """
    found = date(2026, 2, 12) + timedelta(days=ago)
    known = found + timedelta(days=delay)
    who = child()
    first = visit(found, (who, OUT), recorded_on=known)
    household = family(who, anchors=(grant(PAID),), visits=(first,))
    (check,) = extra_of(plan(household, known))
    nominal = found if delay <= 10 else known
    assert timedelta(days=14) <= check.due_on - nominal <= timedelta(days=20)
    assert check.reminds
    assert check.closes_on >= known + timedelta(days=11)
    since = [
        visit(
            known + timedelta(days=days - late), (who, said), recorded_on=known + DAY + timedelta(days=days)
        )
        for days, late, said in later
    ]
    after = plan(family(who, anchors=household.anchors, visits=(first, *since)), known + timedelta(days=600))
    days = [(one.opens_on, one.due_on, one.closes_on) for one in extra_of(after)]
    gave_way = any(found < one.opened_on < check.closes_on for one in after.alerts)
    assert gave_way or (check.opens_on, check.due_on, check.closes_on) in days


def extra_of(found: Any) -> list[FollowUp]:
    return [one for one in found.follow_ups if one.protocol == "extra_check"]
