"""What the schedule is worked out from."""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from livelihood.households.rules import BirthPrecision
from livelihood.observations.rules import Observation


class AnchorKind(StrEnum):
    """What starts a plan. `out_of_school` is not recorded by anyone: each such alert anchors an extra check."""

    COURSE = "course"
    GRANT = "grant"
    HIGH_RISK = "high_risk"
    OUT_OF_SCHOOL = "out_of_school"
    SCHOOLING = "schooling"


class Because(StrEnum):
    """Why someone is followed no longer."""

    CLOSED = "closed"
    DIED = "died"
    LOST = "lost"
    MOVED = "moved"
    TURNED_18 = "turned_18"


class Outcome(StrEnum):
    """How an attempt went. Only `met` answers anything."""

    MET = "met"
    NOT_FOUND = "not_found"
    MOVED = "moved"
    REFUSED = "refused"
    NO_ACCESS = "no_access"


class Mode(StrEnum):
    IN_PERSON = "in_person"
    PHONE = "phone"


class Leaving(msgspec.Struct, frozen=True):
    on: date
    because: Because


class Member(msgspec.Struct, frozen=True):
    id: UUID
    born_on: date
    born_precision: BirthPrecision = BirthPrecision.DAY
    joined_on: date = date.min
    left: Leaving | None = None


class Anchor(msgspec.Struct, frozen=True):
    """`recorded_on` may be later than `on`: what had closed by then reminds nobody."""

    id: UUID
    kind: AnchorKind
    on: date
    recorded_on: date
    member_id: UUID | None = None


class Visit(msgspec.Struct, frozen=True):
    id: UUID
    happened_on: date
    outcome: Outcome


class Household(msgspec.Struct, frozen=True):
    """Everything about one family that its schedule depends on; `province` says when its schools are open."""

    id: UUID
    members: tuple[Member, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    visits: tuple[Visit, ...] = ()
    observations: tuple[Observation, ...] = ()
    left: Leaving | None = None
    province: str = ""

    def leavings(self, member: Member | None) -> Iterator[Leaving]:
        """Every reason for which this member (or, for None, the household) is followed no longer."""
        if self.left:
            yield self.left
        if member and member.left:
            yield member.left
