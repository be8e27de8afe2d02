"""The follow-ups, alerts and consequences a household should have: one function, whatever has changed."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.absences import came_back, seen_meanwhile
from livelihood.followups.rules.ages import turns
from livelihood.followups.rules.alerts import (
    ANY_LEAVING,
    OF_THE_CHILD,
    Alert,
    Corrected,
    Raised,
    called_for,
    corrections_of,
)
from livelihood.followups.rules.at_risk import at_risk
from livelihood.followups.rules.calendar import Calendar
from livelihood.followups.rules.confirmation import confirmed_days, seen_days
from livelihood.followups.rules.consequences import Consequence, ConsequenceKind
from livelihood.followups.rules.discharge import checks, discharge
from livelihood.followups.rules.endings import Leavings, Losses, cancelled, closed
from livelihood.followups.rules.extra_checks import as_questions, of_alerts, of_questions, one_at_a_time
from livelihood.followups.rules.facts import Anchor, AnchorKind, Because, Household, Member, Visit
from livelihood.followups.rules.missing import missing_child, searches
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.out_of_school import (
    GROWN,
    FoundOut,
    found_out,
    of_school_age_from,
    out_of_school,
)
from livelihood.followups.rules.placing import Placed, asks_from, by_key, place
from livelihood.followups.rules.protocols import Protocol
from livelihood.followups.rules.remediation import remediations
from livelihood.followups.rules.reviews import DayToReview, days_to_review
from livelihood.followups.rules.schooling import returns
from livelihood.followups.rules.silence import Followed, of_child, over, silence, told, unmet
from livelihood.followups.rules.state import FollowUp
from livelihood.observations.rules import Observation, Standing, standing

DAY = timedelta(days=1)


class Plan(msgspec.Struct, frozen=True):
    """`consequences` are those that happened before and those that happen today.

    `next_change_on`: the next day on which time alone will change this; None if it never will.
    """

    follow_ups: tuple[FollowUp, ...]
    alerts: tuple[Alert, ...]
    consequences: tuple[Consequence, ...]
    followed: tuple[Followed, ...]
    to_review: tuple[DayToReview, ...]
    next_change_on: date | None


def desired(
    household: Household,
    protocols: Iterable[Protocol],
    calendar: Calendar,
    today: date,
    local_day: Callable[[datetime], date],
    numbers: Numbers,
) -> Plan:
    """A pure function of the facts; `local_day` gives the office's date of an instant, `calendar` is the one of the
    household's province.

    Follow-ups vanish when nothing calls for them (a reversed payment), stay as cancelled when someone left, and are
    settled by what visits found. Consequences stay, whatever becomes of their causes: they were told.
    """
    versions = by_key(protocols)
    case = _Case(household, versions, calendar, today, local_day, numbers)
    alerts = case.alerts()
    case.anchors.sort(key=lambda anchor: (anchor.on, anchor.id))
    placed = place(
        case.household, case.anchors, versions, calendar, today, numbers, case.came_back(household)
    )
    placed = as_questions(placed, case.anchors)
    settled, met = discharge(placed.follow_ups, case.answers, placed.answers_from)
    losses = Losses(case.household, case.confirmed, today)
    follow_ups = [case.ended(one, losses, placed.begun.get(one.id, date.min)) for one in settled]
    follow_ups.sort(key=lambda one: (one.due_on, one.protocol, one.slot, str(one.member_id), one.id))
    changes = [*placed.changes, *case.changes()]
    followed, steps = case.silences(follow_ups, met, losses, changes)
    consequences = {one.id: one for one in case.reviews(changes)} | case.happened
    out_of_labour = remediations(
        case.members, case.by_member, case.visits, alerts, household.happened, today, numbers
    )
    consequences |= {one.id: one for one in [*steps, *out_of_labour]}
    return Plan(
        tuple(follow_ups),
        tuple(sorted(alerts, key=lambda alert: (alert.opened_at, alert.id))),
        tuple(sorted(consequences.values(), key=lambda one: (one.happened_on, one.id))),
        tuple(sorted(followed, key=lambda one: one.member_id)),
        tuple(days_to_review(household, case.records)),
        min((day for day in changes if day > today), default=None),
    )


class _Case:
    """The facts of one household, sorted once for all that asks for them."""

    def __init__(
        self,
        household: Household,
        versions: Mapping[str, Sequence[Protocol]],
        calendar: Calendar,
        today: date,
        local_day: Callable[[datetime], date],
        numbers: Numbers,
    ) -> None:
        self.versions = versions
        self.calendar = calendar
        self.today = today
        self.local_day = local_day
        self.numbers = numbers
        self.visits = {visit.id: visit for visit in household.visits}
        self.happened = {one.id: one for one in household.happened}
        self.closings: dict[UUID, list[date]] = {}
        for one in household.closed_checks:
            self.closings.setdefault(one.follow_up_id, []).append(one.on)
        self.records = standing(household.observations)
        self.seen = seen_days(self.records, self.visits)
        self.confirmed: dict[UUID, list[date]] = {}
        self.household = household = seen_meanwhile(household, self.seen)
        self.members = {member.id: member for member in household.members}
        self.by_member: dict[UUID, list[Standing]] = {}
        for record in self.records:
            if record.member_id and record.member_id in self.members:
                self.by_member.setdefault(record.member_id, []).append(record)
        self.leavings = Leavings(household, self.members, today)
        answered = checks(self.records, self.visits, self.members, calendar, local_day, numbers)
        self.answers = list(self.leavings.of_residents(answered))
        self.anchors = list(household.anchors)
        for member_id, records in self.by_member.items():
            self.anchors += returns(self.members[member_id], records, local_day)

    def alerts(self) -> list[Alert]:
        observed: dict[UUID, list[Observation]] = {}
        for one in self.household.observations:
            if one.member_id is not None:
                observed.setdefault(one.member_id, []).append(one)
        corrections = {member_id: corrections_of(mine) for member_id, mine in observed.items()}
        out = {one.id: self._found_out(one) for one in self.household.members}
        known = {who: [one.alert for one in found] for who, (found, _unasked) in out.items()}
        found = self._called_for(corrections, self._out_of_school, known)
        # An extra check is a plan like any other: who has no more than that is followed too.
        self.anchors += [
            one
            for member in self.household.members
            for one in self._extra_checks(member, found, *out[member.id])
        ]
        found += self._called_for(corrections, self._at_risk)
        missing = self._called_for(corrections, self._missing, ended_by=OF_THE_CHILD)
        self.confirmed = confirmed_days(self.records, self.visits, searches(missing))
        return found + missing

    def _found_out(self, member: Member) -> tuple[list[FoundOut], list[Standing]]:
        return found_out(member, self.by_member.get(member.id, []), self.visits, self.numbers, self.calendar)

    def _extra_checks(
        self, member: Member, alerts: Iterable[Alert], found: Iterable[FoundOut], unasked: Iterable[Standing]
    ) -> Iterable[Anchor]:
        def checks_of(anchor: Anchor, day: date) -> Placed:
            placed = place(self.household, [anchor], self.versions, self.calendar, day, self.numbers)
            return as_questions(placed, [anchor])

        mine = [alert for alert in alerts if alert.member_id == member.id]
        called_for = [*of_alerts(mine, found, self.local_day), *of_questions(unasked, self.local_day)]
        answers = [one for one in self.answers if one.member_id == member.id]
        return one_at_a_time(called_for, checks_of, answers)

    def _called_for(
        self,
        corrections: Mapping[UUID, Sequence[Corrected]],
        raised: Raised,
        known: Mapping[UUID, list[Alert]] | None = None,
        ended_by: Collection[Because] = ANY_LEAVING,
    ) -> list[Alert]:
        """`known`: what the records call for as they stand, where that was asked already."""
        members = self.household.members
        stand = known or {one.id: raised(one, self.by_member.get(one.id, []), self.visits) for one in members}
        return [
            alert
            for member in members
            for alert in called_for(
                member,
                stand[member.id],
                corrections.get(member.id, ()),
                self.visits,
                raised,
                self.local_day,
                self.leavings.of(member, GROWN),
                ended_by=ended_by,
            )
        ]

    def _out_of_school(
        self, member: Member, records: Sequence[Standing], visits: Mapping[UUID, Visit]
    ) -> list[Alert]:
        return out_of_school(member, records, visits, self.numbers, self.calendar)

    def _at_risk(
        self, member: Member, records: Sequence[Standing], visits: Mapping[UUID, Visit]
    ) -> list[Alert]:
        return at_risk(member, records, visits, self.numbers)

    def _missing(
        self, member: Member, records: Sequence[Standing], visits: Mapping[UUID, Visit]
    ) -> list[Alert]:
        searched = self.household.searched
        return missing_child(member, records, visits, self.numbers, self._is_followed, searched)

    def _is_followed(self, member: Member, day: date, known_at: datetime) -> bool:
        """On that day, by what was known then: who is missing is not found by a leaving of an earlier day."""
        since = self._followed_since(member)
        if since is None or not since <= day < turns(member, GROWN):
            return False
        return all(
            leaving.on > day or leaving.recorded_at > known_at for leaving in self.household.leavings(member)
        )

    def _followed_since(self, member: Member) -> date | None:
        """From when a plan asks after this child, whoever else it asks after: at school age, or at the age from which the
        protocol asks, where that is earlier.
        """
        begun: list[date] = []
        for anchor in self.anchors:
            if anchor.member_id not in (None, member.id):
                continue
            old_enough = asks_from(anchor, member, self.versions)
            if anchor.kind is not AnchorKind.COURSE:
                old_enough = min(old_enough or date.max, of_school_age_from(member, self.numbers))
            if old_enough is not None:
                begun.append(max(anchor.on, member.joined_on, old_enough))
        return min(begun, default=None)

    def came_back(self, said: Household) -> Iterator[Anchor]:
        """`said`: the family with its times away as people told of them."""
        for member in said.members:
            if member.absences and (since := self._followed_since(member)):
                yield from came_back(member, since, self.seen.get(member.id, ()))

    def ended(self, one: FollowUp, losses: Losses, begun: date) -> FollowUp:
        member = self.members[one.member_id] if one.member_id else None
        left = cancelled(one, member, self.leavings, losses, begun)
        return closed(left, self.closings.get(one.id, ()))

    def silences(
        self, follow_ups: Sequence[FollowUp], met: Collection[UUID], losses: Losses, changes: list[date]
    ) -> tuple[list[Followed], list[Consequence]]:
        """Every child with a plan who has not left, and what their silence leads to today: the steps that are new, and
        those told before that are over, or go on after all.
        """
        by_child = of_child(follow_ups)
        told_before: dict[UUID, list[Consequence]] = {}
        for one in self.happened.values():
            if one.member_id and one.since:
                told_before.setdefault(one.member_id, []).append(one)
        followed: list[Followed] = []
        steps: list[Consequence] = []
        for member in self.household.members:
            since = self._followed_since(member)
            checks = by_child.get(member.id)
            known = told_before.get(member.id, [])
            if since is None or checks is None or self.leavings.of(member, GROWN):
                steps += over(known, self.today)
                continue
            if since > self.today:
                steps += over(known, self.today)
                changes.append(since)
                continue
            # After the last check has closed, only a silence keeps a child here.
            last = max(one.closes_on for one in checks)
            days = self.confirmed.get(member.id)
            confirmed_on = days[-1] if days else None
            found = silence(checks, met, confirmed_on, self.today)
            if found is None:
                steps += over(known, self.today)
                if last < self.today:
                    continue
                changes.append(last + DAY)
                changes += (one.closes_on + DAY for one in checks if one.reminds and unmet(one, met))
            lost_on = losses.on(member.id)
            level = None
            if found:
                level, stand, next_step = told(
                    member.id, found, confirmed_on, lost_on, self.today, self.numbers, known
                )
                steps += stand
                if next_step:
                    changes.append(next_step)
            followed.append(
                Followed(
                    member_id=member.id,
                    followed_since=since,
                    confirmed_on=confirmed_on,
                    seen_on=max(self.seen.get(member.id, ()), default=None),
                    unconfirmed_since=found.since if found else None,
                    level=level,
                    high_risk=self._is_at_high_risk(member),
                    lost_on=lost_on,
                )
            )
        return followed, steps

    def _is_at_high_risk(self, member: Member) -> bool:
        return any(
            anchor.kind is AnchorKind.HIGH_RISK
            and anchor.on <= self.today
            and (anchor.ended_on is None or anchor.ended_on > self.today)
            and anchor.member_id in (None, member.id)
            for anchor in self.anchors
        )

    def reviews(self, changes: list[date]) -> Iterable[Consequence]:
        """A risk whose checks are all over is to be looked at again: does it stand, or has it passed?"""
        for anchor in self.anchors:
            if anchor.kind is not AnchorKind.HIGH_RISK or (
                self.household.left and self.leavings.of(None, None)
            ):
                continue
            over = max(
                (
                    anchor.on + timedelta(days=slot.days + slot.every_days * slot.times)
                    for known in self.versions.values()
                    for protocol in known[-1:]
                    if anchor.kind in protocol.anchors
                    for slot in protocol.slots
                    if slot.every_days
                ),
                default=None,
            )
            if over is None or (anchor.ended_on is not None and anchor.ended_on <= over):
                continue
            if over > self.today:
                changes.append(over)
            else:
                yield Consequence(
                    uuid5(anchor.id, ConsequenceKind.RISK_REVIEW),
                    None,
                    ConsequenceKind.RISK_REVIEW,
                    over,
                    cause_id=anchor.id,
                )

    def changes(self) -> Iterable[date]:
        """Days of birth and of leaving that are still to come."""
        yield from (leaving.on for leaving in self.household.leavings(None))
        for member in self.household.members:
            yield turns(member, GROWN)
            yield from (leaving.on for leaving in self.household.leavings(member))
        for anchor in self.anchors:
            if anchor.ended_on:
                yield anchor.ended_on
        yield from (loss.decided_on for loss in self.household.losses)
