"""The closed doors and unanswered calls around an alert that a child is missing."""

from collections.abc import Collection, Iterable
from datetime import date

import msgspec

from livelihood.db.reader import Reading
from livelihood.followups.queries import absences, visits
from livelihood.followups.queries.confirmed import records_of, seen
from livelihood.followups.queries.facts import LEAVINGS
from livelihood.followups.rules.alerts import AlertClosed, AlertKind, Reason
from livelihood.followups.rules.confirmation import sightings
from livelihood.followups.rules.facts import Absence, Mode, Outcome
from livelihood.followups.rules.missing import TO_THE_FAMILY
from livelihood.followups.schemas import AlertOut, VisitOut

MOST_VISITS = 100


class Tried(msgspec.Struct, frozen=True):
    """A day on which nobody was met; `by_phone`: and nobody stood at the door."""

    on: date
    by_phone: bool


class Attempts(msgspec.Struct, frozen=True):
    """In order of their days: those that raised the alert, where attempts did, and those that were made since. `away`:
    the days among them on which the child was away for the season, as is known by now; `gone`: those on which the child
    had left, or the family, to come back later.
    """

    before: list[VisitOut]
    later: list[VisitOut]
    away: frozenset[date] = frozenset()
    gone: frozenset[date] = frozenset()

    @property
    def days(self) -> list[Tried]:
        """Those that raised it, as they count: whoever is away is not behind a closed door."""
        days = sorted({one.happened_on for one in self.before} - self.away - self.gone)
        at_the_door = {one.happened_on for one in self.before if one.mode == Mode.IN_PERSON}
        return [Tried(day, day not in at_the_door) for day in days]


async def around(reading: Reading, alert: AlertOut) -> Attempts:
    if alert.kind != AlertKind.MISSING_CHILD:
        return Attempts([], [])
    made = [
        one
        for one in (
            await visits.list_visits(reading, household_id=alert.household_id, limit=MOST_VISITS)
        ).items
        if one.mode in TO_THE_FAMILY and not one.withdrawn
    ]
    failed = sorted(
        (one for one in made if one.outcome != Outcome.MET),
        key=lambda one: (one.happened_on, one.recorded_at),
    )
    before: list[VisitOut] = []
    if alert.reason == Reason.NOBODY_MET and alert.closed_because != AlertClosed.CORRECTED:
        # Meeting the family, and for this child being confirmed, had begun the count anew, as far as that was known.
        records, by_id = await records_of(reading, alert.household_id)
        ends = [
            one.happened_on
            for one in made
            if one.outcome == Outcome.MET and one.recorded_at <= alert.opened_at
        ]
        ends += [
            one.on
            for one in sightings(records, by_id)
            if one.member_id == alert.member_id and (one.finding or one.visit).recorded_at <= alert.opened_at
        ]
        since = max((day for day in ends if day <= alert.opened_on), default=date.min)
        before = [
            one
            for one in failed
            if since < one.happened_on <= alert.opened_on and one.recorded_at <= alert.opened_at
        ]
    first = before[0].happened_on if before else alert.opened_on
    known = {alert.visit_id, *(one.id for one in before)}
    until = alert.closed_on or date.max
    later = [one for one in failed if one.id not in known and first <= one.happened_on <= until]
    seasons = [
        Absence(one.away_from, one.ended_on or one.away_until)
        for one in await absences.of_household(reading, alert.household_id)
        if one.member_id == alert.member_id
    ]
    days = {one.happened_on for one in (*before, *later)}
    away = _within(days, seasons)
    return Attempts(before, later, away, _within(days - away, await _gaps(reading, alert)))


async def _gaps(reading: Reading, alert: AlertOut) -> list[Absence]:
    """Between leaving and coming back, of the child alone or of the whole family."""
    ended = [
        Absence(one.left_on, one.ended_on)
        for one in await LEAVINGS.all(reading, ids=[alert.household_id])
        if one.ended_on is not None and one.member_id in {None, alert.member_id}
    ]
    if not ended:
        return []
    there = (await seen(reading, alert.household_id)).get(alert.member_id, [])
    return [one.ended_by(there) for one in ended]


def _within(days: Iterable[date], times: Collection[Absence]) -> frozenset[date]:
    return frozenset(day for day in days if any(one.since <= day < one.until for one in times))
