"""Alerts: what a child's records call for, one open alert of a kind at any moment; one module says each kind."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from livelihood.followups.rules.facts import Because, Leaving, Member, Visit
from livelihood.observations.rules import Observation, Standing, standing


class AlertKind(StrEnum):
    AT_RISK = "at_risk"
    MISSING_CHILD = "missing_child"
    OUT_OF_SCHOOL = "out_of_school"


class Reason(StrEnum):
    """What makes a child in school be at risk, the clearest first; then what is known of how a child left it; then what
    makes a child missing.
    """

    DAYS_IN_A_ROW = "days_in_a_row"
    DAYS_IN_A_MONTH = "days_in_a_month"
    ATTENDANCE = "attendance"
    PRESUMED_GONE = "presumed_gone"
    NOT_YET_RE_ENROLLED = "not_yet_re_enrolled"
    NOT_RE_ENROLLED = "not_re_enrolled"
    AWAY_ALONE = "away_alone"
    UNKNOWN = "unknown"
    NOBODY_MET = "nobody_met"


class AlertClosed(StrEnum):
    """Why an alert is open no longer."""

    ATTENDING = "attending"
    BACK_IN_SCHOOL = "back_in_school"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    FACTS_CHANGED = "facts_changed"
    IN_DECENT_WORK = "in_decent_work"
    LEFT_SCHOOL = "left_school"
    CLOSED = "closed"
    DIED = "died"
    MOVED = "moved"
    TURNED_18 = "turned_18"


class Alert(msgspec.Struct, frozen=True):
    """`observation_id` is the finding that raised it, `visit_id` the visit, or the last of the attempts that did;
    `closed_by` the finding that closed it, or the visit that did by who was there, if one did.
    """

    id: UUID
    kind: AlertKind
    member_id: UUID
    observation_id: UUID | None
    visit_id: UUID | None
    opened_on: date
    opened_at: datetime
    closed_on: date | None = None
    closed_because: AlertClosed | None = None
    closed_by: UUID | None = None
    reason: Reason | None = None

    def closed(self, on: date, because: AlertClosed, by: UUID | None = None) -> "Alert":
        return msgspec.structs.replace(
            self, closed_on=max(on, self.opened_on), closed_because=because, closed_by=by
        )


# What a child's records call for, open and closed, in the order in which it was raised.
Raised = Callable[[Member, Sequence[Standing], Mapping[UUID, Visit]], list[Alert]]
# A correction, and how the records stood before and after it.
Corrected = tuple[Observation, Sequence[Standing], Sequence[Standing]]

ANY_LEAVING = frozenset(Because)
# Whoever is missing stays missing when the family moves or its case is closed: only knowing ends it.
OF_THE_CHILD = frozenset({Because.DIED, Because.TURNED_18})


def called_for(
    member: Member,
    stand: Iterable[Alert],
    corrections: Sequence[Corrected],
    visits: Mapping[UUID, Visit],
    raised: Raised,
    local_day: Callable[[datetime], date],
    leavings: Iterable[Leaving],
    *,
    ended_by: Collection[Because] = ANY_LEAVING,
) -> list[Alert]:
    """All alerts of one kind that a child's records call for, open and closed; `stand` are those that the records
    `raised` as they are now.

    A correction that takes an alert's cause away closes it, rather than making it never have been: someone may
    have acted on it. `leavings` have come; what was found of a later day than one that was known is not closed by it.
    """
    alerts = {alert.id: alert for alert in _corrected(member, corrections, visits, raised, local_day)}
    alerts |= {alert.id: alert for alert in stand}
    if not alerts:
        return []
    ends = sorted((one for one in leavings if one.because in ended_by), key=lambda one: (one.on, one.because))
    return [alert if alert.closed_on else _left(alert, ends) for alert in alerts.values()]


def _left(alert: Alert, ends: Iterable[Leaving]) -> Alert:
    for leaving in ends:
        if not leaving.had_come(alert.opened_on, alert.opened_at):
            return alert.closed(leaving.on, AlertClosed(leaving.because.value))
    return alert


def corrections_of(observations: Sequence[Observation]) -> list[Corrected]:
    """Each correction of these, with how the records stood before and after it; the same for all kinds of alerts."""
    corrections = sorted(
        (one for one in observations if one.supersedes is not None),
        key=lambda one: (one.recorded_at, one.id),
    )
    found: list[Corrected] = []
    for correction in corrections:
        arrived = (correction.recorded_at, correction.id)
        earlier = [one for one in observations if (one.recorded_at, one.id) < arrived]
        found.append((correction, standing(earlier), standing([*earlier, correction])))
    return found


def _corrected(
    member: Member,
    corrections: Sequence[Corrected],
    visits: Mapping[UUID, Visit],
    raised: Raised,
    local_day: Callable[[datetime], date],
) -> Iterable[Alert]:
    """Of an alert that several corrections took away, with others between that gave it back, the last one counts.

    What was known at a correction are the visits until then: what came later had never called for anything that the
    correction could take away.
    """
    for correction, before, after in corrections:
        known = {one.id: one for one in visits.values() if one.recorded_at <= correction.recorded_at}
        still = {alert.id for alert in raised(member, after, known)}
        for alert in raised(member, before, known):
            if alert.id not in still:
                if alert.closed_on:
                    yield alert
                else:
                    day = local_day(correction.recorded_at)
                    yield alert.closed(day, AlertClosed.CORRECTED, correction.id)
