"""Why somebody is asked after no longer: they left, or were given up; and what becomes of their checks by that, or by the
word that nobody will make one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec

from livelihood.followups.rules.ages import turns
from livelihood.followups.rules.confirmation import found_since
from livelihood.followups.rules.discharge import Check
from livelihood.followups.rules.facts import Because, Household, Leaving, Member
from livelihood.followups.rules.out_of_school import GROWN
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import FollowUp, Settled


class Leavings:
    """Those of one household and its members, as far as the days have come."""

    def __init__(self, household: Household, members: Mapping[UUID, Member], today: date) -> None:
        self.household = household
        self.members = members
        self.today = today

    def of(self, member: Member | None, to_age: int | None, purpose: Purpose | None = None) -> list[Leaving]:
        """Why the subject is followed no longer; `to_age` None: grown-ups too. What became of a trainee is asked wherever
        they moved to, often for the work.
        """
        traced = member.left if member and purpose is Purpose.PLACEMENT else None
        come = [
            one
            for one in self.household.leavings(member)
            if one.on <= self.today and not (one is traced and one.because is Because.MOVED)
        ]
        if member and to_age is not None and (grown := turns(member, to_age)) <= self.today:
            come.append(Leaving(grown, Because.TURNED_18))
        return come

    def of_residents(self, answered: Iterable[Check]) -> Iterator[Check]:
        """Nothing is answered of who did not live there any more, as was known, until somebody says that they do."""
        for check in answered:
            purposes = frozenset(one for one in check.purposes if not self._had_come(check, one))
            instead = check.instead and not self._had_come(check)
            if purposes or instead:
                yield msgspec.structs.replace(check, purposes=purposes, instead=instead)

    def _had_come(self, check: Check, purpose: Purpose | None = None) -> bool:
        member = self.members.get(check.member_id) if check.member_id else None
        return any(
            leaving.had_come(check.happened_on, check.recorded_at)
            for leaving in self.of(member, None, purpose)
        )


class Losses:
    """Who was given up by today; `confirmed`: on which days each child of the household was, in order."""

    def __init__(self, household: Household, confirmed: Mapping[UUID, Sequence[date]], today: date) -> None:
        self.decided: dict[UUID, list[date]] = {}
        for loss in household.losses:
            if loss.decided_on <= today:
                self.decided.setdefault(loss.member_id, []).append(loss.decided_on)
        self.confirmed = confirmed

    def on(self, child: UUID) -> date | None:
        """The day of the loss that no confirmation has ended."""
        return min(
            (day for day in self.decided.get(child, ()) if self._found_since(child, day) is None),
            default=None,
        )

    def of(self, one: FollowUp, child: UUID, begun: date) -> Iterator[Leaving]:
        """A child declared lost is not looked for, until the day on which they are confirmed after all; but by a plan that
        began since, which somebody has reason for.
        """
        for day in self.decided.get(child, ()):
            found = self._found_since(child, day)
            if begun <= day and (found is None or one.closes_on < found):
                yield Leaving(day, Because.LOST)

    def _found_since(self, child: UUID, day: date) -> date | None:
        return found_since(self.confirmed.get(child, ()), day)


def cancelled(
    one: FollowUp, member: Member | None, leavings: Leavings, losses: Losses, begun: date
) -> FollowUp:
    """Cancel what remained on the day of leaving; what had lapsed by then stays missed. `begun`: the plan that it is of."""
    if one.settled is not None:
        return one
    to_age = None if one.planned_purpose is Purpose.PLACEMENT else GROWN
    come = leavings.of(member, to_age, one.planned_purpose)
    if member and to_age is not None:
        come += losses.of(one, member.id, begun)
    left = min(come, key=lambda leaving: (leaving.on, leaving.because), default=None)
    if left is None or one.lapses_on <= left.on:
        return one
    return msgspec.structs.replace(one, settled=Settled.CANCELLED, settled_on=left.on, because=left.because)


def closed(one: FollowUp, days: Iterable[date]) -> FollowUp:
    """What a supervisor closed on those days is missed from then on, unless it is answered, be it by a later visit, or was
    cancelled before. A check that has moved to after that day is to be made: nobody spoke of that window.
    """
    if one.settled not in {None, Settled.CANCELLED}:
        return one
    on = min((day for day in days if day >= one.opens_on), default=None)
    if on is None or (one.settled_on is not None and one.settled_on < on):
        return one
    return msgspec.structs.replace(one, settled=Settled.MISSED, settled_on=on, because=None)
