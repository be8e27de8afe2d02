"""Which follow-ups a visit answers."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID

import msgspec

from livelihood.followups.rules.ages import age_on
from livelihood.followups.rules.calendar import Calendar
from livelihood.followups.rules.confirmation import sightings
from livelihood.followups.rules.facts import AnchorKind, Member, Outcome, Visit
from livelihood.followups.rules.numbers import Numbers
from livelihood.followups.rules.out_of_school import word_of_work
from livelihood.followups.rules.protocols import Purpose, asks_for_things, asks_what_instead
from livelihood.followups.rules.state import FollowUp, Settled, State, state
from livelihood.followups.rules.youth import WORKING_AGE, finished_grade_9, in_decent_work, of_the_child
from livelihood.observations.rules import (
    Business,
    Details,
    Education,
    Instead,
    Placement,
    PlacementState,
    Standing,
    Work,
    in_education,
)

HOME_TOO = frozenset({Purpose.SCHOOL, Purpose.HOME})
AT_HOME = frozenset({Purpose.HOME})


class Check(msgspec.Struct, frozen=True):
    """Something was learnt about this subject for these purposes, on that day; `arrived_on` is its recording.

    `answered_by`: the finding, or, of a child who was there and of whom nothing else was found, the visit.
    `things`: it says whether the things bought were there, which is what one of the business checks is for. `instead`: it
    says what somebody of working age does, school or work or neither, which is what the extra check may ask. `seen`: the
    record confirms the child on that day.
    """

    answered_by: UUID
    member_id: UUID | None
    purposes: frozenset[Purpose]
    happened_on: date
    arrived_on: date
    recorded_at: datetime
    things: bool = False
    instead: bool = False
    seen: bool = False

    def answers(self, one: FollowUp) -> bool:
        if asks_what_instead(one.slot):
            return self.instead
        return one.purpose in self.purposes and (self.things or not asks_for_things(one.protocol, one.slot))


def checks(
    records: Sequence[Standing],
    visits: Mapping[UUID, Visit],
    members: Mapping[UUID, Member],
    calendar: Calendar,
    local_day: Callable[[datetime], date],
    numbers: Numbers,
) -> list[Check]:
    """In order of arrival. What a failed attempt noted, and what was not learnt, answers nothing; but that a child was
    there answers a home check, though nothing else was found of them.
    """
    found: list[Check] = []
    at_home: set[tuple[UUID, UUID | None, date]] = set()
    sighted = list(sightings(records, visits))
    seen = {(one.visit.id, one.member_id, one.on) for one in sighted}
    of_member: dict[UUID | None, list[Standing]] = {}
    for record in of_the_child(records):
        of_member.setdefault(record.member_id, []).append(record)
    for record in records:
        if record.visit_id is None:
            if told_of_a_trainee(record.details):
                found.append(_heard(record, local_day))
            continue
        visit = visits.get(record.visit_id)
        if visit is None or visit.outcome is not Outcome.MET:
            continue
        purposes = answers(record.details)
        if record.member_id and _at_work_after_school(record, of_member[record.member_id], members, calendar):
            purposes |= HOME_TOO
        instead = record.member_id is not None and _says_what_instead(
            record, of_member[record.member_id], members, numbers
        )
        if purposes or instead:
            check = Check(
                record.root_id,
                record.member_id,
                purposes,
                record.happened_on,
                local_day(record.recorded_at),
                record.recorded_at,
                isinstance(record.details, Business) and record.details.assets_seen is not None,
                instead,
                (visit.id, record.member_id, record.happened_on) in seen,
            )
            found.append(check)
        if Purpose.HOME in purposes:
            at_home.add((visit.id, record.member_id, record.happened_on))
    for one in sighted:
        # A day answers one missed check: what was found of the child answers this one too.
        if (one.visit.id, one.member_id, one.on) not in at_home:
            arrived = one.visit.recorded_at
            check = Check(one.by, one.member_id, AT_HOME, one.on, local_day(arrived), arrived, seen=True)
            found.append(check)
    return sorted(found, key=lambda check: check.recorded_at)


def answers(details: Details) -> frozenset[Purpose]:
    """The purposes that such an observation answers by itself, if it says anything."""
    if isinstance(details, Education) and in_education(details) is not None:
        return HOME_TOO
    if isinstance(details, Business):
        return frozenset({Purpose.BUSINESS})
    if isinstance(details, Placement) and details.state is not PlacementState.UNKNOWN:
        return frozenset({Purpose.PLACEMENT})
    return frozenset()


def told_of_a_trainee(details: Details) -> bool:
    """Whether it answers a placement check though no visit found it: it says whose word it is, and how that was heard."""
    return (
        isinstance(details, Placement)
        and details.told_by is not None
        and details.told_how is not None
        and details.state is not PlacementState.UNKNOWN
    )


def _heard(record: Standing, local_day: Callable[[datetime], date]) -> Check:
    """Of the placement alone: who hears of a trainee has met nobody of the family, and asks after no child."""
    return Check(
        record.root_id,
        record.member_id,
        frozenset({Purpose.PLACEMENT}),
        record.happened_on,
        local_day(record.recorded_at),
        record.recorded_at,
    )


def _at_work_after_school(
    record: Standing, mine: Sequence[Standing], members: Mapping[UUID, Member], calendar: Calendar
) -> bool:
    """From 15, with grade 9 behind them, being in decent work or training is as good an answer as school."""
    member = members.get(record.member_id) if record.member_id else None
    if member is None or not isinstance(record.details, Work | Placement):
        return False
    age = age_on(member, record.happened_on)
    if age < WORKING_AGE:
        return False
    same_day = (one.details for one in mine if one.happened_on == record.happened_on)
    return in_decent_work(same_day, age) and finished_grade_9(mine, record.happened_on, calendar)


def _says_what_instead(
    record: Standing, mine: Sequence[Standing], members: Mapping[UUID, Member], numbers: Numbers
) -> bool:
    """In education, in decent work, or in neither: that somebody is out of school is what the question is about."""
    member = members.get(record.member_id) if record.member_id else None
    if member is None:
        return False
    said = record.details
    if isinstance(said, Education):
        return bool(in_education(said)) or said.instead is Instead.NEITHER
    return word_of_work(member, record, mine, numbers) is not None


def discharge(
    planned: Sequence[FollowUp], arrived: Iterable[Check], answers_from: Mapping[UUID, date]
) -> tuple[list[FollowUp], set[UUID]]:
    """Settle what the checks answer: every open window that holds the day, else the latest unanswered before it.
    Whoever sees the child, or learns what they do, answers the extra check for it that is overdue as well: nobody need go
    once more for that.

    They are taken in order of arrival, so that a record entered late or twice never rewrites what an earlier one
    settled. A day answers one missed check and not one for each of its records: two colleagues who record the same
    visit do not make good two. `answers_from`: a check that the calendar has moved is answered by what would have
    answered it before; one that waits for a return by nothing before that day.

    Says too which were met: by a record of a day within the window, also one that arrived after another had settled it.
    """
    settled = list(planned)
    met: set[UUID] = set()
    in_all: dict[tuple[Purpose, UUID | None], list[int]] = {}
    questions: dict[UUID | None, list[int]] = {}
    for number, one in enumerate(planned):
        if asks_what_instead(one.slot):
            questions.setdefault(one.member_id, []).append(number)
        else:
            in_all.setdefault((one.planned_purpose, one.member_id), []).append(number)
    asked = {member_id: _Line(planned, mine, answers_from) for member_id, mine in questions.items()}
    lines = {key: _Line(planned, mine, answers_from) for key, mine in in_all.items()}
    narrower: dict[tuple[Purpose, UUID | None, frozenset[Purpose], bool], _Line] = {}
    for check in arrived:
        if check.instead and (line := asked.get(check.member_id)):
            line.answered(settled, met, check, makes_good=True)
        for planned_for in Purpose:
            line = lines.get((planned_for, check.member_id))
            if line is None:
                continue
            if planned_for not in check.purposes or (planned_for is Purpose.BUSINESS and not check.things):
                # A school check that fell into a vacation is a home check, and answered like one; that the business
                # goes on does not say that what was bought is there.
                key = (planned_for, check.member_id, check.purposes, check.things)
                if key not in narrower:
                    mine = [one for one in line.mine if check.answers(planned[one])]
                    narrower[key] = _Line(planned, mine, answers_from)
                line = narrower[key]
            line.answered(settled, met, check, makes_good=check.seen)
    return settled, met


class _Line:
    """The checks of one subject for one purpose, in order, so that a day finds its own among hundreds."""

    def __init__(
        self, planned: Sequence[FollowUp], mine: Sequence[int], answers_from: Mapping[UUID, date]
    ) -> None:
        self.mine = mine
        self.extra = [number for number in mine if planned[number].anchor_kind is AnchorKind.OUT_OF_SCHOOL]
        windows = sorted(
            (one.closes_on, min(one.opens_on, answers_from.get(one.id, date.max)), number)
            for number in mine
            if (one := planned[number])
        )
        self.windows = windows
        self.closes = [closes for closes, _, _ in windows]
        self.longest = max((closes - opens for closes, opens, _ in windows), default=timedelta(0))
        self.by_due = sorted(mine, key=lambda number: planned[number].due_on)
        self.dues = [planned[number].due_on for number in self.by_due]

    def answered(self, settled: list[FollowUp], met: set[UUID], check: Check, *, makes_good: bool) -> None:
        day = check.happened_on
        holding = self.holding(day)
        met.update(settled[number].id for number in holding)
        numbers = holding or self.latest_before(settled, day)
        if makes_good:
            numbers += [number for number in self.extra if state(settled[number], day) is State.OVERDUE]
        for number in numbers:
            if settled[number].settled is None:
                settled[number] = _settle(settled[number], check)

    def holding(self, day: date) -> list[int]:
        holding: list[int] = []
        for closes, opens, number in islice(self.windows, bisect_left(self.closes, day), None):
            if closes - day > self.longest:
                break
            if opens <= day:
                holding.append(number)
        return holding

    def latest_before(self, settled: Sequence[FollowUp], day: date) -> list[int]:
        """The latest that closed unanswered before the day, with those that are due together with it."""
        found: list[int] = []
        for number in reversed(self.by_due[: bisect_left(self.dues, day)]):
            one = settled[number]
            if found and one.due_on < settled[found[0]].due_on:
                break
            if one.settled is None and one.closes_on < day:
                found.append(number)
        if found and any(settled[number].settled_on == day for number in self.mine):
            return []
        return found


def _settle(one: FollowUp, check: Check) -> FollowUp:
    late = check.arrived_on > one.closes_on
    return msgspec.structs.replace(
        one,
        settled=Settled.DONE_LATE if late else Settled.DONE,
        settled_on=check.happened_on,
        settled_by=check.answered_by,
    )
