"""Records of one day that want a supervisor's look: two of one visit, two that contradict each other, or one that met
somebody who had left.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import chain, combinations
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.confirmation import SEEN_AT, Sighting, sightings
from livelihood.followups.rules.facts import Household, Mode, Outcome, Visit
from livelihood.observations.rules import (
    GONE,
    Details,
    Education,
    Kind,
    Placement,
    PlacementState,
    Standing,
    Whereabouts,
    WhereaboutsState,
    Work,
    in_education,
    kind_of,
)

# Where nobody is on one day by two people's word: at home in the morning and at school at noon is no contradiction, nor
# is a family that is away at their relatives.
APART = frozenset(
    frozenset({one, other})
    for one, others in {
        WhereaboutsState.AWAY_WITH_FAMILY: SEEN_AT,
        WhereaboutsState.WITH_RELATIVES: {WhereaboutsState.AT_HOME},
        **{gone: frozenset(WhereaboutsState) - GONE for gone in GONE},
    }.items()
    for other in others
)


class Decision(StrEnum):
    """`corrected`: what differed was mended, and both records stand."""

    KEPT_BOTH = "kept_both"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


class DayToReview(msgspec.Struct, frozen=True):
    """A day of one household whose records nobody has decided about. `twice`: several records say that the family was
    met; of so many who are `contested` the records contradict each other; so many who had `departed` by then were there.
    `recorded_at`: when the last of these records, or of their corrections, was made.
    """

    id: UUID
    happened_on: date
    twice: bool
    contested: int
    departed: int
    recorded_at: datetime


class Said(msgspec.Struct, frozen=True):
    """One finding of one record: `id` is the finding's."""

    id: UUID
    member_id: UUID | None
    details: Details


class Topic(msgspec.Struct, frozen=True):
    """One thing that was asked of one person, and what each record says of it, in the records' order."""

    member_id: UUID | None
    kind: Kind
    said: tuple[Said | None, ...]
    differs: bool
    contradicts: bool


def days_to_review(household: Household, records: Iterable[Standing]) -> Iterator[DayToReview]:
    """Whatever was recorded after a decision wants another look; `records` are the household's, as they stand."""
    records = list(records)
    met: dict[date, list[Visit]] = {}
    for visit in household.visits:
        if visit.outcome is Outcome.MET and visit.mode is not Mode.REGISTER:
            met.setdefault(visit.happened_on, []).append(visit)
    made = {one.id: one.recorded_at for one in household.observations}
    visits = {visit.id: visit for visit in household.visits}
    days: dict[date, list[datetime]] = {}
    contested: dict[date, int] = {}
    for (day, _member), (found, seen) in contradictions(records, visits).items():
        contested[day] = contested.get(day, 0) + 1
        days.setdefault(day, []).extend(made[one.id] for one in found)
        days[day].extend(visits[visit_id].recorded_at for visit_id in seen)
    departed: dict[date, set[UUID]] = {}
    for one in met_after_leaving(household, records, visits):
        departed.setdefault(one.on, set()).add(one.member_id)
        days.setdefault(one.on, []).append(made[one.by] if one.finding else one.visit.recorded_at)
    twice = {day for day, of_day in met.items() if _twice(of_day)}
    for day in twice:
        days.setdefault(day, []).extend(one.recorded_at for one in met[day])
    for day, recorded in sorted(days.items()):
        latest = max(recorded)
        if all(one.happened_on != day or one.decided_at < latest for one in household.decided):
            yield DayToReview(
                uuid5(household.id, day.isoformat()),
                day,
                day in twice,
                contested.get(day, 0),
                len(departed.get(day, ())),
                latest,
            )


def _twice(met: Sequence[Visit]) -> bool:
    """By several people, or by one in the same way; who calls a family and then goes there made two visits."""
    return len({one.recorded_by for one in met}) > 1 or len(met) > len({one.mode for one in met})


def met_after_leaving(
    household: Household, records: Iterable[Standing], visits: Mapping[UUID, Visit]
) -> Iterator[Sighting]:
    """Of whom it says that they were there on a later day than that on which they left, or their family's case was closed."""
    members = {one.id: one for one in household.members}
    for one in sightings(records, visits):
        member = members.get(one.member_id)
        if one.was_there and member and any(leaving.on < one.on for leaving in household.leavings(member)):
            yield one


def contradictions(
    records: Iterable[Standing], visits: Mapping[UUID, Visit]
) -> dict[tuple[date, UUID | None], tuple[list[Standing], set[UUID]]]:
    """Of which day and whom the records contradict each other, with the findings.

    By two findings; or gone by one visit, and there, at home or at school by another: then the second are the visits that
    found them.
    """
    records = list(records)
    said_of: dict[tuple[date, UUID | None], list[Standing]] = {}
    gone: dict[tuple[date, UUID | None], list[Standing]] = {}
    there: dict[tuple[date, UUID | None], list[Standing]] = {}
    present: dict[tuple[date, UUID | None], set[UUID]] = {}
    for one in sightings(records, visits):
        if one.finding:
            there.setdefault((one.on, one.member_id), []).append(one.finding)
        else:
            present.setdefault((one.on, one.member_id), set()).add(one.visit.id)
    for record in records:
        key, said = (record.happened_on, record.member_id), record.details
        said_of.setdefault(key, []).append(record)
        if record.visit_id is None:
            continue
        if isinstance(said, Whereabouts) and said.state in GONE:
            gone.setdefault(key, []).append(record)
        elif isinstance(said, Whereabouts) and said.state in SEEN_AT:
            there.setdefault(key, []).append(record)
    found: dict[tuple[date, UUID | None], tuple[list[Standing], set[UUID]]] = {}
    for key, told in said_of.items():
        pairs = (pair for pair in combinations(told, 2) if contradict(*(one.details for one in pair)))
        if against := list(chain.from_iterable(pairs)):
            found[key] = (against, set())
    for key, away in gone.items():
        met = there.get(key, [])
        by = {one.visit_id for one in met if one.visit_id} | present.get(key, set())
        if seen := by - {one.visit_id for one in away}:
            told, _nobody = found.get(key, ([], set()))
            found[key] = ([*told, *away, *met], seen)
    return found


def contradict(one: Details, other: Details) -> bool:
    """Whether both cannot be true of one day: in school and out of it; in two places; at no work at all and at some,
    or placed and not.
    """
    if isinstance(one, Education) and isinstance(other, Education):
        return {in_education(one), in_education(other)} == {True, False}
    if isinstance(one, Whereabouts) and isinstance(other, Whereabouts):
        return frozenset({one.state, other.state}) in APART
    if isinstance(one, Work) and isinstance(other, Work):
        return {_works(one), _works(other)} == {True, False}
    if isinstance(one, Placement) and isinstance(other, Placement):
        return {_placed(one), _placed(other)} == {True, False}
    return False


def _works(said: Work) -> bool | None:
    """Chores are not meant, nor is what nobody asked."""
    if said.economic_hours or said.hazards:
        return True
    return None if said.economic_hours is None else False


def _placed(said: Placement) -> bool | None:
    return None if said.state is PlacementState.UNKNOWN else said.state is not PlacementState.NOT_WORKING


def topics(records: Sequence[Iterable[Said]]) -> list[Topic]:
    """What the records of one day say, side by side; what they contradict each other about comes first."""
    asked: dict[tuple[UUID | None, Kind], list[Said | None]] = {}
    for position, record in enumerate(records):
        for one in record:
            key = (one.member_id, kind_of(one.details))
            asked.setdefault(key, [None] * len(records))[position] = one
    found = [_topic(member_id, kind, said) for (member_id, kind), said in asked.items()]
    return sorted(found, key=lambda one: (not one.contradicts, not one.differs))


def _topic(member_id: UUID | None, kind: Kind, said: Sequence[Said | None]) -> Topic:
    answers = [one.details for one in said if one is not None]
    return Topic(
        member_id,
        kind,
        tuple(said),
        differs=any(one != answers[0] for one in answers),
        contradicts=any(contradict(*pair) for pair in combinations(answers, 2)),
    )
