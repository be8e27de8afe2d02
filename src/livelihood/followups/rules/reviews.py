"""Records of one day that want a supervisor's look: two of one visit, or two that contradict each other."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from uuid import UUID

import msgspec

from livelihood.observations.rules import Details, Education, Kind, in_education, kind_of


class Decision(StrEnum):
    """`corrected`: what differed was mended, and both records stand."""

    KEPT_BOTH = "kept_both"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


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
