"""Putting a plan on the calendar: which checks there are, when each is due, which version of a protocol says so."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.ages import add_months, turns
from livelihood.followups.rules.calendar import Calendar
from livelihood.followups.rules.facts import Anchor, AnchorKind, Household, Member
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.protocols import (
    OF_A_CHILD,
    ON_RETURN,
    Per,
    Protocol,
    Purpose,
    Since,
    Slot,
    begun_anew,
)
from livelihood.followups.rules.state import FollowUp

DAY = timedelta(days=1)
# Of these one may hear late, and somebody has to look all the same.
HEARD_OF_LATE = frozenset({AnchorKind.OUT_OF_SCHOOL, AnchorKind.RETURN})


class Spot(msgspec.Struct, frozen=True, gc=False):
    """A slot on the calendar, for whomever it may concern. `answers_from`: a visit from that day on answers it,
    also where the calendar has since moved the window to later; where a time away has, only the return does, or what
    comes after it.
    """

    key: str
    slot: Slot
    nominal: date
    purpose: Purpose
    opens_on: date
    due_on: date
    closes_on: date
    answers_from: date
    provisional: bool


class Placed(msgspec.Struct):
    """Everything planned; `answers_from` of those that answer earlier than they open; days of changes to come; `begun`: the
    day from which each counts, but for those on a return, which no plan of its own calls for.
    """

    follow_ups: list[FollowUp]
    answers_from: dict[UUID, date]
    changes: list[date]
    begun: dict[UUID, date]


def by_key(protocols: Iterable[Protocol]) -> dict[str, list[Protocol]]:
    """Each protocol's versions in the order in which they take effect."""
    versions: dict[str, list[Protocol]] = {}
    for protocol in sorted(protocols, key=lambda one: (one.key, one.effective_from, one.version)):
        versions.setdefault(protocol.key, []).append(protocol)
    return versions


def place(
    household: Household,
    anchors: Iterable[Anchor],
    protocols: Mapping[str, Sequence[Protocol]],
    calendar: Calendar,
    today: date,
    numbers: Numbers,
    returns: Iterable[Anchor] = (),
) -> Placed:
    """The follow-ups of all plans, unsettled; and a check on each of `returns` on which no other opens."""
    anchors = list(anchors)
    placed = Placed([], {}, [], {})
    members = sorted(household.members, key=lambda member: member.id)
    for anchor in anchors:
        for versions in protocols.values():
            if any(anchor.kind in version.anchors for version in versions):
                _plan(anchor, versions, members, calendar, today, numbers, placed)
    known_on = {anchor.id: anchor.recorded_on for anchor in anchors}
    for back in sorted(returns, key=lambda one: (one.on, one.id)):
        alone = Placed([], {}, [], {})
        _plan(back, [ON_RETURN], members, calendar, today, numbers, alone)
        if not any(
            _is_on_return(one, back, check, known_on)
            for check in alone.follow_ups
            for one in placed.follow_ups
        ):
            placed.follow_ups += alone.follow_ups
            placed.answers_from |= alone.answers_from
    return placed


def _is_on_return(one: FollowUp, back: Anchor, check: FollowUp, known_on: Mapping[UUID, date]) -> bool:
    """Whether it opens on the return as well, so that who is back is looked for by it. Not where it belongs to a plan of
    which was heard since: what was to be done, and may be done already, is not taken back.
    """
    return (
        one.member_id == check.member_id
        and one.planned_purpose in OF_A_CHILD
        and one.reminds
        and back.on <= one.opens_on <= check.due_on
        and known_on.get(one.anchor_id, date.min) < check.opens_on
    )


def asks_from(anchor: Anchor, member: Member, protocols: Mapping[str, Sequence[Protocol]]) -> date | None:
    """The first day on which a plan begun so may ask after a child of their age, whatever puts off the checks themselves."""
    return min(
        (
            max(
                turns(member, version.from_age), version.effective_from if number or version.own else date.min
            )
            for versions in protocols.values()
            for number, version in enumerate(_in_play(anchor, versions))
            if anchor.kind in version.anchors and any(_asks_after_a_child(slot) for slot in version.slots)
        ),
        default=None,
    )


def _asks_after_a_child(slot: Slot) -> bool:
    return slot.per is not Per.HOUSEHOLD and slot.purpose in OF_A_CHILD


def _in_play(anchor: Anchor, versions: Sequence[Protocol]) -> Sequence[Protocol]:
    """What a later version replaced before the plan began counts for nothing in it."""
    first = max((i for i, one in enumerate(versions) if one.effective_from <= anchor.on), default=0)
    return versions[first:]


def _plan(
    anchor: Anchor,
    versions: Sequence[Protocol],
    members: Sequence[Member],
    calendar: Calendar,
    today: date,
    numbers: Numbers,
    placed: Placed,
) -> None:
    """One anchor's plan by one protocol: what is due once for all, then for each whom it concerns."""
    known = [
        (one, list(_spots(anchor, one, calendar, today, numbers, placed.changes)))
        for one in _in_play(anchor, versions)
    ]
    subjects: list[Member | None] = [None]
    subjects += [member for member in members if anchor.member_id in (None, member.id)]
    for member in subjects:
        spots = _walk(known, anchor, member, calendar, numbers)
        if spots:
            _follow_ups(anchor, versions[0].key, member, spots, numbers, placed)


def _walk(
    known: Sequence[tuple[Protocol, list[Spot]]],
    anchor: Anchor,
    member: Member | None,
    calendar: Calendar,
    numbers: Numbers,
) -> list[Spot]:
    """A version counts for what opens from its day on; what had opened before stays as it was.

    So a change of a protocol reaches plans that began earlier, and rewrites nothing that anybody was asked to do.
    Where the new version would have asked before its day, and the old one had not yet, the old one's next check stays:
    or nobody would ask at all.
    """
    current: dict[str, Spot] = {}
    for number, (version, spots) in enumerate(known):
        mine = {spot.key: spot for spot in _concerning(version, spots, anchor, member, calendar, numbers)}
        if number == 0:
            # What people made asks nothing of the days before; what came with the software was there all along.
            first = version.effective_from if version.own else date.min
            current = {key: spot for key, spot in mine.items() if spot.opens_on >= first}
            continue
        start = version.effective_from
        merged = {key: spot for key, spot in current.items() if spot.opens_on < start}
        for key, spot in mine.items():
            if key in merged:
                continue
            if spot.opens_on >= start:
                merged[key] = spot
            elif key in current:
                merged[key] = current[key]
        if (stays := _in_between(current, merged, mine, start)) is not None:
            merged[stays.key] = stays
        current = merged
    ended = anchor.ended_on
    return [spot for spot in current.values() if ended is None or spot.opens_on <= ended]


def _in_between(
    old: Mapping[str, Spot], merged: Mapping[str, Spot], new: Mapping[str, Spot], start: date
) -> Spot | None:
    asked = max((spot.opens_on for spot in merged.values() if spot.opens_on < start), default=date.min)
    if not any(asked < spot.opens_on < start for key, spot in new.items() if key not in old):
        return None
    following = min((spot.due_on for spot in new.values() if spot.opens_on >= start), default=date.max)
    dropped = [spot for key, spot in old.items() if key not in merged and spot.due_on < following]
    return min(dropped, key=lambda spot: (spot.opens_on, spot.key), default=None)


def _spots(
    anchor: Anchor, protocol: Protocol, calendar: Calendar, today: date, numbers: Numbers, changes: list[date]
) -> Iterator[Spot]:
    if anchor.kind not in protocol.anchors:
        return
    for slot in protocol.slots:
        for key, nominal in _dates(slot, anchor, protocol, calendar, today, changes):
            yield _spot(key, slot, nominal, nominal, anchor, calendar, numbers)


def _start(slot: Slot, anchor: Anchor) -> date:
    start = _later(anchor.on, slot)
    if (
        anchor.kind in HEARD_OF_LATE
        and not slot.every_days
        and start - timedelta(days=slot.before) < anchor.recorded_on
    ):
        # What had opened before anybody knew of it counts from the day on which it became known.
        return _later(anchor.recorded_on, slot)
    return start


def _later(day: date, slot: Slot) -> date:
    return add_months(day, slot.months) + timedelta(days=slot.days)


def _dates(
    slot: Slot, anchor: Anchor, protocol: Protocol, calendar: Calendar, today: date, changes: list[date]
) -> Iterator[tuple[str, date]]:
    if slot.since is Since.ANCHOR:
        start = _start(slot, anchor)
        if not slot.every_days:
            yield slot.key, start
            return
        passed = min(max((today - start).days, 0) // slot.every_days, slot.times)
        shown = min(passed + slot.ahead, slot.times)
        for number in range(1, shown + 1):
            yield f"{slot.key}_{number}", start + timedelta(days=number * slot.every_days)
        if shown < slot.times:
            changes.append(start + timedelta(days=(passed + 1) * slot.every_days))
        return
    ends = max(
        (
            _start(other, anchor) + timedelta(days=other.every_days * other.times)
            for other in protocol.slots
            if other.since is Since.ANCHOR
        ),
        default=anchor.on,
    )
    for year in calendar.years:
        nominal = year.starts_on + timedelta(days=slot.days)
        if anchor.on < nominal <= ends:
            yield f"{slot.key}_{year.key}", nominal


def _spot(
    key: str, slot: Slot, nominal: date, on: date, anchor: Anchor, calendar: Calendar, numbers: Numbers
) -> Spot:
    """Offsets count from the anchor; only school checks are moved, and only forward. `on` is `nominal`, or the day
    of a child's return after it.
    """
    due, purpose, provisional = on, slot.purpose, False
    if purpose is Purpose.SCHOOL:
        school_day = calendar.first_school_day(on)
        if school_day is not None:
            due = school_day
        elif calendar.covers(on):
            purpose = Purpose.HOME
        else:
            provisional = True
    before = timedelta(days=slot.before)
    opens = max(due - before, anchor.on if on == nominal else on)
    closes = due + timedelta(days=slot.after)
    if purpose is Purpose.SCHOOL and not provisional:
        least = numbers.on(NumberKey.SCHOOL_DAYS_IN_WINDOW, opens)
        if calendar.count(opens, closes) < least:
            last = calendar.nth_school_day(opens, least)
            closes, provisional = (last, False) if last else (closes, True)
    return Spot(
        key=key,
        slot=slot,
        nominal=nominal,
        purpose=purpose,
        opens_on=opens,
        due_on=due,
        closes_on=closes,
        answers_from=min(opens, max(nominal - before, anchor.on) if on == nominal else on),
        provisional=provisional,
    )


def _concerning(
    version: Protocol,
    spots: Iterable[Spot],
    anchor: Anchor,
    member: Member | None,
    calendar: Calendar,
    numbers: Numbers,
) -> Iterator[Spot]:
    """Those of the spots that are for this member, or, for None, for the household."""
    if member is None:
        yield from (spot for spot in spots if spot.slot.per is Per.HOUSEHOLD)
        return
    from_day = max(turns(member, version.from_age), member.joined_on)
    to_day = turns(member, version.to_age + 1)
    for spot in spots:
        if spot.slot.per is Per.HOUSEHOLD:
            continue
        # A trainee named by the anchor is traced at whatever age.
        if spot.slot.purpose is Purpose.PLACEMENT:
            if anchor.member_id == member.id:
                yield spot
            continue
        mine = _after_absence(spot, anchor, member, calendar, numbers) if member.absences else spot
        if from_day <= mine.due_on < to_day:
            yield mine


def _after_absence(spot: Spot, anchor: Anchor, member: Member, calendar: Calendar, numbers: Numbers) -> Spot:
    """What is due while a child is away is due on the return; where the calendar puts that off until they are away
    once more, on the next. What was missed before anybody spoke of the absence stays missed.
    """
    while back := max(
        (
            one.until
            for one in member.absences
            if one.since <= spot.due_on < one.until and one.recorded_on <= spot.closes_on
        ),
        default=None,
    ):
        spot = _spot(spot.key, spot.slot, spot.nominal, back, anchor, calendar, numbers)
    return spot


def _follow_ups(
    anchor: Anchor,
    protocol: str,
    member: Member | None,
    spots: list[Spot],
    numbers: Numbers,
    placed: Placed,
) -> None:
    known_on = max(anchor.recorded_on, member.recorded_on) if member else anchor.recorded_on
    whom = str(member.id) if member else "household"
    spots.sort(key=lambda one: (one.due_on, one.opens_on, one.key), reverse=True)
    # From the last to the first: the earliest opening among those due on a later day, by purpose.
    following: dict[Purpose, tuple[date, date | None, date]] = {}
    for spot in spots:
        planned = spot.slot.purpose
        due, later, opening = following.get(planned, (date.max, None, date.max))
        if spot.due_on < due:
            later = opening if opening < date.max else None
            following[planned] = (spot.due_on, later, min(opening, spot.opens_on))
        else:
            following[planned] = (due, later, min(opening, spot.opens_on))
        # What had closed before anyone could know of it is missed at once, and reminds nobody.
        reminds = spot.closes_on >= known_on
        if not reminds:
            lapses = spot.closes_on + DAY
        elif later is None:
            after = numbers.on(NumberKey.LAST_LAPSES_AFTER_DAYS, spot.opens_on)
            lapses = spot.closes_on + timedelta(days=after)
        else:
            lapses = max(later, spot.closes_on + DAY)
        key = begun_anew(spot.key, anchor.on) if anchor.again else spot.key
        one = FollowUp(
            id=uuid5(anchor.id, f"{protocol}:{key}:{whom}"),
            anchor_id=anchor.id,
            anchor_kind=anchor.kind,
            protocol=protocol,
            slot=key,
            member_id=member.id if member else None,
            purpose=spot.purpose,
            planned_purpose=planned,
            opens_on=spot.opens_on,
            due_on=spot.due_on,
            closes_on=spot.closes_on,
            lapses_on=lapses,
            reminds=reminds,
            provisional=spot.provisional,
        )
        placed.follow_ups.append(one)
        placed.begun[one.id] = anchor.on
        if spot.answers_from < spot.opens_on:
            placed.answers_from[one.id] = spot.answers_from
