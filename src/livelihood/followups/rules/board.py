"""The order of the board of silence: days without being confirmed, weighted by risk."""

from datetime import date
from uuid import UUID

import msgspec


class Silent(msgspec.Struct, frozen=True):
    """A child who is followed, by when somebody last confirmed where they are."""

    member_id: UUID
    followed_since: date
    confirmed_on: date | None
    high_risk: bool

    @property
    def since(self) -> date:
        """Who was never confirmed is silent from the day on which following them began."""
        return self.confirmed_on or self.followed_since


def score(child: Silent, today: date, weight: int) -> int:
    """Days of silence; each counts `weight` times where the risk is high."""
    return (today - child.since).days * (weight if child.high_risk else 1)


def in_order(children: list[Silent], today: date, weight: int) -> list[Silent]:
    """The most urgent first; `queries.board` gives the same order from two scans of an index."""
    return sorted(children, key=lambda child: (-score(child, today, weight), child.member_id))
