"""The rule of silence once more, from what the domain says, and from nothing of the code but the windows of checks.

"`unconfirmed_since` is the close of the earliest unmet check since the child was last confirmed. It drives the
escalation: monitor at once, supervisor at +14 days, manager at +30; only a confirmed check resets it. Each step
happens once and is recorded." Where the numbers were changed, a silence keeps those of the day on which it began.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from tests.followups.alert_model import followed_since, is_sought_on
from tests.followups.confirmation_model import HOME, answers, found_on, there_on, was_there
from tests.followups.lives import Bars, Life, Visited


@dataclass(frozen=True)
class Window:
    """When one check of a child can be answered in time, by what answers it; `reminds`: it had not closed before
    anyone knew of it.
    """

    check: UUID
    child: UUID
    answered_by: frozenset[str]
    answers_from: date
    closes_on: date
    reminds: bool

    def is_answered(self, found: Iterable[tuple[date, set[str]]]) -> bool:
        """By something of a day in the window, whenever it was recorded."""
        return any(self.answers_from <= day <= self.closes_on and by & self.answered_by for day, by in found)


@dataclass(frozen=True)
class Told:
    child: UUID
    kind: str
    on: date
    since: date


@dataclass(frozen=True)
class Row:
    """A child on the board of silence."""

    followed_since: date
    confirmed_on: date | None
    unconfirmed_since: date | None
    high_risk: bool
    lost_on: date | None


@dataclass
class Silences:
    """What was told so far, with the day on which the child had last been confirmed then; and the board."""

    bars: Bars
    told: list[tuple[Told, date | None]] = field(default_factory=list)
    board: dict[UUID, Row] = field(default_factory=dict)

    def steps(self, since: date) -> list[tuple[str, int]]:
        return [
            ("reminder", 1),
            ("escalated_supervisor", self.bars.on("escalate_supervisor_days", since)),
            ("escalated_manager", self.bars.on("escalate_manager_days", since)),
        ]

    def look(self, life: Life, windows: Sequence[Window], today: date) -> None:
        """Somebody works out this family: the steps of each silence that have come and were not told are told."""
        for child in life.children:
            row = _row(life, child, self.bars, [one for one in windows if one.child == child], today)
            self.board.pop(child, None)
            if row is None:
                continue
            self.board[child] = row
            if row.unconfirmed_since:
                self._tell(child, row, row.unconfirmed_since, today)

    def _tell(self, child: UUID, row: Row, since: date, today: date) -> None:
        for kind, days in self.steps(since):
            day = since + timedelta(days=days)
            if self._was_told(child, kind, since, row.confirmed_on):
                continue
            if day > today or (row.lost_on is not None and day > row.lost_on):
                break
            self.told.append((Told(child, kind, day, since), row.confirmed_on))

    def _was_told(self, child: UUID, kind: str, since: date, confirmed: date | None) -> bool:
        """In this silence: no confirmation lies between, or it was told of as many days or fewer."""
        return any(
            (one.child, one.kind) == (child, kind) and (then == confirmed or one.since >= since)
            for one, then in self.told
        )


def _row(life: Life, child: UUID, bars: Bars, windows: Sequence[Window], today: date) -> Row | None:
    """On the board is who has a plan that has begun, until it is over; whoever is silent then stays."""
    since = followed_since(life, child, bars)
    if not windows or since is None or since > today or life.has_left(child, today):
        return None
    silent = unconfirmed_since(life, child, windows, bars, today)
    if silent is None and max(one.closes_on for one in windows) < today:
        return None
    return Row(
        since,
        confirmed_on(life, child, bars),
        silent,
        life.is_at_high_risk(today),
        lost_on(life, child, bars),
    )


def confirmed_on(life: Life, child: UUID, bars: Bars) -> date | None:
    """Seen, or found in a register; of who is missing a name in a register is no sign of life."""

    def work() -> date | None:
        found = [day for day in found_on(life, child) if not is_sought_on(life, child, day, bars)]
        return max(there_on(life, child) + found, default=None)

    return life.once((child, "confirmed"), work)


def answered(life: Life, child: UUID) -> list[tuple[date, set[str]]]:
    """Each day on which something was found of the child that answers a check, or on which they were there; not of who
    had left.
    """

    def work() -> list[tuple[date, set[str]]]:
        mine = life.of(child)
        there = [
            one.day
            for one in life.log
            if isinstance(one, Visited) and was_there(one, child) and life.lived_there(child, one.day, one.id)
        ]
        found = [
            (one.day, by)
            for one in mine
            if life.lived_there(child, one.day, one.visit.id)
            and (by := answers(one, mine, life.children[child]))
        ]
        return [(day, {HOME}) for day in there] + found

    return life.once((child, "answered"), work)


def lost_on(life: Life, child: UUID, bars: Bars) -> date | None:
    """A supervisor gave the child up, and nobody has seen them on that day or since."""
    seen = confirmed_on(life, child, bars)
    return min(
        (day for who, day in life.lost if who == child and (seen is None or seen < day)),
        default=None,
    )


def unconfirmed_since(
    life: Life, child: UUID, windows: Sequence[Window], bars: Bars, today: date
) -> date | None:
    seen = confirmed_on(life, child, bars)
    found = answered(life, child)
    unmet = [
        one.closes_on
        for one in windows
        if one.reminds
        and one.closes_on < today
        and (seen is None or one.closes_on > seen)
        and not one.is_answered(found)
    ]
    return min(unmet, default=None)
