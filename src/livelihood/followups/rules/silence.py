"""How long nobody has confirmed a child, and what that leads to."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.consequences import Consequence, ConsequenceKind, Level
from livelihood.followups.rules.facts import Because
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.protocols import OF_A_CHILD
from livelihood.followups.rules.state import FollowUp, Settled

DAY = timedelta(days=1)


class Followed(msgspec.Struct, frozen=True):
    """One followed child; `level` is how far this silence has been told. `seen_on`: the last day on which they were there,
    by more than a name in a register.
    """

    member_id: UUID
    followed_since: date
    confirmed_on: date | None
    seen_on: date | None
    unconfirmed_since: date | None
    level: Level | None
    high_risk: bool
    lost_on: date | None


class Silence(msgspec.Struct, frozen=True):
    """`since` is the close of `check`, the earliest that nobody answered in time since the child was confirmed; the check
    opened on `opens_on`.
    """

    since: date
    check: UUID
    opens_on: date


def silence(
    checks: Iterable[FollowUp], met: Collection[UUID], confirmed_on: date | None, today: date
) -> Silence | None:
    """`met` are those that a record of a day in their window answers, whenever it arrived.

    What was answered in its window, if only by a caregiver's word, is no silence; what was answered so after it had closed
    is, until the child is confirmed.
    """
    first: FollowUp | None = None
    for one in checks:
        if (
            one.closes_on < today
            and one.reminds
            and (confirmed_on is None or one.closes_on > confirmed_on)
            and unmet(one, met)
            and (first is None or (one.closes_on, one.id) < (first.closes_on, first.id))
        ):
            first = one
    return Silence(first.closes_on, first.id, first.opens_on) if first else None


def unmet(one: FollowUp, met: Collection[UUID]) -> bool:
    if one.id in met:
        return False
    if one.settled is Settled.CANCELLED:
        return one.because is Because.LOST
    return one.settled_on is None or one.settled is Settled.MISSED or one.settled_on > one.closes_on


def steps(since: date, numbers: Numbers) -> list[tuple[Level, date]]:
    """On which day each is told of a silence: by the numbers of the day on which it began."""
    supervisor = numbers.on(NumberKey.ESCALATE_SUPERVISOR_DAYS, since)
    manager = numbers.on(NumberKey.ESCALATE_MANAGER_DAYS, since)
    return [
        (Level.REMINDER, since + DAY),
        (Level.ESCALATED_SUPERVISOR, since + timedelta(days=supervisor)),
        (Level.ESCALATED_MANAGER, since + timedelta(days=manager)),
    ]


def step_id(member_id: UUID, level: Level, confirmed_on: date | None, since: date | None = None) -> UUID:
    """One for each level after each last confirmed day; `since` for those of a silence that began anew without one."""
    after = str(confirmed_on or "never")
    return uuid5(member_id, f"{level}:{after}:{since}" if since else f"{level}:{after}")


def told(
    member_id: UUID,
    found: Silence,
    confirmed_on: date | None,
    lost_on: date | None,
    today: date,
    numbers: Numbers,
    known: Sequence[Consequence],
) -> tuple[Level | None, list[Consequence], date | None]:
    """How far this silence was told, the steps as they stand from now on, and the day of the next one.

    `known` are the steps that were told of this child: each is told once of a silence, and none of one that is over counts
    for the next. A loss ends the work of the monitor, and is the supervisor's own word: neither is told of it any more. It
    is no knowledge of the child, so the manager is.
    """
    level: Level | None = None
    stand: list[Consequence] = []
    for step, day in steps(found.since, numbers):
        mine = [
            one
            for one in known
            if one.kind.value == step.value and _was_told(member_id, step, one, found, confirmed_on)
        ]
        if mine:
            level = step
            stand += (msgspec.structs.replace(one, ended_on=None) for one in mine if one.ended_on)
        elif lost_on is not None and day > lost_on and step is not Level.ESCALATED_MANAGER:
            continue
        elif day > today:
            return level, stand, day
        else:
            level = step
            identity = step_id(member_id, step, confirmed_on)
            if any(one.id == identity for one in known):
                identity = step_id(member_id, step, confirmed_on, found.since)
            kind = ConsequenceKind(step)
            stand.append(Consequence(identity, member_id, kind, day, found.since, found.check))
    return level, stand, None


def _was_told(
    member_id: UUID, step: Level, one: Consequence, found: Silence, confirmed_on: date | None
) -> bool:
    """Of this silence, or of a part of it: a late record or a correction may have shown since that it is longer.

    Nor is a step told anew because the silence counts from a later day than it did, by a late record, another protocol or
    another calendar, as long as nobody has confirmed the child and it was never over; or because it was over only until
    the same check closed once more, some days later.
    """
    assert one.since is not None, "a step is told of a silence"
    if one.since >= found.since:
        return True
    if one.id not in {
        step_id(member_id, step, confirmed_on),
        step_id(member_id, step, confirmed_on, one.since),
    }:
        return False
    return one.ended_on is None or (one.cause_id == found.check and one.since >= found.opens_on)


def over(known: Iterable[Consequence], today: date) -> list[Consequence]:
    """The steps of a silence that is none any more: what is told from now on is told of another."""
    return [msgspec.structs.replace(one, ended_on=today) for one in known if one.ended_on is None]


def of_child(follow_ups: Sequence[FollowUp]) -> dict[UUID, list[FollowUp]]:
    """The checks of each child, of all plans together."""
    checks: dict[UUID, list[FollowUp]] = {}
    for one in follow_ups:
        if one.member_id is not None and one.planned_purpose in OF_A_CHILD:
            checks.setdefault(one.member_id, []).append(one)
    return checks
