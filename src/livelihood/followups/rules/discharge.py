"""Which follow-ups a visit answers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from livelihood.followups.rules.ages import age_on
from livelihood.followups.rules.calendar import Calendar
from livelihood.followups.rules.confirmation import confirms
from livelihood.followups.rules.facts import Member, Outcome, Visit
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import FollowUp, Settled
from livelihood.followups.rules.youth import WORKING_AGE, finished_grade_9, in_decent_work
from livelihood.observations.rules import (
    Business,
    Details,
    Education,
    Placement,
    PlacementState,
    Standing,
    Work,
    in_education,
)

HOME_TOO = frozenset({Purpose.SCHOOL, Purpose.HOME})
AT_HOME = frozenset({Purpose.HOME})


class Check(msgspec.Struct, frozen=True):
    """Something was learnt about this subject for these purposes, on that day; `arrived_on` is its recording."""

    observation_id: UUID
    member_id: UUID | None
    purposes: frozenset[Purpose]
    happened_on: date
    arrived_on: date


def checks(
    records: Sequence[Standing],
    visits: Mapping[UUID, Visit],
    members: Mapping[UUID, Member],
    calendar: Calendar,
    local_day: Callable[[datetime], date],
) -> list[Check]:
    """In order of arrival. What a failed attempt noted, and what was not learnt, answers nothing."""
    found: list[Check] = []
    for record in records:
        visit = visits.get(record.visit_id) if record.visit_id else None
        if visit is None or visit.outcome is not Outcome.MET:
            continue
        purposes = answers(record.details)
        if record.member_id:
            if confirms(record, visits):
                purposes |= AT_HOME
            if _at_work_after_school(record, records, members, calendar):
                purposes |= HOME_TOO
        if purposes:
            found.append(
                Check(
                    record.root_id,
                    record.member_id,
                    purposes,
                    record.happened_on,
                    local_day(record.recorded_at),
                )
            )
    return found


def answers(details: Details) -> frozenset[Purpose]:
    """The purposes that such an observation answers by itself, if it says anything."""
    if isinstance(details, Education) and in_education(details) is not None:
        return HOME_TOO
    if isinstance(details, Business):
        return frozenset({Purpose.BUSINESS})
    if isinstance(details, Placement) and details.state is not PlacementState.UNKNOWN:
        return frozenset({Purpose.PLACEMENT})
    return frozenset()


def _at_work_after_school(
    record: Standing, records: Sequence[Standing], members: Mapping[UUID, Member], calendar: Calendar
) -> bool:
    """From 15, with grade 9 behind them, being in decent work or training is as good an answer as school."""
    member = members.get(record.member_id) if record.member_id else None
    if member is None or not isinstance(record.details, Work | Placement):
        return False
    age = age_on(member, record.happened_on)
    if age < WORKING_AGE:
        return False
    mine = [one for one in records if one.member_id == member.id]
    same_day = (one.details for one in mine if one.happened_on == record.happened_on)
    return in_decent_work(same_day, age) and finished_grade_9(mine, record.happened_on, calendar)


def discharge(
    planned: Sequence[FollowUp], arrived: Iterable[Check], answers_from: Mapping[UUID, date]
) -> list[FollowUp]:
    """Settle what the checks answer: every open window that holds the day, else the latest unanswered before it.

    They are taken in order of arrival, so that a record entered late or twice never rewrites what an earlier one
    settled. A day answers one missed check and not one for each of its records: two colleagues who record the same
    visit do not make good two. `answers_from`: a check that the calendar has moved is answered by what would have
    answered it before.
    """
    settled = list(planned)
    places: dict[tuple[Purpose, UUID | None], list[int]] = {}
    for place, one in enumerate(planned):
        places.setdefault((one.planned_purpose, one.member_id), []).append(place)
    for check in arrived:
        for planned_for in Purpose:
            mine = places.get((planned_for, check.member_id))
            if not mine:
                continue
            if planned_for not in check.purposes:
                # A school check that fell into a vacation is a home check, and answered like one.
                mine = [place for place in mine if settled[place].purpose in check.purposes]
            for place in _answered(settled, mine, check, answers_from):
                if settled[place].settled is None:
                    settled[place] = _settle(settled[place], check)
    return settled


def _answered(
    settled: Sequence[FollowUp], mine: Sequence[int], check: Check, answers_from: Mapping[UUID, date]
) -> list[int]:
    day = check.happened_on
    holding = [
        place
        for place in mine
        if (one := settled[place]).closes_on >= day
        and (one.opens_on <= day or answers_from.get(one.id, date.max) <= day)
    ]
    if holding:
        return holding
    before: list[int] = []
    last = date.min
    for place in mine:
        one = settled[place]
        if one.settled_on == day:
            return []
        if one.settled is None and one.closes_on < day:
            if one.due_on > last:
                before, last = [place], one.due_on
            elif one.due_on == last:
                before.append(place)
    return before


def _settle(one: FollowUp, check: Check) -> FollowUp:
    late = check.arrived_on > one.closes_on
    return msgspec.structs.replace(
        one,
        settled=Settled.DONE_LATE if late else Settled.DONE,
        settled_on=check.happened_on,
        settled_by=check.observation_id,
    )
