"""What a concern is made of, and how far it has come."""

from collections.abc import Iterable
from enum import StrEnum
from uuid import UUID

import msgspec

from livelihood.errors import DomainError


class StepKind(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    STEP = "step"
    CLOSED = "closed"


class State(StrEnum):
    SENT = "sent"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class Content(msgspec.Struct, frozen=True):
    """What is sealed: the words, and the family they are about, if one was named."""

    seen: str
    present: str
    household_id: UUID | None = None
    member_id: UUID | None = None


class NotSetUp(DomainError):
    """No key was made, so nothing can be sealed; or this server lacks the key that opens."""

    code = "concerns-not-set-up"
    status = 503


class ConcernClosed(DomainError):
    code = "concern-closed"
    status = 409


def state(steps: Iterable[str]) -> State:
    """By the kinds of its steps, in whatever order they stand."""
    kinds = set(steps)
    if StepKind.CLOSED in kinds:
        return State.CLOSED
    return State.ACKNOWLEDGED if kinds else State.SENT
