import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.errors import InvalidInput
from livelihood.grants.rules.money import LARGEST_MINOR, SPLIT_STEP, Currency, split
from livelihood.grants.rules.plan import Plan, plan

USD, KHR = Currency.USD, Currency.KHR


@pytest.mark.parametrize(
    ("total", "currency", "parts"),
    [
        (20_000, USD, [12_000, 8_000]),
        (12_345, USD, [7_407, 4_938]),
        (10_001, USD, [6_001, 4_000]),
        (3, USD, [2, 1]),
        (1, USD, [1]),
        (600_000, KHR, [360_000, 240_000]),
        (612_300, KHR, [367_400, 244_900]),
        (50, KHR, [50]),
    ],
)
def test_sixty_to_forty(total: int, currency: Currency, parts: list[int]) -> None:
    assert split(total, [60, 40], SPLIT_STEP[currency]) == parts


@given(
    total=st.integers(1, LARGEST_MINOR),
    shares=st.lists(st.integers(1, 100), min_size=1, max_size=6),
    step=st.sampled_from([1, 100]),
)
def test_a_split_loses_and_invents_nothing(total: int, shares: list[int], step: int) -> None:
    parts = split(total, shares, step)
    assert sum(parts) == total
    assert all(part > 0 for part in parts)
    assert len(parts) <= len(shares)
    assert all(part % step == 0 for part in parts[:-1])
    if len(parts) == len(shares):
        for part, share in zip(parts, shares, strict=True):
            assert abs(part * sum(shares) - total * share) <= step * sum(shares)


def test_a_plan_splits_what_the_lines_add_up_to() -> None:
    assert plan(USD, items=[11_050, 3_950], amount=None, tranches=[], shares=[60, 40]) == Plan(
        amount=15_000, items=(11_050, 3_950), tranches=(9_000, 6_000)
    )


def test_tranches_that_are_written_stay_as_written() -> None:
    assert plan(USD, items=[15_000], amount=15_000, tranches=[10_000, 5_000], shares=[60, 40]).tranches == (
        10_000,
        5_000,
    )


@pytest.mark.parametrize(
    ("items", "amount", "tranches", "fields"),
    [
        ([15_000], 14_999, [], ["amount_minor"]),
        ([15_000], 15_000, [9_000, 5_999], ["tranches"]),
        ([15_000], None, [15_001], ["tranches"]),
        ([15_000], 10_000, [10_000], ["amount_minor", "tranches"]),
        ([], None, [], ["items"]),
        (
            [-5, 0, 20],
            None,
            [20, -5],
            ["items.0.amount_minor", "items.1.amount_minor", "tranches.1.amount_minor"],
        ),
        ([LARGEST_MINOR, 1], None, [], ["items"]),
    ],
)
def test_what_does_not_add_up_is_refused_all_at_once(
    items: list[int], amount: int | None, tranches: list[int], fields: list[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(USD, items=items, amount=amount, tranches=tranches, shares=[60, 40])
    assert [error.field for error in caught.value.errors] == fields


@given(
    items=st.lists(st.integers(1, 50_000), min_size=1, max_size=20),
    currency=st.sampled_from(Currency),
    shares=st.lists(st.integers(1, 100), min_size=1, max_size=4),
)
def test_lines_amount_and_tranches_are_always_the_same_money(
    items: list[int], currency: Currency, shares: list[int]
) -> None:
    made = plan(currency, items=items, amount=sum(items), tranches=[], shares=shares)
    assert sum(made.items) == made.amount == sum(made.tranches) == sum(items)
