"""The follow-ups and alerts a household should have: one function, whatever has changed."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from uuid import uuid5

import msgspec

from livelihood.followups.rules.ages import add_months, turns
from livelihood.followups.rules.alerts import Alert, AlertClosed, out_of_school
from livelihood.followups.rules.calendar import Calendar
from livelihood.followups.rules.discharge import checks, discharge
from livelihood.followups.rules.facts import Anchor, AnchorKind, Because, Household, Leaving, Member
from livelihood.followups.rules.protocols import (
    MIN_SCHOOL_DAYS,
    Per,
    Protocol,
    Purpose,
    Since,
    Slot,
    in_force,
)
from livelihood.followups.rules.state import FollowUp, Settled

LAST_LAPSES_AFTER = timedelta(days=90)
CHILD_TO = 17
DAY = timedelta(days=1)


class Plan(msgspec.Struct, frozen=True):
    """`next_change_on`: the next day on which time alone will change this; None if it never will."""

    follow_ups: tuple[FollowUp, ...]
    alerts: tuple[Alert, ...]
    next_change_on: date | None


def desired(
    household: Household,
    protocols: Iterable[Protocol],
    calendar: Calendar,
    today: date,
    local_day: Callable[[datetime], date],
) -> Plan:
    """A pure function of the facts; `local_day` gives the office's date of an instant.

    Rows vanish when nothing calls for them (a reversed payment), stay as cancelled when someone left, and are
    settled by what visits found.
    """
    versions = tuple(protocols)

    alerts = out_of_school(household, local_day, lambda child: _left(household, child, today, CHILD_TO))
    anchors = [*household.anchors, *_extra(alerts, local_day)]
    planned = [
        one
        for anchor in sorted(anchors, key=lambda anchor: (anchor.on, anchor.id))
        for protocol in in_force(versions, anchor.kind, anchor.on)
        for one in _plan(household, anchor, protocol, calendar)
    ]
    settled = discharge(planned, checks(household, local_day))
    members = {member.id: member for member in household.members}
    follow_ups = [
        _cancel(one, household, members[one.member_id] if one.member_id else None, today) for one in settled
    ]
    follow_ups.sort(key=lambda one: (one.due_on, one.protocol, one.slot, str(one.member_id), one.id))
    return Plan(tuple(follow_ups), tuple(alerts), _next_change(household, today))


def _extra(alerts: Iterable[Alert], local_day: Callable[[datetime], date]) -> Iterator[Anchor]:
    for alert in alerts:
        if alert.closed_because is not AlertClosed.CORRECTED:
            yield Anchor(
                id=alert.id,
                kind=AnchorKind.OUT_OF_SCHOOL,
                on=alert.opened_on,
                recorded_on=local_day(alert.opened_at),
                member_id=alert.member_id,
            )


def _plan(household: Household, anchor: Anchor, protocol: Protocol, calendar: Calendar) -> Iterator[FollowUp]:
    for member, purpose in _subjects(household, anchor, protocol):
        slots = [slot for slot in protocol.slots if slot.purpose is purpose]
        mine = sorted(
            (
                _place(key, slot, nominal, anchor=anchor, protocol=protocol, member=member, calendar=calendar)
                for slot in slots
                for key, nominal in _dates(slot, anchor, protocol, calendar)
            ),
            key=lambda one: (one.due_on, one.opens_on, one.slot),
        )
        mine = [one for one in mine if member is None or _concerns(member, one, protocol, anchor)]
        for one in mine:
            following = min((other.opens_on for other in mine if other.due_on > one.due_on), default=None)
            lapses_on = (
                one.closes_on + LAST_LAPSES_AFTER
                if following is None
                else max(following, one.closes_on + DAY)
            )
            # What had closed before anyone could know of it is missed at once, and reminds nobody.
            if one.closes_on < anchor.recorded_on:
                yield msgspec.structs.replace(one, reminds=False, lapses_on=one.closes_on + DAY)
            else:
                yield msgspec.structs.replace(one, lapses_on=lapses_on)


def _subjects(
    household: Household, anchor: Anchor, protocol: Protocol
) -> Iterator[tuple[Member | None, Purpose]]:
    """Whom a plan is for: a grant's is for every child, any other for the one member it names."""
    pairs = dict.fromkeys((slot.per, slot.purpose) for slot in protocol.slots)
    for per, purpose in pairs:
        if per is Per.HOUSEHOLD:
            yield None, purpose
            continue
        for member in sorted(household.members, key=lambda member: member.id):
            if anchor.member_id in (None, member.id):
                yield member, purpose


def _dates(slot: Slot, anchor: Anchor, protocol: Protocol, calendar: Calendar) -> Iterator[tuple[str, date]]:
    if slot.since is Since.ANCHOR:
        yield slot.key, add_months(anchor.on, slot.months) + timedelta(days=slot.days)
        return
    ends = max(
        (
            add_months(anchor.on, other.months) + timedelta(days=other.days)
            for other in protocol.slots
            if other.since is Since.ANCHOR
        ),
        default=anchor.on,
    )
    for year in calendar.years:
        nominal = year.starts_on + timedelta(days=slot.days)
        if anchor.on < nominal <= ends:
            yield f"{slot.key}_{year.key}", nominal


def _place(
    key: str,
    slot: Slot,
    nominal: date,
    *,
    anchor: Anchor,
    protocol: Protocol,
    member: Member | None,
    calendar: Calendar,
) -> FollowUp:
    """Put a slot on the calendar: offsets count from the anchor; only school checks are moved, and only forward."""
    due, purpose, provisional = nominal, slot.purpose, False
    if slot.purpose is Purpose.SCHOOL:
        school_day = calendar.first_school_day(nominal)
        if school_day is not None:
            due = school_day
        elif calendar.covers(nominal):
            purpose = Purpose.HOME
        else:
            provisional = True
    opens = max(due - timedelta(days=slot.before), anchor.on)
    closes = due + timedelta(days=slot.after)
    if purpose is Purpose.SCHOOL and not provisional and calendar.count(opens, closes) < MIN_SCHOOL_DAYS:
        tenth = calendar.nth_school_day(opens, MIN_SCHOOL_DAYS)
        closes, provisional = (tenth, False) if tenth else (closes, True)
    return FollowUp(
        id=uuid5(anchor.id, f"{protocol.key}:{key}:{member.id if member else 'household'}"),
        anchor_id=anchor.id,
        anchor_kind=anchor.kind,
        protocol=protocol.key,
        slot=key,
        member_id=member.id if member else None,
        purpose=purpose,
        planned_purpose=slot.purpose,
        opens_on=opens,
        due_on=due,
        closes_on=closes,
        lapses_on=closes + LAST_LAPSES_AFTER,
        provisional=provisional,
    )


def _concerns(member: Member, one: FollowUp, protocol: Protocol, anchor: Anchor) -> bool:
    """Whether the member is one to check on the day of the slot. A trainee named by the anchor always is."""
    if one.planned_purpose is Purpose.PLACEMENT:
        return anchor.member_id == member.id
    of_age = turns(member, protocol.from_age) <= one.due_on < turns(member, protocol.to_age + 1)
    return of_age and member.joined_on <= one.due_on


def _left(household: Household, member: Member | None, today: date, to_age: int | None) -> Leaving | None:
    """Why the subject is followed no longer, by the first reason that has come; `to_age` None: grown-ups too."""
    come = [leaving for leaving in household.leavings(member) if leaving.on <= today]
    if member and to_age is not None and (grown := turns(member, to_age + 1)) <= today:
        come.append(Leaving(grown, Because.TURNED_18))
    return min(come, key=lambda leaving: (leaving.on, leaving.because), default=None)


def _cancel(one: FollowUp, household: Household, member: Member | None, today: date) -> FollowUp:
    """Cancel what remained on the day of leaving; what had lapsed by then stays missed."""
    to_age = None if one.planned_purpose is Purpose.PLACEMENT else CHILD_TO
    left = _left(household, member, today, to_age)
    if left is None or one.settled is not None or one.lapses_on <= left.on:
        return one
    return msgspec.structs.replace(one, settled=Settled.CANCELLED, settled_on=left.on, because=left.because)


def _next_change(household: Household, today: date) -> date | None:
    days = [leaving.on for leaving in household.leavings(None)]
    for member in household.members:
        days.append(turns(member, 18))
        days.extend(leaving.on for leaving in household.leavings(member))
    return min((day for day in days if day > today), default=None)
