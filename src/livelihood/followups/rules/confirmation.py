"""Whether a child was confirmed: seen, or found in a register. Nothing else restates this."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from uuid import UUID

from livelihood.followups.rules.facts import Mode, Outcome, Visit
from livelihood.observations.rules import (
    Details,
    Education,
    LearntFrom,
    Placement,
    PlacementState,
    Standing,
    Whereabouts,
    WhereaboutsState,
    Work,
    in_education,
)

OF_RECORD = frozenset({LearntFrom.REGISTER, LearntFrom.TEACHER})
SEEN_AT = frozenset({WhereaboutsState.AT_SCHOOL, WhereaboutsState.AT_HOME})


def confirms(record: Standing, visits: Mapping[UUID, Visit]) -> bool:
    """Whether this finding confirms the child it is of.

    A caregiver's word alone, or a telephone call, answers a check and does not confirm: both are what somebody
    says who has a reason to say it. Nor does a word of which nobody said whose it is: it may be a caregiver's. Nor does
    a register or a teacher who does not know the child: whoever was not found there was not seen anywhere. Whoever
    spoke with the child themselves, in person, saw them. `visits` are the household's, by id.
    """
    visit = visits.get(record.visit_id) if record.visit_id else None
    return visit is not None and sees(
        record.details, visit.mode, visit.outcome, there=record.member_id in visit.present
    )


def sees(said: Details, mode: Mode, outcome: Outcome, *, there: bool) -> bool:
    """The same of one answer about somebody; `there`: they were noted as present."""
    if outcome is not Outcome.MET or mode is Mode.PHONE:
        return False
    in_person = mode is Mode.IN_PERSON
    present = in_person and there
    if isinstance(said, Education):
        learns = in_education(said)
        if learns is None or present:
            return present and learns is not None
        if said.learnt_from in OF_RECORD:
            return learns
        return in_person and said.learnt_from is LearntFrom.CHILD
    if isinstance(said, Whereabouts):
        return present and said.state in SEEN_AT
    # Who has left school for work is seen at work; nobody finds them in a register.
    if isinstance(said, Placement):
        return present and said.state is not PlacementState.UNKNOWN
    return present and isinstance(said, Work)


def confirmed_days(records: Iterable[Standing], visits: Mapping[UUID, Visit]) -> dict[UUID, list[date]]:
    """For each member the days on which they were confirmed, in order."""
    days: dict[UUID, list[date]] = {}
    for record in records:
        if record.member_id and confirms(record, visits):
            days.setdefault(record.member_id, []).append(record.happened_on)
    for mine in days.values():
        mine.sort()
    return days


def noted_as_present(visits: Iterable[Visit]) -> Iterator[tuple[UUID, Visit]]:
    """Who was there when somebody came, whether or not anything else was found of them."""
    for visit in visits:
        if visit.outcome is Outcome.MET and visit.mode is Mode.IN_PERSON:
            for member_id in visit.present:
                yield member_id, visit


def last_seen(records: Iterable[Standing], visits: Mapping[UUID, Visit]) -> dict[UUID, date]:
    """For each member the last day on which they were confirmed, or noted as present: that confirms nobody as safe or in
    school, but whoever was there had not gone.
    """
    last = {member_id: days[-1] for member_id, days in confirmed_days(records, visits).items()}
    for member_id, visit in noted_as_present(visits.values()):
        last[member_id] = max(last.get(member_id, visit.happened_on), visit.happened_on)
    return last


def found_since(days: Iterable[date], lost_on: date) -> date | None:
    """The day that ends a loss: nobody is lost who was seen on the very day on which they were given up."""
    return min((day for day in days if day >= lost_on), default=None)
