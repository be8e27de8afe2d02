from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from livelihood.errors import InvalidInput
from livelihood.grants.rules.money import SPLIT_STEP, BadAmount, Currency, Money, split, to_minor, written
from livelihood.grants.rules.plan import plan

USD, KHR = Currency.USD, Currency.KHR


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("120", USD, 12_000),
        ("120.5", USD, 12_050),
        ("0.01", USD, 1),
        ("120.50", USD, 12_050),
        ("120.500", USD, 12_050),
        ("1.2E+2", USD, 12_000),
        ("400000", KHR, 400_000),
        ("400000.0", KHR, 400_000),
        ("១២០", USD, 12_000),
    ],
)
def test_an_amount_is_read_exactly(text: str, currency: Currency, minor: int) -> None:
    assert to_minor(Decimal(text), currency) == minor


@pytest.mark.parametrize(
    ("text", "currency", "why"),
    [
        ("0.001", USD, "finer than a cent"),
        ("120.505", USD, "finer than a cent"),
        ("0.5", KHR, "part of a riel"),
        ("-1", USD, "below zero"),
        ("-0.01", USD, "below zero"),
        ("0", USD, "zero"),
        ("NaN", USD, "not an amount"),
        ("sNaN", USD, "not an amount"),
        ("Infinity", USD, "not an amount"),
        ("-Infinity", KHR, "not an amount"),
        ("1E+999999", USD, "number of zeros"),
        ("1E-999999", USD, "finer than a cent"),
        ("100000000000.01", USD, "number of zeros"),
        ("99999999999999999999", KHR, "number of zeros"),
    ],
)
def test_an_amount_the_currency_does_not_have_is_refused(text: str, currency: Currency, why: str) -> None:
    with pytest.raises(BadAmount, match=why):
        to_minor(Decimal(text), currency)


def test_zero_is_an_amount_only_where_it_may_be() -> None:
    assert to_minor(Decimal(0), USD, zero=True) == 0


@given(minor=st.integers(1, 10**13), currency=st.sampled_from(Currency))
def test_what_is_written_reads_back_the_same(minor: int, currency: Currency) -> None:
    assert to_minor(Decimal(written(minor, currency).replace(",", "")), currency) == minor


def test_money_in_a_sentence() -> None:
    assert str(Money(125_000, USD)) == "USD 1,250.00"
    assert str(Money(400_000, KHR)) == "KHR 400,000"


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
    total=st.integers(1, 10**13),
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
            assert abs(part - total * share / sum(shares)) <= step + 1e-3 * total / 10**9


def test_a_plan_splits_what_the_lines_add_up_to() -> None:
    made = plan(
        currency=USD,
        items=[Decimal("110.50"), Decimal("39.50")],
        amount=None,
        tranches=[],
        monthly_income=Decimal(60),
        shares=[60, 40],
    )
    assert (made.amount, made.items, made.tranches, made.monthly_income) == (
        15_000,
        (11_050, 3_950),
        (9_000, 6_000),
        6_000,
    )


def test_a_plan_says_every_bad_amount_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(
            currency=USD,
            items=[Decimal(-5), Decimal("1.005"), Decimal(10)],
            amount=Decimal("NaN"),
            tranches=[Decimal(0)],
            monthly_income=Decimal(-1),
            shares=[60, 40],
        )
    assert [error.field for error in caught.value.errors] == [
        "items.0.amount",
        "items.1.amount",
        "amount",
        "tranches.0.amount",
        "monthly_income",
    ]


@pytest.mark.parametrize(
    ("amount", "tranches", "fields"),
    [
        ("149.99", [], ["amount"]),
        ("150.00", ["90.00", "59.99"], ["tranches"]),
        (None, ["150.01"], ["tranches"]),
        ("100", ["100"], ["amount", "tranches"]),
    ],
)
def test_sums_that_disagree_are_refused(amount: str | None, tranches: list[str], fields: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        plan(
            currency=USD,
            items=[Decimal(150)],
            amount=None if amount is None else Decimal(amount),
            tranches=[Decimal(part) for part in tranches],
            monthly_income=Decimal(0),
            shares=[60, 40],
        )
    assert [error.field for error in caught.value.errors] == fields


def test_an_application_for_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match="need a look"):
        plan(currency=USD, items=[], amount=None, tranches=[], monthly_income=Decimal(0), shares=[60, 40])


@given(
    cents=st.lists(st.integers(1, 50_000), min_size=1, max_size=20),
    currency=st.sampled_from(Currency),
    shares=st.lists(st.integers(1, 100), min_size=1, max_size=4),
)
def test_lines_amount_and_tranches_are_always_the_same_money(
    cents: list[int], currency: Currency, shares: list[int]
) -> None:
    lines = [Decimal(written(minor, currency).replace(",", "")) for minor in cents]
    made = plan(
        currency=currency,
        items=lines,
        amount=sum(lines),
        tranches=[],
        monthly_income=Decimal(0),
        shares=shares,
    )
    assert sum(made.items) == made.amount == sum(made.tranches) == sum(cents)
