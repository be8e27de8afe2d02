"""Amounts of money as whole minor units: US cents, and riel, which has no smaller unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from livelihood.errors import Message, say


class Currency(StrEnum):
    KHR = "KHR"
    USD = "USD"


# Digits after the point that a written amount may have.
DIGITS: dict[Currency, int] = {Currency.KHR: 0, Currency.USD: 2}

# The smallest part that a default split is rounded to: riel in cash goes by the 100-riel note.
SPLIT_STEP: dict[Currency, int] = {Currency.KHR: 100, Currency.USD: 1}

# Far above any grant or fund, and far below what the database's bigint holds, sums included.
LARGEST_MINOR = 10**13


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with its currency, written as `USD 1,250.00` or `KHR 400,000` in a sentence."""

    minor: int
    currency: Currency

    def __str__(self) -> str:
        return f"{self.currency.value} {written(self.minor, self.currency)}"


class BadAmount(ValueError):
    """A written amount that the currency does not have; `message` says which rule it breaks."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def written(minor: int, currency: Currency) -> str:
    """With thousands separated and all digits of the currency, without its sign."""
    digits = DIGITS[currency]
    return f"{Decimal(minor).scaleb(-digits):,.{digits}f}"


def to_minor(amount: Decimal, currency: Currency, *, zero: bool = False) -> int:
    """The minor units of an amount as a person writes it; never rounds.

    Raises BadAmount for what is no number, negative, zero (unless `zero`), finer than the currency or absurdly
    large.
    """
    if not amount.is_finite():
        raise BadAmount(
            say("{value} is not an amount. Write it in figures, as in 120.00.", value=str(amount))
        )
    if amount < 0:
        raise BadAmount(say("{value} is below zero. Amounts are written without a minus.", value=str(amount)))
    if amount == 0 and not zero:
        raise BadAmount(say("The amount is zero. Write more than zero, or take the line away."))
    digits = DIGITS[currency]
    # Before scaling: 1E+999999 would otherwise become an integer of a million digits.
    if amount.adjusted() + digits > len(str(LARGEST_MINOR)):
        raise BadAmount(too_large(currency))
    minor = amount.scaleb(digits)
    if minor != minor.to_integral_value():
        if currency is Currency.KHR:
            raise BadAmount(
                say("{value} has a part of a riel. Riel are whole: write no decimals.", value=str(amount))
            )
        raise BadAmount(say("{value} is finer than a cent. Write at most two decimals.", value=str(amount)))
    if minor > LARGEST_MINOR:
        raise BadAmount(too_large(currency))
    return int(minor)


def too_large(currency: Currency) -> Message:
    return say(
        "That is more than {largest}. Check the number of zeros.", largest=str(Money(LARGEST_MINOR, currency))
    )


def split(total_minor: int, shares: Sequence[int], step: int = 1) -> list[int]:
    """`total_minor` in parts proportional to `shares`, each cut at a multiple of `step`, the last taking the rest.

    The parts always add up to the total, and none is zero: an amount too small to be cut gives fewer parts.
    Cuts are where the running share falls, rounded half up, so that errors never add up.
    """
    whole = sum(shares)
    cuts = [0]
    running = 0
    for share in shares[:-1]:
        running += share
        exact = total_minor * running
        nearest = (2 * exact + whole * step) // (2 * whole * step) * step
        cuts.append(min(nearest, total_minor))
    cuts.append(total_minor)
    return [after - before for before, after in pairwise(cuts) if after > before]
