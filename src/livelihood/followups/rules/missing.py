"""Missing children: said to be away alone, or nowhere known, or nobody met in several attempts."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

from livelihood.followups.rules.ages import turns
from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind, Reason
from livelihood.followups.rules.confirmation import Search, sightings
from livelihood.followups.rules.facts import Member, Mode, Outcome, Visit
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.out_of_school import GROWN
from livelihood.observations.rules import GONE, Standing, Whereabouts

# A roll call finds a child and not the family: it says nothing of whether the house was empty.
TO_THE_FAMILY = frozenset({Mode.IN_PERSON, Mode.PHONE})

NO_ALARM = frozenset({AlertClosed.CORRECTED, AlertClosed.FACTS_CHANGED})


def missing_child(
    member: Member,
    records: Sequence[Standing],
    visits: Mapping[UUID, Visit],
    numbers: Numbers,
    followed: Callable[[Member, date, datetime], bool],
    searched: Collection[UUID] = (),
) -> list[Alert]:
    """In order of arrival; only that the child was there on a later day than the alarm closes what was opened.

    Attempts count by days, so that two colleagues at one closed door are one attempt; meeting the family begins the
    count anew, and so does, for a child, being confirmed, and nobody was sought before they came. Calls count among them, but only once somebody stood at the
    door as well: a telephone that nobody answers may be lost or without credit, and the silence tells of it anyway.
    Closed doors begin a search for whom a plan asks after, and who is not known to be away for the season; `searched` are
    the alerts that did, whatever became of the plan, or was said since of a time away. A word that somebody is gone that
    comes late begins none where it is known of a later day where they are.
    """
    alerts: list[Alert] = []
    failed: set[date] = set()
    at_the_door: set[date] = set()
    at_home: set[date] = set()
    met = confirmed = there = placed = alarmed = date.min
    seen = {one.by: one for one in sightings(records, visits) if one.member_id == member.id}
    for event in _in_order(records, visits):
        opened = alerts[-1] if alerts and alerts[-1].closed_on is None else None
        if sighting := seen.get(event.id):
            confirmed = max(confirmed, sighting.on)
            there = max(there, sighting.on if sighting.was_there else there)
            if opened and sighting.on > alarmed and sighting.finds(opened.opened_on):
                alerts[-1] = opened.closed(sighting.on, AlertClosed.CONFIRMED, sighting.by)
        if isinstance(event, Visit):
            if event.outcome is Outcome.MET:
                met = max(met, event.happened_on)
                continue
            failed.add(event.happened_on)
            if event.mode is Mode.IN_PERSON:
                at_the_door.add(event.happened_on)
            if not member.is_away(event.happened_on):
                at_home.add(event.happened_on)
            if opened or event.happened_on <= met:
                continue
            failed = {day for day in failed if day > met and day > confirmed and day >= member.joined_on}
            enough = numbers.on(NumberKey.MISSING_AFTER_FAILED_ATTEMPTS, event.happened_on)
            # What is said later of a time away ends no search that has begun.
            for days in (failed & at_home, failed):
                if len(days) < enough or not days & at_the_door:
                    continue
                alert = _alert(member, max(days), Reason.NOBODY_MET, event, None)
                begins = days <= at_home and not member.is_away(event.happened_on)
                if alert.id in searched or (begins and followed(member, alert.opened_on, event.recorded_at)):
                    alerts.append(alert)
                    break
        elif isinstance(event.details, Whereabouts) and event.details.state not in GONE:
            placed = max(placed, event.happened_on)
        elif isinstance(event.details, Whereabouts):
            # Whoever said it: a neighbour who saw the child leave alone knows more than a closed door.
            visit = visits.get(event.visit_id) if event.visit_id else None
            if visit is None or event.happened_on < there:
                continue
            if opened is None and event.happened_on < placed:
                continue
            if event.happened_on < turns(member, GROWN):
                alarmed = max(alarmed, event.happened_on)
                if opened is None:
                    why = Reason(event.details.state.value)
                    alerts.append(_alert(member, event.happened_on, why, visit, event))
    return alerts


def searches(alerts: Iterable[Alert]) -> Iterator[Search]:
    """Who was missing when; what turned out to be no alarm was none."""
    for alert in alerts:
        if alert.kind is AlertKind.MISSING_CHILD and alert.closed_because not in NO_ALARM:
            yield Search(alert.member_id, alert.opened_on, alert.closed_on)


def _in_order(records: Sequence[Standing], visits: Mapping[UUID, Visit]) -> Iterator[Visit | Standing]:
    events: list[tuple[object, ...]] = [
        (visit.recorded_at, 0, visit.happened_on, visit.id, visit)
        for visit in visits.values()
        if visit.mode in TO_THE_FAMILY
    ]
    events += [(one.recorded_at, 1, one.happened_on, one.root_id, one) for one in records]
    events.sort()  # type: ignore[type-var]
    for *_, event in events:
        yield event  # type: ignore[misc]


def _alert(member: Member, on: date, reason: Reason, visit: Visit, finding: Standing | None) -> Alert:
    return Alert(
        id=uuid5(member.id, f"{AlertKind.MISSING_CHILD}:{finding.root_id if finding else visit.id}"),
        kind=AlertKind.MISSING_CHILD,
        member_id=member.id,
        observation_id=finding.id if finding else None,
        visit_id=visit.id,
        opened_on=on,
        opened_at=finding.recorded_at if finding else visit.recorded_at,
        reason=reason,
    )
