"""Which follow-ups a visit answers."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from livelihood.followups.rules.facts import Household, Outcome
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import FollowUp, Settled
from livelihood.observations.rules import (
    Business,
    Details,
    Education,
    Placement,
    PlacementState,
    in_education,
    standing,
)


class Check(msgspec.Struct, frozen=True):
    """Something was learnt about this subject for this purpose, on that day; `arrived_on` is its recording."""

    observation_id: UUID
    member_id: UUID | None
    purpose: Purpose
    happened_on: date
    arrived_on: date


def checks(household: Household, local_day: Callable[[datetime], date]) -> list[Check]:
    """In order of arrival. What a failed attempt noted, and what was not learnt, answers nothing."""
    met = {visit.id: visit for visit in household.visits if visit.outcome is Outcome.MET}
    found: list[Check] = []
    for record in standing(household.observations):
        purpose = answers(record.details)
        if record.visit_id in met and purpose:
            found.append(
                Check(
                    record.root_id,
                    record.member_id,
                    purpose,
                    record.happened_on,
                    local_day(record.recorded_at),
                )
            )
    return found


def answers(details: Details) -> Purpose | None:
    """The planned purpose that such an observation answers, if it says anything."""
    if isinstance(details, Education) and in_education(details) is not None:
        return Purpose.SCHOOL
    if isinstance(details, Business):
        return Purpose.BUSINESS
    if isinstance(details, Placement) and details.state is not PlacementState.UNKNOWN:
        return Purpose.PLACEMENT
    return None


def discharge(planned: Sequence[FollowUp], arrived: Iterable[Check]) -> list[FollowUp]:
    """Settle what the checks answer: every open window that holds the day, else the latest unanswered before it.

    They are taken in order of arrival, so that a record entered late or twice never rewrites what an earlier one
    settled.
    """
    settled = list(planned)
    places: dict[tuple[Purpose, UUID | None], list[int]] = {}
    for place, one in enumerate(planned):
        places.setdefault((one.planned_purpose, one.member_id), []).append(place)
    for check in arrived:
        mine = places.get((check.purpose, check.member_id), [])
        holding = [
            place
            for place in mine
            if settled[place].opens_on <= check.happened_on <= settled[place].closes_on
        ]
        if not holding:
            before = [
                place
                for place in mine
                if settled[place].settled is None and settled[place].closes_on < check.happened_on
            ]
            last = max((settled[place].due_on for place in before), default=None)
            holding = [place for place in before if settled[place].due_on == last]
        for place in holding:
            if settled[place].settled is None:
                settled[place] = _settle(settled[place], check)
    return settled


def _settle(one: FollowUp, check: Check) -> FollowUp:
    late = check.arrived_on > one.closes_on
    return msgspec.structs.replace(
        one,
        settled=Settled.DONE_LATE if late else Settled.DONE,
        settled_on=check.happened_on,
        settled_by=check.observation_id,
    )
