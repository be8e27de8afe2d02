"""A follow-up and the state it is in."""

from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from livelihood.followups.rules.facts import AnchorKind, Because
from livelihood.followups.rules.protocols import Purpose


class Settled(StrEnum):
    """How a follow-up came to its end. `missed` is a person's word; those that lapse are not settled."""

    DONE = "done"
    DONE_LATE = "done_late"
    CANCELLED = "cancelled"
    MISSED = "missed"


class State(StrEnum):
    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    MISSED = "missed"
    DONE = "done"
    DONE_LATE = "done_late"
    CANCELLED = "cancelled"


class FollowUp(msgspec.Struct, frozen=True):
    """One obligation: this subject is to be checked for this purpose in this window.

    `purpose` is what it became (a home check in a vacation), `planned_purpose` what the protocol says.
    `lapses_on` is the first day on which it is missed rather than overdue. `reminds` is False for what had closed
    before anyone could know of it. `provisional`: no school calendar is known for its days yet.
    """

    id: UUID
    anchor_id: UUID
    anchor_kind: AnchorKind
    protocol: str
    slot: str
    member_id: UUID | None
    purpose: Purpose
    planned_purpose: Purpose
    opens_on: date
    due_on: date
    closes_on: date
    lapses_on: date
    reminds: bool = True
    provisional: bool = False
    settled_on: date | None = None
    settled: Settled | None = None
    settled_by: UUID | None = None
    because: Because | None = None


def state_of(
    *, opens_on: date, closes_on: date, lapses_on: date, settled: Settled | None, today: date
) -> State:
    """The one definition of overdue and the others; `queries.states` says the same in SQL."""
    if settled is not None:
        return State(settled)
    if today < opens_on:
        return State.UPCOMING
    if today <= closes_on:
        return State.DUE
    return State.OVERDUE if today < lapses_on else State.MISSED


def state(follow_up: FollowUp, today: date) -> State:
    return state_of(
        opens_on=follow_up.opens_on,
        closes_on=follow_up.closes_on,
        lapses_on=follow_up.lapses_on,
        settled=follow_up.settled,
        today=today,
    )
