"""Children found out of school: one open alert per child, from what visits found."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.ages import age_on
from livelihood.followups.rules.facts import Household, Leaving, Member, Outcome
from livelihood.observations.rules import (
    Details,
    Education,
    Instead,
    LabourClass,
    Observation,
    Placement,
    PlacementState,
    Standing,
    Work,
    child_labour,
    in_education,
    standing,
)


class AlertKind(StrEnum):
    AT_RISK = "at_risk"
    MISSING_CHILD = "missing_child"
    OUT_OF_SCHOOL = "out_of_school"


class AlertClosed(StrEnum):
    """Why an alert is open no longer."""

    ATTENDING = "attending"
    BACK_IN_SCHOOL = "back_in_school"
    CONFIRMED = "confirmed"
    CORRECTED = "corrected"
    FACTS_CHANGED = "facts_changed"
    LEFT_SCHOOL = "left_school"
    CLOSED = "closed"
    DIED = "died"
    MOVED = "moved"
    TURNED_18 = "turned_18"


class Alert(msgspec.Struct, frozen=True):
    """`observation_id` is the finding that raised it; `closed_by` the one that closed it, if one did."""

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


# The band in which a child out of school is a finding by itself; a setting of the programme.
SCHOOL_AGE = (6, 14)
GROWN = 18


def out_of_school(
    household: Household, local_day: Callable[[datetime], date], leaving: Callable[[Member], Leaving | None]
) -> list[Alert]:
    """All alerts the findings call for, open and closed.

    A correction that takes an alert's cause away closes it, rather than making it never have been: someone may
    have acted on it.
    """
    found: list[Alert] = []
    for member in household.members:
        mine = [one for one in household.observations if one.member_id == member.id]
        met = frozenset(visit.id for visit in household.visits if visit.outcome is Outcome.MET)
        alerts = {alert.id: alert for alert in _raised(member, standing(mine), met)}
        for alert in _corrected(member, mine, met, local_day):
            alerts.setdefault(alert.id, alert)
        left = leaving(member)
        found.extend(_left(alert, left) for alert in alerts.values())
    return sorted(found, key=lambda alert: (alert.opened_at, alert.id))


def _left(alert: Alert, left: Leaving | None) -> Alert:
    if alert.closed_on is None and left is not None:
        return msgspec.structs.replace(
            alert, closed_on=max(left.on, alert.opened_on), closed_because=AlertClosed(left.because.value)
        )
    return alert


def _corrected(
    member: Member, mine: Sequence[Observation], met: frozenset[UUID], local_day: Callable[[datetime], date]
) -> Iterable[Alert]:
    corrections = sorted(
        (one for one in mine if one.supersedes is not None), key=lambda one: (one.recorded_at, one.id)
    )
    for correction in corrections:
        arrived = (correction.recorded_at, correction.id)
        earlier = [one for one in mine if (one.recorded_at, one.id) < arrived]
        after = {alert.id for alert in _raised(member, standing([*earlier, correction]), met)}
        for alert in _raised(member, standing(earlier), met):
            if alert.id not in after:
                yield (
                    alert
                    if alert.closed_on
                    else msgspec.structs.replace(
                        alert,
                        closed_on=max(local_day(correction.recorded_at), alert.opened_on),
                        closed_because=AlertClosed.CORRECTED,
                        closed_by=correction.id,
                    )
                )


def _raised(member: Member, records: Sequence[Standing], met: frozenset[UUID]) -> list[Alert]:
    """In order of arrival: what speaks of an earlier day than is known already changes nothing.

    Of one contested day the word that the child is out of school counts, whichever came first: someone must look.
    """
    alerts: list[Alert] = []
    newest = date.min
    for record in records:
        education = record.details
        if not isinstance(education, Education) or record.happened_on < newest:
            continue
        answer = in_education(education)
        if answer is None:
            continue
        newest = record.happened_on
        opened = alerts[-1] if alerts and alerts[-1].closed_on is None else None
        if answer:
            if opened and record.happened_on > opened.opened_on:
                alerts[-1] = msgspec.structs.replace(
                    opened,
                    closed_on=record.happened_on,
                    closed_because=AlertClosed.BACK_IN_SCHOOL,
                    closed_by=record.id,
                )
        elif (
            opened is None
            and (visit_id := record.visit_id)
            and visit_id in met
            and _alarming(member, record, records)
        ):
            alerts.append(
                Alert(
                    id=uuid5(member.id, f"{AlertKind.OUT_OF_SCHOOL}:{record.root_id}"),
                    kind=AlertKind.OUT_OF_SCHOOL,
                    member_id=member.id,
                    observation_id=record.id,
                    visit_id=visit_id,
                    opened_on=record.happened_on,
                    opened_at=record.recorded_at,
                )
            )
    return alerts


def _alarming(member: Member, record: Standing, records: Iterable[Standing]) -> bool:
    age = age_on(member, record.happened_on)
    if age < SCHOOL_AGE[0] or age >= GROWN:
        return False
    same_day = [one.details for one in records if one.happened_on == record.happened_on]
    return age <= SCHOOL_AGE[1] or idle_or_unsafe(same_day, age)


def idle_or_unsafe(same_day: Iterable[Details], age: int) -> bool:
    """Whether a 15–17-year-old who left education is in no decent work either, by what that day's records say.

    Where nothing was said of their work this is False: not knowing is no finding.
    """
    unsafe = (LabourClass.CHILD_LABOUR, LabourClass.HAZARDOUS)
    for details in same_day:
        if isinstance(details, Education) and details.instead is Instead.NEITHER:
            return True
        if isinstance(details, Placement) and details.state is PlacementState.NOT_WORKING:
            return True
        if isinstance(details, Work) and (
            details.economic_hours == 0 or child_labour(details, age).icls in unsafe
        ):
            return True
    return False
