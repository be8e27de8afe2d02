"""Whether a child was confirmed: seen, or found in a register. Nothing else restates this.

Two things are asked of it. What ends a silence is that somebody has seen the child or found them in a register. What
ends a search, or a time away, is that the child was there on that day: a name in a register, or how often somebody came
last month, does not say so.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import cast
from uuid import UUID

import msgspec

from livelihood.followups.rules.facts import Mode, Outcome, Visit
from livelihood.observations.rules import (
    Details,
    Education,
    LearntFrom,
    Standing,
    WhereaboutsState,
    in_education,
)

OF_RECORD = frozenset({LearntFrom.REGISTER, LearntFrom.TEACHER})
SEEN_AT = frozenset({WhereaboutsState.AT_SCHOOL, WhereaboutsState.AT_HOME})


class Sighting(msgspec.Struct, frozen=True):
    """Of this day it is known that the member was there: by a finding, or, where there is none, because they were noted
    as present at the visit.
    """

    member_id: UUID
    on: date
    visit: Visit
    finding: Standing | None = None

    @property
    def was_there(self) -> bool:
        """On this very day, or up to it: by more than a name in a register."""
        return not self.in_a_register or _counted_there(cast("Standing", self.finding).details)

    @property
    def in_a_register(self) -> bool:
        """Or in a teacher's mind."""
        said = self.finding.details if self.finding else None
        return isinstance(said, Education) and said.learnt_from in OF_RECORD

    def finds(self, sought_since: date) -> bool:
        """Whether it ends a search that began on that day. Of the day itself a register tells of the morning, and the
        alarm of what came after it.
        """
        return self.was_there and (
            self.on > sought_since or (self.on == sought_since and not self.in_a_register)
        )

    @property
    def by(self) -> UUID:
        """What to look at: the finding, as it stands, or the visit."""
        return self.finding.id if self.finding else self.visit.id


class Search(msgspec.Struct, frozen=True):
    """Somebody is missing from the one day on, until the other if they were found."""

    member_id: UUID
    since: date
    until: date | None = None

    def goes_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


def sightings(records: Iterable[Standing], visits: Mapping[UUID, Visit]) -> Iterator[Sighting]:
    """All of these visits and findings, in no order. `visits` are those that stand, by id: what was withdrawn, or
    belongs to no visit, confirms nobody.

    Whoever was there was seen on the day of the visit, whatever else was found of them, or nothing; of another day,
    to which a finding was corrected, their presence says nothing.
    """
    for visit in visits.values():
        if visit.outcome is Outcome.MET and visit.mode is Mode.IN_PERSON:
            for member_id in visit.present:
                yield Sighting(member_id, visit.happened_on, visit)
    for record in records:
        visit = visits.get(record.visit_id) if record.visit_id else None
        if visit and record.member_id and vouches(record.details, visit.mode, visit.outcome):
            yield Sighting(record.member_id, record.happened_on, visit, record)


def vouches(said: Details, mode: Mode, outcome: Outcome) -> bool:
    """Whether what was said of somebody confirms them, though nobody noted that they were there.

    A caregiver's word alone, or a telephone call, answers a check and does not confirm: both are what somebody says
    who has a reason to say it. Nor does a word of which nobody said whose it is: it may be a caregiver's. Nor does a
    register or a teacher who does not know the child, or has them away: whoever was not found there was not seen
    anywhere. Whoever spoke with the child themselves, in person, saw them.
    """
    if outcome is not Outcome.MET or mode is Mode.PHONE or not isinstance(said, Education):
        return False
    learns = in_education(said)
    if said.learnt_from in OF_RECORD:
        return bool(learns) and not said.days_away and said.days_present != 0
    return learns is not None and mode is Mode.IN_PERSON and said.learnt_from is LearntFrom.CHILD


def _counted_there(said: Details) -> bool:
    """On no day away up to that one, and there on some: both were counted."""
    return isinstance(said, Education) and said.days_away == 0 and bool(said.days_present)


def seen_days(records: Iterable[Standing], visits: Mapping[UUID, Visit]) -> dict[UUID, list[date]]:
    """For each member the days on which they were there, in order."""
    return _days(one for one in sightings(records, visits) if one.was_there)


def confirmed_days(
    records: Iterable[Standing], visits: Mapping[UUID, Visit], searches: Iterable[Search]
) -> dict[UUID, list[date]]:
    """For each member the days on which they were confirmed, in order. Whoever is sought is not confirmed by what does not
    end the search.
    """
    sought: dict[UUID, list[Search]] = {}
    for search in searches:
        sought.setdefault(search.member_id, []).append(search)
    return _days(
        one
        for one in sightings(records, visits)
        if one.was_there or not any(search.goes_on(one.on) for search in sought.get(one.member_id, ()))
    )


def _days(found: Iterable[Sighting]) -> dict[UUID, list[date]]:
    days: dict[UUID, set[date]] = {}
    for one in found:
        days.setdefault(one.member_id, set()).add(one.on)
    return {member_id: sorted(mine) for member_id, mine in days.items()}


def found_since(days: Iterable[date], lost_on: date) -> date | None:
    """The day that ends a loss: nobody is lost who was seen on the very day on which they were given up."""
    return min((day for day in days if day >= lost_on), default=None)
