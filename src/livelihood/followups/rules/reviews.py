"""Records of one day that want a supervisor's look: two of one visit, or two that contradict each other."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.facts import Household, Mode, Outcome
from livelihood.observations.rules import Details, Education, Kind, Standing, in_education, kind_of


class Decision(StrEnum):
    """`corrected`: what differed was mended, and both records stand."""

    KEPT_BOTH = "kept_both"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


class DayToReview(msgspec.Struct, frozen=True):
    """A day of one household whose records nobody has decided about. `twice`: several people recorded that they met
    the family; `contested`: so many children are in school by one record and out of it by another. `recorded_at`:
    when the last of these records, or of their corrections, was made.
    """

    id: UUID
    happened_on: date
    twice: bool
    contested: int
    recorded_at: datetime


class Said(msgspec.Struct, frozen=True):
    """One finding of one record: `id` is the finding's."""

    id: UUID
    member_id: UUID | None
    details: Details


class Topic(msgspec.Struct, frozen=True):
    """One thing that was asked of one person, and what each record says of it, in the records' order.

    `contradicts`: one record has the child in school and another out of it.
    """

    member_id: UUID | None
    kind: Kind
    said: tuple[Said | None, ...]
    differs: bool
    contradicts: bool


def days_to_review(household: Household, records: Iterable[Standing]) -> Iterator[DayToReview]:
    """Whatever was recorded after a decision wants another look; `records` are the household's, as they stand."""
    met: dict[date, dict[UUID | None, datetime]] = {}
    for visit in household.visits:
        if visit.outcome is Outcome.MET and visit.mode is not Mode.REGISTER:
            people = met.setdefault(visit.happened_on, {})
            people[visit.recorded_by] = max(
                visit.recorded_at, people.get(visit.recorded_by, visit.recorded_at)
            )
    made = {one.id: one.recorded_at for one in household.observations}
    told: dict[tuple[date, UUID | None], list[tuple[bool, datetime]]] = {}
    for record in records:
        if isinstance(record.details, Education) and (there := in_education(record.details)) is not None:
            told.setdefault((record.happened_on, record.member_id), []).append((there, made[record.id]))
    days: dict[date, list[datetime]] = {}
    contested: dict[date, int] = {}
    for (day, _member), answers in told.items():
        if len({there for there, _at in answers}) > 1:
            contested[day] = contested.get(day, 0) + 1
            days.setdefault(day, []).extend(at for _there, at in answers)
    twice = {day for day, people in met.items() if len(people) > 1}
    for day in twice:
        days.setdefault(day, []).extend(met[day].values())
    for day, recorded in sorted(days.items()):
        latest = max(recorded)
        if all(one.happened_on != day or one.decided_at < latest for one in household.decided):
            yield DayToReview(
                uuid5(household.id, day.isoformat()), day, day in twice, contested.get(day, 0), latest
            )


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
    schooling = {in_education(one) for one in answers if isinstance(one, Education)} - {None}
    return Topic(
        member_id,
        kind,
        tuple(said),
        differs=any(one != answers[0] for one in answers),
        contradicts=len(schooling) > 1,
    )
