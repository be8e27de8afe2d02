"""The school strip: one child's schooling at each planned month, as data; the drawing is the shell's."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from livelihood.errors import Message, say
from livelihood.observations.rules import KnownState, Observation, Standing, known_from, standing


class StripState(StrEnum):
    """`told`: in school, as somebody said, and nobody has made sure: unknown is never green, nor is hearsay."""

    IN_SCHOOL = "in_school"
    TOLD = "told"
    OUT_OF_SCHOOL = "out_of_school"
    UNKNOWN = "unknown"
    NOT_YET = "not_yet"


class StripCell(msgspec.Struct, frozen=True):
    key: str
    label: str
    state: StripState


class StripTick(msgspec.Struct, frozen=True):
    """A mark before the cell at `position` (0: before the first), as for a payment."""

    position: int
    label: str


class Strip(msgspec.Struct, frozen=True):
    cells: list[StripCell]
    ticks: list[StripTick]
    text: Message


class StripPoint(msgspec.Struct, frozen=True):
    """A planned check: its key, the months since the anchor, and the day from which it can be answered."""

    key: str
    month: int
    opens_on: date


def school_strip(
    points: Iterable[StripPoint],
    observations: Iterable[Observation],
    marks: Iterable[tuple[date, str]],
    today: date,
    confirmed: Collection[date],
) -> Strip:
    """Each cell shows the newest finding from its check's opening until the next opens.

    An unplanned visit or a re-enrolment check shows in the cell whose turn it is. A check that was due and not
    answered is unknown, never in school. A day on which two records contradict counts as unknown. In school as somebody
    told counts as seen from a day on which the child was `confirmed`, that one or a later one of the cell.
    """
    planned = sorted(points, key=lambda point: (point.opens_on, point.month))
    records = standing(observations)
    cells: list[StripCell] = []
    for place, point in enumerate(planned):
        ends = planned[place + 1].opens_on if place + 1 < len(planned) else date.max
        within = [record for record in records if point.opens_on <= record.happened_on < ends]
        seen = max((day for day in confirmed if point.opens_on <= day < ends), default=date.min)
        cells.append(StripCell(point.key, str(point.month), _state(within, point, today, seen)))
    ticks = [
        StripTick(sum(1 for point in planned if point.opens_on <= day), label) for day, label in sorted(marks)
    ]
    return Strip(cells, ticks, _text(cells))


def _state(within: Sequence[Standing], point: StripPoint, today: date, seen: date) -> StripState:
    known = known_from(within)
    if known.state is KnownState.IN_SCHOOL and known.happened_on:
        return StripState.IN_SCHOOL if known.happened_on <= seen else StripState.TOLD
    if known.state is KnownState.OUT_OF_SCHOOL:
        return StripState.OUT_OF_SCHOOL
    due = today >= point.opens_on or known.state is KnownState.CONTESTED
    return StripState.UNKNOWN if due else StripState.NOT_YET


def _text(cells: Sequence[StripCell]) -> Message:
    def months(state: StripState) -> str:
        return ", ".join(cell.label for cell in cells if cell.state is state) or "–"

    return say(
        "By months since the start: seen in school at {seen}; in school as told, the child not seen, at {told}; out of "
        "school at {out}; not known at {unknown}; not yet due at {later}.",
        seen=months(StripState.IN_SCHOOL),
        told=months(StripState.TOLD),
        out=months(StripState.OUT_OF_SCHOOL),
        unknown=months(StripState.UNKNOWN),
        later=months(StripState.NOT_YET),
    )
