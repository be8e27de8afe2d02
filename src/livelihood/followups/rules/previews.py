"""What a change of policy would do: counted family by family, with a few examples."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

import msgspec

from livelihood.followups.rules.alerts import Alert
from livelihood.followups.rules.consequences import Level
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.state import FollowUp

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
    ADDED = "added"
    GONE = "gone"
    MOVED = "moved"


class Counts(msgspec.Struct, frozen=True):
    """Of one office: the households and children for whom anything differs, and what does.

    A follow-up counts as moved where anything of it differs, its days as a rule. `told` are steps of a silence that
    somebody is told of at once, `opened` and `closed` are alerts. `measured` is what there is of what a number decides,
    and `measured_with` what there would be had it held all along; the two are empty for other changes.
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

    @property
    def follow_ups(self) -> int:
        return self.moved + self.gone + self.added

    @property
    def differing(self) -> int:
        return self.follow_ups + self.told + self.opened + self.closed

    def plus(self, other: "Counts") -> "Counts":
        return Counts(
            self.office_id,
            *(getattr(self, name) + getattr(other, name) for name in Counts.__struct_fields__[1:]),
        )


class Example(msgspec.Struct, frozen=True):
    """One follow-up that would differ; the household's code and no name. Previews of before have no days around it."""

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
            (effect, was.get(key), will.get(key))
            for key in was.keys() | will.keys()
            if (effect := _effect(was.get(key), will.get(key))) is not None
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
        numbers = {effect: sum(found is effect for found, *_ in differing) for effect in Effect}
        self._count(
            Counts(
                office_id,
                1,
                len(members),
                numbers[Effect.MOVED],
                numbers[Effect.GONE],
                numbers[Effect.ADDED],
                len(told),
                len(opened),
                len(closed),
            )
        )
        self._keep_examples(code, differing)

    def measure(self, office_id: int, without: int, with_it: int) -> None:
        """What a number decides in one household, as it is and had the number held all along."""
        if without or with_it:
            self._count(Counts(office_id, measured=without, measured_with=with_it))

    def _count(self, found: Counts) -> None:
        so_far = self.counts.get(found.office_id, Counts(found.office_id))
        self.counts[found.office_id] = so_far.plus(found)

    def _keep_examples(
        self, code: str, differing: list[tuple[Effect, FollowUp | None, FollowUp | None]]
    ) -> None:
        """At most so many of each effect, each of another household, the next days first."""
        room = {
            effect: EXAMPLES_OF_EACH - sum(one.effect is effect for one in self.examples) for effect in Effect
        }
        taken: set[Effect] = set()
        for effect, before, after in sorted(differing, key=_by_day):
            shown = after or before
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
                )
            )


def _open(alerts: Iterable[Alert]) -> dict[UUID, Alert]:
    return {one.id: one for one in alerts if one.closed_on is None}


def _effect(before: FollowUp | None, after: FollowUp | None) -> Effect | None:
    if before is None:
        return Effect.ADDED
    if after is None:
        return Effect.GONE
    return None if before == after else Effect.MOVED


def _by_day(found: tuple[Effect, FollowUp | None, FollowUp | None]) -> tuple[int, date, str]:
    """A follow-up whose day stays and whose window alone moves explains less; one that keeps both comes last."""
    _, before, after = found
    shown = after or before
    assert shown is not None
    same = 0
    if before is not None and after is not None and before.due_on == after.due_on:
        same = 1 + ((before.opens_on, before.closes_on) == (after.opens_on, after.closes_on))
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
