"""What the records say together: corrections taken in, a child's education derived from the newest day."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from livelihood.observations.rules.details import (
    IN_EDUCATION,
    Details,
    Education,
    EducationState,
    LearntFrom,
    Whereabouts,
    WhereaboutsState,
)

# Nobody knows that such a child is safe.
GONE = frozenset({WhereaboutsState.AWAY_ALONE, WhereaboutsState.UNKNOWN})
AT_THEIR_PLACE = frozenset({WhereaboutsState.AT_SCHOOL, WhereaboutsState.AT_HOME})


class Observation(msgspec.Struct, frozen=True):
    """One record. `member_id` is None for what concerns the household (its business)."""

    id: UUID
    member_id: UUID | None
    visit_id: UUID | None
    happened_on: date
    recorded_at: datetime
    details: Details
    supersedes: UUID | None = None


class Standing(msgspec.Struct, frozen=True):
    """What a record says now: content and day of its last correction, identity and arrival of its first form.

    Arrival stays with the first form, so that mending a typing error today does not make last month's visit late.
    """

    root_id: UUID
    id: UUID
    member_id: UUID | None
    visit_id: UUID | None
    happened_on: date
    recorded_at: datetime
    details: Details


def standing(observations: Iterable[Observation]) -> tuple[Standing, ...]:
    """Every record as it stands after its corrections, in the order in which the records arrived."""
    by_id = {observation.id: observation for observation in observations}
    latest: dict[UUID, Observation] = {}
    for observation in sorted(by_id.values(), key=_arrival):
        latest[_root(observation, by_id).id] = observation
    return tuple(
        Standing(
            root_id=root.id,
            id=last.id,
            member_id=root.member_id,
            visit_id=root.visit_id,
            happened_on=last.happened_on,
            recorded_at=root.recorded_at,
            details=last.details,
        )
        for root, last in sorted(
            ((by_id[root_id], last) for root_id, last in latest.items()), key=lambda pair: _arrival(pair[0])
        )
    )


def _arrival(observation: Observation) -> tuple[datetime, date, UUID]:
    return (observation.recorded_at, observation.happened_on, observation.id)


def _root(observation: Observation, by_id: Mapping[UUID, Observation]) -> Observation:
    while observation.supersedes and (earlier := by_id.get(observation.supersedes)):
        observation = earlier
    return observation


class KnownState(StrEnum):
    IN_SCHOOL = "in_school"
    OUT_OF_SCHOOL = "out_of_school"
    UNKNOWN = "unknown"
    CONTESTED = "contested"


class Known(msgspec.Struct, frozen=True):
    """What is known of a child's education, since when and from whom. Contested: one day, two words.

    `visit_id` is None for what was told without a visit, as at intake.
    """

    state: KnownState
    education: Education | None = None
    happened_on: date | None = None
    observation_id: UUID | None = None
    visit_id: UUID | None = None

    @property
    def learnt_from(self) -> LearntFrom | None:
        return self.education.learnt_from if self.education else None


NOTHING_KNOWN = Known(KnownState.UNKNOWN)


def in_education(education: Education) -> bool | None:
    """None where it was not learnt: a child who was not met is neither in school nor out of it."""
    if education.state is EducationState.UNKNOWN:
        return None
    return education.state in IN_EDUCATION and not presumed_gone(education)


def presumed_gone(education: Education) -> bool:
    """On the register still, and away for so long that they are taken to have dropped out."""
    away, after = days_in_a_row(education), education.gone_after
    return away is not None and after is not None and away >= after


def days_in_a_row(education: Education) -> int | None:
    """School days away in a row up to that day, where anything tells of them: who came on none of the days counted was
    away on all of them, whatever else was answered.
    """
    if never_came(education) and education.days_open:
        return max(education.days_open, education.days_away or 0)
    return education.days_away


def never_came(education: Education) -> bool:
    """There on none of the days, though on the register: such a word brings nobody back to school."""
    return education.days_present == 0


def known_of(observations: Iterable[Observation]) -> Known:
    """What one member's observations say of their education today.

    The newest day observed decides, whenever its record arrived; visits that learnt nothing change nothing.
    """
    return known_from(standing(observations))


def known_from(records: Iterable[Standing]) -> Known:
    said = [
        (record, record.details)
        for record in records
        if isinstance(record.details, Education) and in_education(record.details) is not None
    ]
    if not said:
        return NOTHING_KNOWN
    day = max(record.happened_on for record, _ in said)
    of_day = [(record, education) for record, education in said if record.happened_on == day]
    last, education = of_day[-1]
    answers = {in_education(education) for _, education in of_day}
    if len(answers) > 1:
        state = KnownState.CONTESTED
    else:
        state = KnownState.IN_SCHOOL if in_education(education) else KnownState.OUT_OF_SCHOOL
    return Known(state, education, day, last.id, last.visit_id)


class Elsewhere(msgspec.Struct, frozen=True):
    """Where somebody was said to be."""

    state: WhereaboutsState
    happened_on: date


def elsewhere_of(observations: Iterable[Observation]) -> Elsewhere | None:
    """Where one member was said to be last, where that is newer than what is known of their schooling.

    Of one day, that a child is gone outweighs whatever else was said.
    """
    records = standing(observations)
    last = last_whereabouts(records)
    if last is None or last.state in AT_THEIR_PLACE:
        return None
    schooling = known_from(records).happened_on or date.min
    if last.happened_on < schooling or (last.happened_on == schooling and last.state not in GONE):
        return None
    return last


def last_whereabouts(records: Iterable[Standing]) -> Elsewhere | None:
    """Where one member was said to be last, also at home or at school. Of one day, gone outweighs the rest."""
    said = [
        (record.happened_on, record.details.state in GONE, record.details.state)
        for record in records
        if isinstance(record.details, Whereabouts)
    ]
    if not said:
        return None
    day, _gone, state = max(said, key=lambda one: one[:2])
    return Elsewhere(state, day)
