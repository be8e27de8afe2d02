"""Rounds in turn, so that whatever else the machine does falls on both sides alike; their middle, and how far apart."""

from collections.abc import Sequence
from statistics import median

import msgspec


class Spread(msgspec.Struct):
    median: float
    least: float
    most: float


class Ratio(msgspec.Struct):
    """`value` of each round is ours divided by theirs, measured one right after the other."""

    name: str
    value: Spread
    wanted: str
    reached: bool
    unit: str
    ours: Spread
    theirs: Spread


def spread(values: Sequence[float]) -> Spread:
    return Spread(round(median(values), 3), round(min(values), 3), round(max(values), 3))


def ratio(
    name: str,
    ours: Sequence[float],
    theirs: Sequence[float],
    *,
    unit: str,
    least: float | None = None,
    most: float | None = None,
) -> Ratio:
    """`least` or `most` is what is wanted of the ratio's median; without either it is only said."""
    value = spread([mine / other for mine, other in zip(ours, theirs, strict=True)])
    wanted = f"≥ {least}" if least is not None else f"≤ {most}" if most is not None else "said"
    reached = (least is None or value.median >= least) and (most is None or value.median <= most)
    return Ratio(name, value, wanted, reached, unit, spread(ours), spread(theirs))
