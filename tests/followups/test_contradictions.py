"""What contradicts among the records of one day, as the rule sees it."""

from typing import Any
from uuid import UUID, uuid4

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
    LearntFrom,
    Whereabouts,
    WhereaboutsState,
    Work,
    standing,
)
from tests.followups.families import IN, NOT_LEARNT, OUT, child, visit
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
    away = Whereabouts(WhereaboutsState.AWAY_WITH_FAMILY)
    assert [topic.contradicts for topic in topics([said(one, gone), said(one, away)])] == [False]
    (unknown,) = topics([said(one, IN), said(one, NOT_LEARNT)])
    assert (unknown.differs, unknown.contradicts) == (True, False)


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
