"""The rule of silence once more, from what the domain says, and from nothing of the code but the windows of checks.

"`unconfirmed_since` is the close of the earliest unmet check since the child was last confirmed. It drives the
escalation: monitor at once, supervisor at +14 days, manager at +30; only a confirmed check resets it. Each step
happens once and is recorded." Where the numbers were changed, a silence keeps those of the day on which it began. A
silence that was none any more, as when its plan was taken away, and begins again is a new one, with steps of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from tests.followups.alert_model import followed_since, is_sought_on
from tests.followups.confirmation_model import (
    HOME,
    INSTEAD,
    answers,
    found_on,
    there_on,
    vouches,
    was_there,
)
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
    opens_on: date = date.min

    def is_answered(
        self, found: Iterable[tuple[date, set[str]]], first: date | None = None, last: date | None = None
    ) -> bool:
        """By something of a day in the window, or between those, whenever it was recorded."""
        first, last = first or self.answers_from, last or self.closes_on
        return any(first <= day <= last and by & self.answered_by for day, by in found)

    def stands(self, found: Iterable[tuple[date, set[str]]], day: date) -> bool:
        """On that day it is not about to close, and nothing of a day until then has answered it."""
        return day < self.closes_on and not self.is_answered(found, last=day)


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
class Spoken:
    """What was told, of which check, with the day on which the child had last been confirmed then. `over`: somebody has
    looked since and found no silence.
    """

    what: Told
    check: UUID
    confirmed: date | None
    over: bool = False


@dataclass
class Silences:
    """What was told so far; how far, of each who is silent now; and the board."""

    bars: Bars
    spoken: list[Spoken] = field(default_factory=list)
    board: dict[UUID, Row] = field(default_factory=dict)
    levels: dict[UUID, str | None] = field(default_factory=dict)

    @property
    def told(self) -> list[Told]:
        return [one.what for one in self.spoken]

    def steps(self, since: date) -> list[tuple[str, int]]:
        return [
            ("reminder", 1),
            ("escalated_supervisor", self.bars.on("escalate_supervisor_days", since)),
            ("escalated_manager", self.bars.on("escalate_manager_days", since)),
        ]

    def look(self, life: Life, windows: Sequence[Window], today: date) -> None:
        """Somebody works out this family: the steps of each silence that have come and were not told are told."""
        for child in life.children:
            mine = [one for one in windows if one.child == child]
            row = _row(life, child, self.bars, mine, today)
            self.board.pop(child, None)
            self.levels[child] = None
            if row is not None:
                self.board[child] = row
            if row is not None and (first := unmet_first(life, child, mine, self.bars, today)):
                self._tell(row, first, today)
            else:
                for one in self.spoken:
                    one.over |= one.what.child == child

    def is_silent(self, life: Life, child: UUID, windows: Sequence[Window], today: date) -> bool:
        """By the facts and the day, whoever has worked them out."""
        mine = [one for one in windows if one.child == child]
        row = _row(life, child, self.bars, mine, today)
        return row is not None and row.unconfirmed_since is not None

    def _tell(self, row: Row, first: Window, today: date) -> None:
        child, since = first.child, first.closes_on
        for kind, days in self.steps(since):
            day = since + timedelta(days=days)
            before = [one for one in self.spoken if (one.what.child, one.what.kind) == (child, kind)]
            mine = [one for one in before if _is_of(one, first, row.confirmed_on)]
            for one in mine:
                # It goes on after all.
                one.over = False
            if not mine:
                if row.lost_on is not None and day > row.lost_on and kind != "escalated_manager":
                    # The supervisor gave the child up, and the monitor looks no longer; the manager hears of it all the same.
                    continue
                if day > today:
                    break
                self.spoken.append(Spoken(Told(child, kind, day, since), first.check, row.confirmed_on))
            self.levels[child] = kind


def _is_of(one: Spoken, first: Window, confirmed: date | None) -> bool:
    """Of this silence: it was told of as many days or fewer; or no confirmation lies between, and it was never over, or
    only until the same check, open then already, closed some days later.
    """
    if one.what.since >= first.closes_on:
        return True
    moved = one.check == first.check and first.opens_on <= one.what.since
    return one.confirmed == confirmed and (moved or not one.over)


def _row(life: Life, child: UUID, bars: Bars, windows: Sequence[Window], today: date) -> Row | None:
    """On the board is who has a plan that has begun, until it is over; whoever is silent then stays."""
    since = followed_since(life, child, bars)
    if not windows or since is None or since > today or life.has_left(child, today):
        return None
    first = unmet_first(life, child, windows, bars, today)
    silent = first.closes_on if first else None
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
        found = [
            (one.day, by)
            for one in mine
            if life.lived_there(child, one.day, one.visit.id)
            and (by := answers(one, mine, life.children[child]))
        ]
        return _was_at_home(life, child) + found

    return life.once((child, "answered"), work)


def makes_good(life: Life, child: UUID) -> list[tuple[date, set[str]]]:
    """Of what answers checks, what answers an extra check that is overdue as well: what whoever saw the child has found, or
    a register that has them; and of whomever it was learnt, what they do instead of school. Not of who had left.
    """
    mine = life.of(child)
    found = [
        (one.day, by)
        for one in mine
        if life.lived_there(child, one.day, one.visit.id)
        and (by := answers(one, mine, life.children[child]))
        and (vouches(one) or (was_there(one.visit, child) and one.day == one.visit.day))
    ]
    learnt = [(day, {INSTEAD}) for day, by in answered(life, child) if INSTEAD in by]
    return _was_at_home(life, child) + found + learnt


def _was_at_home(life: Life, child: UUID) -> list[tuple[date, set[str]]]:
    return [
        (one.day, {HOME})
        for one in life.log
        if isinstance(one, Visited) and was_there(one, child) and life.lived_there(child, one.day, one.id)
    ]


def lost_on(life: Life, child: UUID, bars: Bars) -> date | None:
    """A supervisor gave the child up, and nobody has seen them on that day or since."""
    seen = confirmed_on(life, child, bars)
    return min(
        (day for who, day in life.lost if who == child and (seen is None or seen < day)),
        default=None,
    )


def unmet_first(life: Life, child: UUID, windows: Sequence[Window], bars: Bars, today: date) -> Window | None:
    seen = confirmed_on(life, child, bars)
    found = answered(life, child)
    unmet = [
        one
        for one in windows
        if one.reminds
        and one.closes_on < today
        and (seen is None or one.closes_on > seen)
        and not one.is_answered(found)
    ]
    return min(unmet, key=lambda one: (one.closes_on, one.check), default=None)
