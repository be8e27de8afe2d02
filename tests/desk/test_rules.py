from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from livelihood.desk.rules import Case, Step, next_step

CASES = st.builds(Case, **{one.name: st.booleans() for one in fields(Case)})


def test_nothing_open_calls_for_nothing():
    assert next_step(Case()) is None


def test_a_child_comes_before_money():
    assert next_step(Case(alert_to_answer=True, to_decide=True, to_pay=True)) is Step.ANSWER_ALERT
    assert next_step(Case(checks_waiting=True, to_pay=True)) is Step.RECORD_VISIT


@given(CASES)
def test_nobody_is_visited_or_helped_before_the_family_agrees(case: Case):
    if case.consent_missing:
        assert next_step(case) not in {Step.RECORD_VISIT, Step.PREPARE_GRANT}
