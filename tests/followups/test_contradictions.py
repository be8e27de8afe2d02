"""What contradicts among the records of one day, as the rule sees it."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.rules.reviews import Said, contradictions, topics
from livelihood.observations.rules import (
    GONE,
    Details,
    Education,
    EducationState,
    Hazard,
    LearntFrom,
    Observation,
    Placement,
    PlacementState,
    Whereabouts,
    WhereaboutsState,
    Work,
    standing,
)
from tests.followups.families import IN, NOT_LEARNT, OUT, at, child, family, plan, visit
from tests.followups.test_api import MONTH_1


def said(child: UUID, *details: Any) -> list[Said]:
    return [Said(uuid4(), child, one) for one in details]


def test_records_stand_side_by_side_and_what_contradicts_comes_first() -> None:
    one, other = uuid4(), uuid4()
    teacher = Education(EducationState.FORMAL, learnt_from=LearntFrom.TEACHER)
    found = topics([[*said(one, IN, Work(3)), *said(other, IN)], [*said(one, teacher), *said(other, OUT)]])
    assert [(topic.member_id, topic.differs, topic.contradicts) for topic in found] == [
        (other, True, True),
        (one, True, False),
        (one, False, False),
    ]
    assert [bool(answer) for answer in found[2].said] == [True, False]
    gone, home = Whereabouts(WhereaboutsState.AWAY_ALONE), Whereabouts(WhereaboutsState.AT_HOME)
    assert [topic.contradicts for topic in topics([said(one, gone), said(one, home)])] == [True]
    (unknown,) = topics([said(one, IN), said(one, NOT_LEARNT)])
    assert (unknown.differs, unknown.contradicts) == (True, False)


@pytest.mark.parametrize("state", WhereaboutsState)
@pytest.mark.parametrize("other", WhereaboutsState)
def test_two_records_of_one_day_that_have_a_child_in_two_places_go_to_review(
    state: WhereaboutsState, other: WhereaboutsState
) -> None:
    """An alarm stands until somebody has decided, whichever word came first."""
    who = child()
    in_one_place = (
        {WhereaboutsState.AT_HOME, WhereaboutsState.AT_SCHOOL},
        {WhereaboutsState.WITH_RELATIVES, WhereaboutsState.AT_SCHOOL},
        {WhereaboutsState.WITH_RELATIVES, WhereaboutsState.AWAY_WITH_FAMILY},
        GONE,
    )
    visits = [visit(MONTH_1, (who, Whereabouts(one))) for one in (state, other)]
    found = plan(family(who, visits=tuple(visits)), MONTH_1)
    (day,) = found.to_review
    apart = state is not other and {state, other} not in in_one_place
    assert (day.twice, day.contested) == (True, apart)
    assert [one.closed_on for one in found.alerts] == [None] * bool({state, other} & GONE)
    answers = [said(who.id, Whereabouts(one)) for one in (state, other)]
    assert [one.contradicts for one in topics(answers)] == [apart]


@pytest.mark.parametrize(
    ("one", "other", "contested"),
    [
        (Work(0), Work(40), True),
        (Work(0), Work(1), True),
        (Work(0), Work(None, hazards=(Hazard.KILNS,)), True),
        (Work(0), Work(None), False),
        (Work(40), Work(None), False),
        (Work(0, 0), Work(0, 30), False),
        (Work(4), Work(40), False),
        (Placement(PlacementState.NOT_WORKING), Placement(PlacementState.STUDYING), True),
        (Placement(PlacementState.NOT_WORKING), Placement(PlacementState.WORKING_OTHER), True),
        (Placement(PlacementState.NOT_WORKING), Placement(PlacementState.UNKNOWN), False),
        (Placement(PlacementState.NOT_WORKING), Placement(PlacementState.NOT_WORKING), False),
        (Placement(PlacementState.STUDYING), Placement(PlacementState.EMPLOYED_RELEVANT), False),
    ],
)
def test_no_work_at_all_and_some_contradict_each_other(
    one: Details, other: Details, *, contested: bool
) -> None:
    who = child()
    visits = tuple(visit(MONTH_1, (who, said)) for said in (one, other))
    assert [day.contested for day in plan(family(who, visits=visits), MONTH_1).to_review] == [contested]
    assert [topic.contradicts for topic in topics([said(who.id, one), said(who.id, other)])] == [contested]


def test_what_was_told_outside_of_a_visit_contradicts_one_of_the_day_as_well() -> None:
    who = child()
    gone = visit(MONTH_1, (who, Whereabouts(WhereaboutsState.AWAY_ALONE)), outcome=Outcome.NOT_FOUND)
    told = Observation(
        uuid4(), who.id, None, MONTH_1, at(MONTH_1), Whereabouts(WhereaboutsState.WITH_RELATIVES)
    )
    (day,) = plan(family(who, visits=(gone,), more=(told,)), MONTH_1).to_review
    assert (day.twice, day.contested) == (False, 1)


def test_who_calls_and_then_goes_there_made_two_visits_and_who_goes_twice_recorded_one_twice() -> None:
    who, monitor, colleague = child(), uuid4(), uuid4()

    def waits(*made: tuple[UUID, Mode]) -> list[bool]:
        visits = []
        for by, mode in made:
            one, found = visit(MONTH_1, (who, IN), mode=mode)
            visits.append((replace(one, recorded_by=by), found))
        return [one.twice for one in plan(family(who, visits=tuple(visits)), MONTH_1).to_review]

    called, went = (monitor, Mode.PHONE), (monitor, Mode.IN_PERSON)
    assert waits(called, went) == []
    assert waits(went, (monitor, Mode.REGISTER)) == []
    assert waits(went, went) == waits(called, called) == waits(called, went, went) == [True]
    assert waits(called, (colleague, Mode.IN_PERSON)) == [True]


SAYINGS: tuple[Details, ...] = (
    *(IN, OUT, NOT_LEARNT),
    *(Whereabouts(state) for state in WhereaboutsState),
    *(Education(EducationState.FORMAL, learnt_from=source) for source in LearntFrom),
)


@given(
    st.lists(
        st.tuples(
            st.lists(st.sampled_from(SAYINGS), max_size=2),
            st.sampled_from(Mode),
            st.sampled_from(Outcome),
            st.booleans(),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_by_no_record_that_has_them_gone_or_never_met_them_is_somebody_seen(
    made: list[tuple[list[Details], Mode, Outcome, bool]],
) -> None:
    who = child()
    gone: set[UUID] = set()
    there: set[UUID] = set()
    visits, findings = {}, []
    for sayings, mode, outcome, present in made:
        one, found = visit(MONTH_1, *((who, saying) for saying in sayings), outcome=outcome)
        visits[one.id] = replace(one, mode=mode, present=frozenset({who.id} if present else ()))
        findings += found
        if any(isinstance(saying, Whereabouts) and saying.state in GONE for saying in sayings):
            gone.add(one.id)
        if sayings or (present and (mode, outcome) == (Mode.IN_PERSON, Outcome.MET)):
            there.add(one.id)
    found = contradictions(standing(findings), visits)
    (_told, seen_by) = found.get((MONTH_1, who.id), ([], set()))
    assert seen_by <= there - gone
    assert gone or not seen_by
    for one in visits.values():
        if (
            one.id not in gone
            and who.id in one.present
            and (one.mode, one.outcome) == (Mode.IN_PERSON, Outcome.MET)
        ):
            assert not gone or one.id in seen_by
