"""What silence and findings led to: told once, and from then on a fact. When it is over is a fact as well."""

from datetime import date, datetime
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


class Ended(StrEnum):
    """Why "remediated" holds no more: a record says otherwise of that time, or what it rested on was withdrawn or corrected."""

    CONTRARY = "contrary"
    TAKEN_BACK = "taken_back"


class Consequence(msgspec.Struct, frozen=True):
    """`since`: from when the child was unconfirmed then. `cause_id`: the follow-up, finding or anchor behind it.

    `recorded_at`: when it was written down; none for what happens only now. `ended_on`: when somebody first worked out that
    the silence it was told of is over, or that it holds no more, and then `ended_because`; none while it stands.
    """

    id: UUID
    member_id: UUID | None
    kind: ConsequenceKind
    happened_on: date
    since: date | None = None
    cause_id: UUID | None = None
    recorded_at: datetime | None = None
    ended_on: date | None = None
    ended_because: Ended | None = None
