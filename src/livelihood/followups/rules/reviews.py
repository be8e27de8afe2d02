"""Records of one day that want a supervisor's look: two of one visit, two that contradict each other, or one that met
somebody who had left.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.confirmation import SEEN_AT, Sighting, sightings
from livelihood.followups.rules.facts import Household, Mode, Outcome, Visit
from livelihood.observations.rules import (
    GONE,
    Details,
    Education,
    Kind,
    Standing,
    Whereabouts,
    in_education,
    kind_of,
)


class Decision(StrEnum):
    """`corrected`: what differed was mended, and both records stand."""

    KEPT_BOTH = "kept_both"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


class DayToReview(msgspec.Struct, frozen=True):
    """A day of one household whose records nobody has decided about. `twice`: several people recorded that they met
    the family; of so many who are `contested` the records contradict each other; so many who had `departed` by then were
    there. `recorded_at`: when the last of these
    records, or of their corrections, was made.
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
    """One thing that was asked of one person, and what each record says of it, in the records' order.

    `contradicts`: one record has the child in school and another out of it; or at home or at school, and another gone.
    """

    member_id: UUID | None
    kind: Kind
    said: tuple[Said | None, ...]
    differs: bool
    contradicts: bool


def days_to_review(household: Household, records: Iterable[Standing]) -> Iterator[DayToReview]:
    """Whatever was recorded after a decision wants another look; `records` are the household's, as they stand."""
    records = list(records)
    met: dict[date, dict[UUID | None, datetime]] = {}
    for visit in household.visits:
        if visit.outcome is Outcome.MET and visit.mode is not Mode.REGISTER:
            people = met.setdefault(visit.happened_on, {})
            people[visit.recorded_by] = max(
                visit.recorded_at, people.get(visit.recorded_by, visit.recorded_at)
            )
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
    twice = {day for day, people in met.items() if len(people) > 1}
    for day in twice:
        days.setdefault(day, []).extend(met[day].values())
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

    In school by one record and out of it by another; or gone by one visit, and there, at home or at school by another:
    then the second are the visits that found them.
    """
    records = list(records)
    schooling: dict[tuple[date, UUID | None], list[Standing]] = {}
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
        if isinstance(said, Education) and in_education(said) is not None:
            schooling.setdefault(key, []).append(record)
        if record.visit_id is None:
            continue
        if isinstance(said, Whereabouts) and said.state in GONE:
            gone.setdefault(key, []).append(record)
        elif isinstance(said, Whereabouts) and said.state in SEEN_AT:
            there.setdefault(key, []).append(record)
    found: dict[tuple[date, UUID | None], tuple[list[Standing], set[UUID]]] = {}
    for key, told in schooling.items():
        if len({_learns(one.details) for one in told}) > 1:
            found[key] = (told, set())
    for key, away in gone.items():
        met = there.get(key, [])
        by = {one.visit_id for one in met if one.visit_id} | present.get(key, set())
        if seen := by - {one.visit_id for one in away}:
            told, _nobody = found.get(key, ([], set()))
            found[key] = ([*told, *away, *met], seen)
    return found


def _learns(said: Details) -> bool | None:
    return in_education(said) if isinstance(said, Education) else None


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
    schooling = {_learns(one) for one in answers} - {None}
    states = {one.state for one in answers if isinstance(one, Whereabouts)}
    return Topic(
        member_id,
        kind,
        tuple(said),
        differs=any(one != answers[0] for one in answers),
        contradicts=len(schooling) > 1 or bool(states & GONE and states & SEEN_AT),
    )
