"""The school strip: one child's schooling at each planned month, as data; the drawing is the shell's."""

from collections.abc import Iterable, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from livelihood.observations.rules import KnownState, Observation, Standing, known_from, standing


class StripState(StrEnum):
    SEEN_IN_SCHOOL = "seen_in_school"
    OUT_OF_SCHOOL = "out_of_school"
    UNKNOWN = "unknown"
    NOT_YET = "not_yet"


class StripCell(msgspec.Struct, frozen=True):
    """One planned check, by the months since the plan began."""

    month: int
    state: StripState


class StripTick(msgspec.Struct, frozen=True):
    """Money that reached the family, at its month; the label says which."""

    month: int
    label: str


class Strip(msgspec.Struct, frozen=True):
    cells: tuple[StripCell, ...]
    ticks: tuple[StripTick, ...] = ()


class StripPoint(msgspec.Struct, frozen=True):
    """A planned check: the months since the plan began, and the day from which it can be answered."""

    month: int
    opens_on: date


def school_strip(
    points: Iterable[StripPoint],
    observations: Iterable[Observation],
    today: date,
    ticks: Iterable[StripTick] = (),
) -> Strip:
    """Each cell shows the newest finding from its check's opening until the next opens.

    An unplanned visit or a re-enrolment check shows in the cell whose turn it is. A check that was due and not
    answered is unknown, never in school. A day on which two records contradict counts as unknown.
    """
    planned = sorted(points, key=lambda point: (point.opens_on, point.month))
    records = standing(observations)
    cells: list[StripCell] = []
    for place, point in enumerate(planned):
        ends = planned[place + 1].opens_on if place + 1 < len(planned) else date.max
        within = [record for record in records if point.opens_on <= record.happened_on < ends]
        cells.append(StripCell(point.month, _state(within, point, today)))
    return Strip(tuple(cells), tuple(ticks))


def _state(within: Sequence[Standing], point: StripPoint, today: date) -> StripState:
    known = known_from(within).state
    if known is KnownState.IN_SCHOOL:
        return StripState.SEEN_IN_SCHOOL
    if known is KnownState.OUT_OF_SCHOOL:
        return StripState.OUT_OF_SCHOOL
    due = today >= point.opens_on or known is KnownState.CONTESTED
    return StripState.UNKNOWN if due else StripState.NOT_YET
