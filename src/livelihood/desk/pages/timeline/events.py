"""A line of the timeline."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from livelihood.followups import labels
from livelihood.followups.queries.people import Child
from livelihood.followups.schemas import FollowUpOut

People = Mapping[UUID, Child]


class Finding(msgspec.Struct, frozen=True):
    """What was seen of one member (or, without one, of the business), as a chip."""

    person: Child | None
    kind: str
    words: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline, in the reader's language; `kind` is that of a chip, `quote` somebody's own words.

    `there`: who was noted as present, which confirms them.
    """

    on: date
    kind: str
    title: str
    text: str = ""
    quote: str = ""
    by: str = ""
    href: str = ""
    findings: tuple[Finding, ...] = ()
    people: tuple[Child, ...] = ()
    there: tuple[Child, ...] = ()
    struck: bool = False
    at: datetime | None = None
    """When it was written down, where that is known."""
    hour: str = ""


def named(people: People, *members: UUID | None) -> tuple[Child, ...]:
    return tuple(people[member] for member in members if member is not None and member in people)


def together(follow_ups: Iterable[FollowUpOut]) -> list[list[FollowUpOut]]:
    """Checks of one window and name: they are made in one visit, and told in one line."""
    groups: dict[tuple[date, date, str], list[FollowUpOut]] = {}
    for one in sorted(follow_ups, key=lambda one: (one.closes_on, one.due_on)):
        groups.setdefault((one.due_on, one.closes_on, labels.check_name(one)), []).append(one)
    return list(groups.values())
