"""What a change of policy would do to follow-ups: counted family by family, with a few examples."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from livelihood.followups.rules.state import FollowUp

GOOD_FOR = timedelta(hours=1)
EXAMPLES_OF_EACH = 2


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
    """Of one office: the households and children with any follow-up that differs, and how many follow-ups do.

    A follow-up counts as moved where anything of it differs, its days as a rule.
    """

    office_id: int
    households: int = 0
    children: int = 0
    moved: int = 0
    gone: int = 0
    added: int = 0

    @property
    def follow_ups(self) -> int:
        return self.moved + self.gone + self.added


class Example(msgspec.Struct, frozen=True):
    """One follow-up that would differ; the household's code and no name."""

    effect: Effect
    household_code: str
    protocol: str
    slot: str
    purpose: str
    was_due_on: date | None
    due_on: date | None


class Tally(msgspec.Struct):
    """What was found so far; adding up is the same in any order of families."""

    counts: dict[int, Counts]
    examples: list[Example]

    @classmethod
    def of(cls, counts: Iterable[Counts], examples: Iterable[Example]) -> "Tally":
        return cls({one.office_id: one for one in counts}, list(examples))

    def add(self, office_id: int, code: str, before: Iterable[FollowUp], after: Iterable[FollowUp]) -> None:
        """One household's follow-ups as they should be now, and as they would be."""
        was = {one.id: one for one in before}
        will = {one.id: one for one in after}
        differing = [
            (effect, was.get(key), will.get(key))
            for key in was.keys() | will.keys()
            if (effect := _effect(was.get(key), will.get(key))) is not None
        ]
        if not differing:
            return
        so_far = self.counts.get(office_id, Counts(office_id))
        members = {one.member_id for _, *both in differing for one in both if one and one.member_id}
        numbers = {effect: sum(found is effect for found, *_ in differing) for effect in Effect}
        self.counts[office_id] = Counts(
            office_id,
            so_far.households + 1,
            so_far.children + len(members),
            so_far.moved + numbers[Effect.MOVED],
            so_far.gone + numbers[Effect.GONE],
            so_far.added + numbers[Effect.ADDED],
        )
        self._keep_examples(code, differing)

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
                )
            )


def _effect(before: FollowUp | None, after: FollowUp | None) -> Effect | None:
    if before is None:
        return Effect.ADDED
    if after is None:
        return Effect.GONE
    return None if before == after else Effect.MOVED


def _by_day(found: tuple[Effect, FollowUp | None, FollowUp | None]) -> tuple[bool, date, str]:
    """A follow-up whose day stays and whose window alone moves explains less, and comes last."""
    _, before, after = found
    same_day = before is not None and after is not None and before.due_on == after.due_on
    shown = after or before
    assert shown is not None
    return same_day, shown.due_on, shown.slot


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
    every = list(counts)
    return Counts(
        0,
        sum(one.households for one in every),
        sum(one.children for one in every),
        sum(one.moved for one in every),
        sum(one.gone for one in every),
        sum(one.added for one in every),
    )
