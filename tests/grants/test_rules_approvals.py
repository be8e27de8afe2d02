from datetime import date
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from livelihood.accounts.permissions import Role
from livelihood.grants.rules.approvals import (
    Approver,
    Band,
    Decision,
    NoBand,
    approve,
    completed,
    require_may_decide,
    steps_for,
)
from livelihood.grants.rules.errors import AlreadyDecided, NoStepToComplete, PreparerMayNotApprove
from livelihood.grants.rules.money import Currency

USD = Currency.USD
CASEWORKER = frozenset({Role.CASEWORKER})
SENIOR = frozenset({Role.SUPERVISOR, Role.MANAGER})
THEN = date(2026, 1, 1)

BANDS = [
    Band(USD, 20_000, (CASEWORKER,), THEN),
    Band(USD, None, (CASEWORKER, SENIOR), THEN),
]


def person_id(number: int) -> UUID:
    return UUID(int=number)


people = st.builds(
    Approver,
    id=st.integers(1, 8).map(person_id),
    roles=st.frozensets(st.sampled_from([Role.CASEWORKER, Role.SUPERVISOR, Role.MANAGER, Role.FINANCE])),
)
steps_of = st.lists(st.sampled_from([CASEWORKER, SENIOR, frozenset({Role.MANAGER})]), min_size=1, max_size=3)


@pytest.mark.parametrize(
    ("minor", "steps"),
    [
        (1, (CASEWORKER,)),
        (20_000, (CASEWORKER,)),
        (20_001, (CASEWORKER, SENIOR)),
        (10**9, (CASEWORKER, SENIOR)),
    ],
)
def test_the_amount_decides_who_approves(minor: int, steps: tuple[frozenset[Role], ...]) -> None:
    assert steps_for(BANDS, minor, USD, THEN) == steps


def test_a_newer_version_replaces_the_older_one_whole_from_its_day() -> None:
    newer = Band(USD, None, (SENIOR,), date(2026, 7, 1))
    bands = [*BANDS, newer]
    assert steps_for(bands, 100, USD, date(2026, 6, 30)) == (CASEWORKER,)
    assert steps_for(bands, 100, USD, date(2026, 7, 1)) == (SENIOR,)


def test_a_gap_in_the_policy_is_no_permission() -> None:
    with pytest.raises(NoBand):
        steps_for(BANDS, 100, Currency.KHR, THEN)
    with pytest.raises(NoBand):
        steps_for(BANDS, 100, USD, date(2025, 12, 31))


def test_someone_with_two_roles_leaves_the_step_a_colleague_can_complete() -> None:
    both = Approver(UUID(int=1), CASEWORKER | SENIOR)
    colleague = Approver(UUID(int=2), CASEWORKER)
    steps = (CASEWORKER, SENIOR)
    assert not approve(steps, [], both)
    assert approve(steps, [both], colleague)
    assert completed(steps, [both, colleague]) == {0: colleague.id, 1: both.id}


def test_a_role_that_no_open_step_asks_for_is_refused() -> None:
    first, second = Approver(UUID(int=1), CASEWORKER), Approver(UUID(int=2), CASEWORKER)
    with pytest.raises(NoStepToComplete):
        approve((CASEWORKER, SENIOR), [first], second)
    with pytest.raises(NoStepToComplete):
        approve((CASEWORKER,), [], Approver(UUID(int=3), frozenset({Role.FINANCE})))


@given(steps=steps_of, approvers=st.lists(people, max_size=6, unique_by=lambda person: person.id))
def test_steps_are_completed_by_different_people_who_hold_the_role(
    steps: list[frozenset[Role]], approvers: list[Approver]
) -> None:
    done = completed(steps, approvers)
    roles = {person.id: person.roles for person in approvers}
    assert len(set(done.values())) == len(done)
    assert all(steps[number] & roles[person] for number, person in done.items())


@given(steps=steps_of, approvers=st.lists(people, max_size=4, unique_by=lambda person: person.id))
def test_the_order_of_approving_does_not_matter(
    steps: list[frozenset[Role]], approvers: list[Approver]
) -> None:
    assert len({len(completed(steps, order)) for order in permutations(approvers)}) == 1


@given(steps=steps_of, approvers=st.lists(people, max_size=6))
def test_one_person_never_counts_twice(steps: list[frozenset[Role]], approvers: list[Approver]) -> None:
    once = {person.id: person for person in reversed(approvers)}
    assert len(completed(steps, approvers)) <= len(once)


@given(
    steps=steps_of, approvers=st.lists(people, max_size=5, unique_by=lambda person: person.id), person=people
)
def test_an_approval_completes_exactly_one_step_or_is_refused(
    steps: list[frozenset[Role]], approvers: list[Approver], person: Approver
) -> None:
    assume(all(person.id != other.id for other in approvers))
    before = len(completed(steps, approvers))
    try:
        last = approve(steps, approvers, person)
    except NoStepToComplete:
        assert len(completed(steps, [*approvers, person])) == before
    else:
        after = len(completed(steps, [*approvers, person]))
        assert after == before + 1
        assert last == (after == len(steps))


@given(
    person=st.integers(1, 4).map(person_id),
    preparers=st.frozensets(st.integers(1, 4).map(person_id), min_size=1),
    decided=st.dictionaries(st.integers(1, 4).map(person_id), st.sampled_from(Decision)),
)
def test_preparers_and_those_who_decided_never_decide(
    person: UUID, preparers: frozenset[UUID], decided: dict[UUID, Decision]
) -> None:
    if person in preparers:
        with pytest.raises(PreparerMayNotApprove):
            require_may_decide(person, preparers, decided)
    elif person in decided:
        with pytest.raises(AlreadyDecided):
            require_may_decide(person, preparers, decided)
    else:
        require_may_decide(person, preparers, decided)
