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
    """`since` is the close of `check`, the earliest that nobody answered in time since the child was confirmed."""

    since: date
    check: UUID


def silence(
    checks: Iterable[FollowUp], met: Collection[UUID], confirmed_on: date | None, today: date
) -> Silence | None:
    """`met` are those that a record of a day in their window answers, whenever it arrived. What was answered in its window, if only by a caregiver's word, is no silence; what was answered so after
    it had closed is, until the child is confirmed.
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
    return Silence(first.closes_on, first.id) if first else None


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


def step_id(member_id: UUID, level: Level, confirmed_on: date | None) -> UUID:
    """One for each level after each last confirmed day: so each is told once, and told anew after a confirmation."""
    return uuid5(member_id, f"{level}:{confirmed_on or 'never'}")


def told(
    member_id: UUID,
    found: Silence,
    confirmed_on: date | None,
    lost_on: date | None,
    today: date,
    numbers: Numbers,
    happened: dict[UUID, Consequence],
) -> tuple[Level | None, list[Consequence], date | None]:
    """How far the silence was told, what is to be told now, and the day of the next step.

    A level in `happened` was told already, also where a late record has since changed from when the silence counts;
    and so was one told of this silence or of a shorter one, where a late record or a correction has since changed
    the day of the last confirmation.
    After a child was declared lost nobody is told any more.
    """
    level: Level | None = None
    new: list[Consequence] = []
    for step, day in steps(found.since, numbers):
        identity = step_id(member_id, step, confirmed_on)
        if identity in happened or _was_told(member_id, step, found.since, happened.values()):
            level = step
        elif lost_on is not None and day > lost_on:
            break
        elif day > today:
            return level, new, day
        else:
            level = step
            new.append(Consequence(identity, member_id, ConsequenceKind(step), day, found.since, found.check))
    return level, new, None


def _was_told(member_id: UUID, level: Level, since: date, happened: Iterable[Consequence]) -> bool:
    return any(
        one.kind.value == level.value
        and one.member_id == member_id
        and one.since is not None
        and one.since >= since
        for one in happened
    )


def of_child(follow_ups: Sequence[FollowUp]) -> dict[UUID, list[FollowUp]]:
    """The checks of each child, of all plans together."""
    checks: dict[UUID, list[FollowUp]] = {}
    for one in follow_ups:
        if one.member_id is not None and one.planned_purpose in OF_A_CHILD:
            checks.setdefault(one.member_id, []).append(one)
    return checks
