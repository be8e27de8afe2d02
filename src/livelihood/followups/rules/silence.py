"""How long nobody has confirmed a child, and what that leads to."""

from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec


class Level(StrEnum):
    """How far a silence has been told: the monitor at once, then the supervisor, then the manager."""

    REMINDER = "reminder"
    ESCALATED_SUPERVISOR = "escalated_supervisor"
    ESCALATED_MANAGER = "escalated_manager"


class ConsequenceKind(StrEnum):
    REMINDER = "reminder"
    ESCALATED_SUPERVISOR = "escalated_supervisor"
    ESCALATED_MANAGER = "escalated_manager"
    REMEDIATED = "remediated"
    RISK_REVIEW = "risk_review"


class Consequence(msgspec.Struct, frozen=True):
    """`since`: from when the child was unconfirmed then. `cause_id`: the follow-up, finding or anchor behind it."""

    id: UUID
    member_id: UUID | None
    kind: ConsequenceKind
    happened_on: date
    since: date | None = None
    cause_id: UUID | None = None


class Followed(msgspec.Struct, frozen=True):
    """One followed child; `level` is how far this silence has been told."""

    member_id: UUID
    followed_since: date
    confirmed_on: date | None
    unconfirmed_since: date | None
    level: Level | None
    high_risk: bool
    lost_on: date | None
