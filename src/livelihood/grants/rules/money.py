"""Amounts of money as whole minor units: US cents, and riel, which has no smaller unit."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise


class Currency(StrEnum):
    KHR = "KHR"
    USD = "USD"


# What a default split is rounded to: riel in cash goes by the 100-riel note.
SPLIT_STEP: dict[Currency, int] = {Currency.KHR: 100, Currency.USD: 1}

# Far above any grant or fund, and far below what the database's bigint holds, sums included.
LARGEST_MINOR = 10**13


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
