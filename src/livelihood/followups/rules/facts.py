"""What the schedule is worked out from."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.consequences import Consequence
from livelihood.households.rules import BirthPrecision
from livelihood.observations.rules import Observation


class AnchorKind(StrEnum):
    """What starts a plan. `out_of_school` is not recorded by anyone: each such alert anchors an extra check, and so does
    each finding of a young person out of school of whom nobody asked what they do instead.

    Nor is `schooling`, as a rule: it is the day on which a child known to be out of school was found in it; nor
    `return`, which is the end of a time away.
    """

    COURSE = "course"
    GRANT = "grant"
    HIGH_RISK = "high_risk"
    OUT_OF_SCHOOL = "out_of_school"
    RETURN = "return"
    SCHOOLING = "schooling"


class Because(StrEnum):
    """Why someone is followed no longer."""

    CLOSED = "closed"
    DIED = "died"
    LOST = "lost"
    MOVED = "moved"
    TURNED_18 = "turned_18"


class AbsenceReason(StrEnum):
    """Why somebody is away for a season."""

    BRICK_KILN = "brick_kiln"
    HARVEST = "harvest"
    OTHER_WORK = "other_work"
    RELATIVES = "relatives"
    OTHER = "other"


class Outcome(StrEnum):
    """How an attempt went. Only `met` answers anything."""

    MET = "met"
    NOT_FOUND = "not_found"
    MOVED = "moved"
    REFUSED = "refused"
    NO_ACCESS = "no_access"


class Mode(StrEnum):
    """`register`: read in a school's register, which meets nobody of the family and misses nobody either."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    REGISTER = "register"


class Met(StrEnum):
    """Who spoke, as a rule the one who knows the children best. Nobody of the family: a neighbour, or another."""

    CAREGIVER = "caregiver"
    OTHER_ADULT = "other_adult"
    CHILD = "child"
    NEIGHBOUR = "neighbour"
    OTHER = "other"


OF_THE_FAMILY = frozenset({Met.CAREGIVER, Met.OTHER_ADULT, Met.CHILD})


class Leaving(msgspec.Struct, frozen=True):
    """`recorded_at`: what was found until then was found of somebody who had not left, as far as anybody knew."""

    on: date
    because: Because
    recorded_at: datetime = datetime.min.replace(tzinfo=UTC)

    def had_come(self, day: date, recorded_at: datetime) -> bool:
        """Whether what was recorded then speaks of somebody who had left by that day, as was known: who says later that
        they left knows what was found before.
        """
        return self.on < day and self.recorded_at < recorded_at


class Absence(msgspec.Struct, frozen=True):
    """Away with the season's work; `until` is the day of the return. What had closed before `recorded_on`, when anybody
    first spoke of it, stays as it was. `back_known_on`: from when on the day of the return was known, where it
    was not said at first.
    """

    since: date
    until: date
    recorded_on: date = date.min
    back_known_on: date = date.min

    def ended_by(self, seen: Iterable[date]) -> "Absence":
        """Who was seen after they were to leave is back, whatever was said. `seen`: the days on which they were there."""
        back = min((day for day in seen if self.since < day < self.until), default=None)
        return self if back is None else msgspec.structs.replace(self, until=back)


class Loss(msgspec.Struct, frozen=True):
    """A supervisor's word that a child is lost to follow-up."""

    member_id: UUID
    decided_on: date


class CheckClosed(msgspec.Struct, frozen=True):
    """A supervisor's word that nobody will make a check."""

    follow_up_id: UUID
    on: date


class Member(msgspec.Struct, frozen=True):
    """`recorded_on` may be later than `joined_on`: what had closed by then reminds nobody."""

    id: UUID
    born_on: date
    born_precision: BirthPrecision = BirthPrecision.DAY
    joined_on: date = date.min
    left: Leaving | None = None
    recorded_on: date = date.min
    absences: tuple[Absence, ...] = ()

    def is_away(self, day: date) -> bool:
        return any(one.since <= day < one.until for one in self.absences)


class Anchor(msgspec.Struct, frozen=True):
    """`recorded_on` may be later than `on`: what had closed by then reminds nobody.

    `ended_on`: what it stands for ended then; no check opens after it. `again`: its plan has begun anew on this day.
    `asks`: what the child does instead of school is to be asked.
    """

    id: UUID
    kind: AnchorKind
    on: date
    recorded_on: date
    member_id: UUID | None = None
    ended_on: date | None = None
    again: bool = False
    asks: bool = False


def first_risk_id(household_id: UUID) -> UUID:
    """The anchor of the risk a household was registered with."""
    return uuid5(household_id, AnchorKind.HIGH_RISK)


class Visit(msgspec.Struct, frozen=True):
    """`present`: the members who were there, where that was noted."""

    id: UUID
    happened_on: date
    outcome: Outcome
    mode: Mode = Mode.IN_PERSON
    recorded_at: datetime = datetime.min.replace(tzinfo=UTC)
    present: frozenset[UUID] = frozenset()
    recorded_by: UUID | None = None


class Moved(msgspec.Struct, frozen=True):
    """A family lived in another province before this day."""

    on: date
    province: str


class Decided(msgspec.Struct, frozen=True):
    """A supervisor's word that ends the waiting of a day's records; a withdrawal ends none of itself: what the other
    records say is what counts then.
    """

    happened_on: date
    decided_at: datetime


class Household(msgspec.Struct, frozen=True):
    """Everything about one family that its schedule depends on.

    `happened` is what was told already; `province` says when its schools are open, and `moves`, in
    order, where it lived before; `searched` are the alerts that closed
    doors have raised: whoever is looked for is looked for still when the plan that asked after them is taken away.
    """

    id: UUID
    members: tuple[Member, ...] = ()
    anchors: tuple[Anchor, ...] = ()
    visits: tuple[Visit, ...] = ()
    observations: tuple[Observation, ...] = ()
    left: Leaving | None = None
    losses: tuple[Loss, ...] = ()
    happened: tuple[Consequence, ...] = ()
    province: str = ""
    decided: tuple[Decided, ...] = ()
    searched: frozenset[UUID] = frozenset()
    closed_checks: tuple[CheckClosed, ...] = ()
    moves: tuple[Moved, ...] = ()

    def leavings(self, member: Member | None) -> Iterator[Leaving]:
        """Every reason for which this member (or, for None, the household) is followed no longer."""
        if self.left:
            yield self.left
        if member and member.left:
            yield member.left
