"""What a change of policy would do: counted family by family, with a few examples."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from livelihood.followups.rules.alerts import Alert
from livelihood.followups.rules.consequences import Level
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import FollowUp, Settled

GOOD_FOR = timedelta(hours=1)
EXAMPLES_OF_EACH = 2
LEVELS = frozenset(level.value for level in Level)


class PreviewState(StrEnum):
    """`asked`: being worked out. `dropped`: whoever asked has asked anew. `overtaken`: policy changed meanwhile."""

    ASKED = "asked"
    DONE = "done"
    DROPPED = "dropped"
    IN_FORCE = "in_force"
    OVERTAKEN = "overtaken"


class Effect(StrEnum):
    """`moved`: the day on which it opens, is due or closes. `lapses`: only until when it may be answered.

    `otherwise`: its days and what it looks at stay, and something else of it differs, such as which visit answers it.
    """

    ADDED = "added"
    GONE = "gone"
    MOVED = "moved"
    TO_HOME = "to_home"
    TO_SCHOOL = "to_school"
    LAPSES = "lapses"
    OTHERWISE = "otherwise"

    @classmethod
    def _missing_(cls, value: object) -> "Effect":  # noqa: ARG003 - named by Enum
        """Workers of another release, running beside this one, may tell more kinds apart."""
        return cls.OTHERWISE


class Counts(msgspec.Struct, frozen=True):
    """Of one office: the households and children for whom anything differs, and what does.

    A follow-up counts as moved where the day on which it opens, is due or closes differs, and under `lapses` where of its
    days only the one differs until which it may be answered. Under `to_home` and `to_school` counts what becomes a check
    of that kind, whether it moves or not; under `otherwise` what differs in nothing of all this. `told` are steps of a silence that
    somebody is told of at once, `opened` and `closed` are alerts. `measured` is what there is of what a number decides,
    and `measured_with` what there would be had it held all along; `measured_of` how many records can tell of it, where that is not every visit. All are empty
    for other changes.
    """

    office_id: int
    households: int = 0
    children: int = 0
    moved: int = 0
    gone: int = 0
    added: int = 0
    told: int = 0
    opened: int = 0
    closed: int = 0
    measured: int = 0
    measured_with: int = 0
    to_home: int = 0
    to_school: int = 0
    lapses: int = 0
    otherwise: int = 0
    measured_of: int = 0

    @property
    def follow_ups(self) -> int:
        """Nought where no follow-up differs; one that differs twice is in it twice."""
        return sum(getattr(self, effect.value) for effect in Effect)

    @property
    def differing(self) -> int:
        return self.follow_ups + self.told + self.opened + self.closed

    def plus(self, other: "Counts") -> "Counts":
        return Counts(
            self.office_id,
            *(getattr(self, name) + getattr(other, name) for name in Counts.__struct_fields__[1:]),
        )


class Example(msgspec.Struct, frozen=True):
    """One follow-up that would differ; the household's code and no name. Previews of before have no days around it.

    `effect` is the first of all that differs in it. `lapses_on` is the first day on which it may be answered no longer.
    """

    effect: Effect
    household_code: str
    protocol: str
    slot: str
    purpose: str
    was_due_on: date | None
    due_on: date | None
    protocol_en: str = ""
    protocol_km: str = ""
    was_opens_on: date | None = None
    was_closes_on: date | None = None
    opens_on: date | None = None
    closes_on: date | None = None
    was_purpose: str | None = None
    was_lapses_on: date | None = None
    lapses_on: date | None = None

    @property
    def moves(self) -> bool:
        return (self.was_opens_on, self.was_due_on, self.was_closes_on) != (
            self.opens_on,
            self.due_on,
            self.closes_on,
        )

    @property
    def answered_longer_or_shorter(self) -> bool:
        """Known of both, and not simply because it moves."""
        known = self.was_lapses_on is not None and self.lapses_on is not None
        return known and not self.moves and self.was_lapses_on != self.lapses_on


class Tally(msgspec.Struct):
    """What was found so far; adding up is the same in any order of families."""

    counts: dict[int, Counts]
    examples: list[Example]

    @classmethod
    def of(cls, counts: Iterable[Counts], examples: Iterable[Example]) -> "Tally":
        return cls({one.office_id: one for one in counts}, list(examples))

    def add(self, office_id: int, code: str, before: Plan, after: Plan) -> None:
        """What one household should have now, and what it would have."""
        was = {one.id: one for one in before.follow_ups}
        will = {one.id: one for one in after.follow_ups}
        differing = [
            (effects, was.get(key), will.get(key))
            for key in was.keys() | will.keys()
            if (effects := _effects(was.get(key), will.get(key)))
        ]
        known = {one.id for one in before.consequences}
        told = [one for one in after.consequences if one.id not in known and one.kind.value in LEVELS]
        were, are = _open(before.alerts), _open(after.alerts)
        opened, closed = are.keys() - were.keys(), were.keys() - are.keys()
        if not differing and not told and not opened and not closed:
            return
        members = {one.member_id for _, *both in differing for one in both if one and one.member_id}
        members |= {one.member_id for one in told if one.member_id}
        members |= {(were | are)[key].member_id for key in opened | closed}
        self._count(
            Counts(
                office_id,
                1,
                len(members),
                told=len(told),
                opened=len(opened),
                closed=len(closed),
                **{effect.value: sum(effect in found for found, *_ in differing) for effect in Effect},
            )
        )
        self._keep_examples(code, differing)

    def measure(self, office_id: int, without: int, with_it: int, of: int) -> None:
        """What a number decides in one household, as it is and had the number held all along."""
        if without or with_it or of:
            self._count(Counts(office_id, measured=without, measured_with=with_it, measured_of=of))

    def _count(self, found: Counts) -> None:
        so_far = self.counts.get(found.office_id, Counts(found.office_id))
        self.counts[found.office_id] = so_far.plus(found)

    def _keep_examples(self, code: str, differing: list["Difference"]) -> None:
        """At most so many of each effect, each of another household, the next days first."""
        room = {
            effect: EXAMPLES_OF_EACH - sum(one.effect is effect for one in self.examples) for effect in Effect
        }
        taken: set[Effect] = set()
        for effects, before, after in sorted(differing, key=_by_day):
            effect, shown = effects[0], after or before
            if room[effect] <= 0 or effect in taken or shown is None:
                continue
            taken.add(effect)
            self.examples.append(
                Example(
                    effect,
                    code,
                    shown.protocol,
                    shown.slot,
                    shown.purpose,
                    before.due_on if before else None,
                    after.due_on if after else None,
                    was_opens_on=before.opens_on if before else None,
                    was_closes_on=before.closes_on if before else None,
                    opens_on=after.opens_on if after else None,
                    closes_on=after.closes_on if after else None,
                    was_purpose=before.purpose if before else None,
                    was_lapses_on=before.lapses_on if before else None,
                    lapses_on=after.lapses_on if after else None,
                )
            )


def _open(alerts: Iterable[Alert]) -> dict[UUID, Alert]:
    return {one.id: one for one in alerts if one.closed_on is None}


# What differs in a follow-up, and how it was and would be.
Difference = tuple[list[Effect], FollowUp | None, FollowUp | None]
BECOMES = {Purpose.HOME: Effect.TO_HOME, Purpose.SCHOOL: Effect.TO_SCHOOL}


def _effects(before: FollowUp | None, after: FollowUp | None) -> list[Effect]:
    """What is cancelled, as for a closed household, nobody does: it neither moves nor goes, and adds no work."""
    if _nobody_does(before) and _nobody_does(after):
        return []
    if before is None:
        return [Effect.ADDED]
    if after is None:
        return [Effect.GONE]
    if before == after:
        return []
    found: list[Effect] = []
    if _days(before) != _days(after):
        found.append(Effect.MOVED)
    if before.purpose is not after.purpose and after.purpose in BECOMES:
        found.append(BECOMES[after.purpose])
    if before.lapses_on != after.lapses_on and Effect.MOVED not in found:
        found.append(Effect.LAPSES)
    return found or [Effect.OTHERWISE]


def _nobody_does(one: FollowUp | None) -> bool:
    return one is None or one.settled is Settled.CANCELLED


def _days(one: FollowUp) -> tuple[date, date, date]:
    return one.opens_on, one.due_on, one.closes_on


def _by_day(found: Difference) -> tuple[bool, date, str]:
    """Of what moves, a follow-up whose day stays explains less and comes later."""
    _, before, after = found
    shown = after or before
    assert shown is not None
    same = before is not None and after is not None and before.due_on == after.due_on
    return same, shown.due_on, shown.slot


class Staleness(StrEnum):
    """Why a preview may not take effect any more."""

    POLICY_CHANGED = "policy_changed"
    TOO_OLD = "too_old"


def stale(
    asked_at: datetime, asked_on: date, now: datetime, today: date, *, same_policy: bool
) -> Staleness | None:
    """A preview holds for an hour, for its day, and as long as the policy it was made from stays the same."""
    if not same_policy:
        return Staleness.POLICY_CHANGED
    if today != asked_on or now - asked_at > GOOD_FOR:
        return Staleness.TOO_OLD
    return None


def summed(counts: Iterable[Counts]) -> Counts:
    """Of all offices together."""
    total = Counts(0)
    for one in counts:
        total = total.plus(one)
    return total
