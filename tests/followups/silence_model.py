"""The rule of silence once more, from what the domain says, and from nothing of the code but the windows of checks.

"`unconfirmed_since` is the close of the earliest unmet check since the child was last confirmed. It drives the
escalation: monitor at once, supervisor at +14 days, manager at +30; only a confirmed check resets it. Each step
happens once and is recorded."
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from tests.followups.lives import Life

STEPS = (("reminder", 1), ("escalated_supervisor", 14), ("escalated_manager", 30))


@dataclass(frozen=True)
class Window:
    """When one check of a child can be answered in time; `reminds`: it had not closed before anyone knew of it."""

    child: UUID
    answers_from: date
    closes_on: date
    reminds: bool


@dataclass(frozen=True)
class Told:
    child: UUID
    kind: str
    on: date
    since: date


@dataclass
class Silences:
    """What was told so far, with the day on which the child had last been confirmed then."""

    told: list[tuple[Told, date | None]] = field(default_factory=list)

    def look(self, life: Life, windows: Iterable[Window], today: date) -> None:
        """Somebody works out this family: the steps of each silence that have come and were not told are told."""
        known = list(windows)
        for child in life.children:
            since = unconfirmed_since(life, child, known, today)
            if since is None:
                continue
            confirmed = confirmed_on(life, child)
            lost = lost_on(life, child)
            for kind, days in STEPS:
                day = since + timedelta(days=days)
                if self._was_told(child, kind, since, confirmed):
                    continue
                if day > today or (lost is not None and day > lost):
                    break
                self.told.append((Told(child, kind, day, since), confirmed))

    def _was_told(self, child: UUID, kind: str, since: date, confirmed: date | None) -> bool:
        """In this silence: no confirmation lies between, or it was told of as many days or fewer."""
        return any(
            (one.child, one.kind) == (child, kind) and (then == confirmed or one.since >= since)
            for one, then in self.told
        )


def confirmed_on(life: Life, child: UUID) -> date | None:
    return max((one.day for one in life.found if one.child == child and one.confirms), default=None)


def lost_on(life: Life, child: UUID) -> date | None:
    """A supervisor gave the child up, and nobody has seen them since."""
    seen = confirmed_on(life, child)
    return min(
        (day for who, day in life.lost if who == child and (seen is None or seen <= day)),
        default=None,
    )


def unconfirmed_since(life: Life, child: UUID, windows: Iterable[Window], today: date) -> date | None:
    if not life.is_followed(child, today):
        return None
    seen = confirmed_on(life, child)
    answered = [one.day for one in life.found if one.child == child and one.answers]
    unmet = [
        one.closes_on
        for one in windows
        if one.child == child
        and one.reminds
        and one.closes_on < today
        and (seen is None or one.closes_on > seen)
        and not any(one.answers_from <= day <= one.closes_on for day in answered)
    ]
    return min(unmet, default=None)
