"""Who was seen, and what answers a check, once more: from what the domain says, and from nothing of the code.

"Confirmed (seen, or found in a register)." A caregiver's word alone, a word of nobody knows whom, or a telephone call,
answers a check and does not confirm. From 15, with grade 9 behind them, decent work or training is as good an answer as school.
"""

from collections.abc import Iterable

from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.observations.rules import (
    Education,
    EducationState,
    Instead,
    LearntFrom,
    Placement,
    PlacementState,
    Whereabouts,
    WhereaboutsState,
    Work,
)
from tests.followups.lives import GROWN, Child, Found

SCHOOL, HOME = "school", "home"
LEARNS = (EducationState.FORMAL, EducationState.NON_FORMAL, EducationState.VOCATIONAL)
WORKS = (
    PlacementState.EMPLOYED_RELEVANT,
    PlacementState.SELF_EMPLOYED_RELEVANT,
    PlacementState.WORKING_OTHER,
    PlacementState.STUDYING,
)
# From how many hours a week the work of a 15–17-year-old is child labour.
TOO_MANY_HOURS = 43


def learns(found: Found) -> bool | None:
    """In education or out of it; None where it was not learnt, or something else was said."""
    said = found.details
    if not isinstance(said, Education) or said.state is EducationState.UNKNOWN:
        return None
    return said.state in LEARNS and not found.gone


def confirms(found: Found) -> bool:
    visit, said = found.visit, found.details
    if visit.outcome is not Outcome.MET or visit.mode is Mode.PHONE:
        return False
    was_there = visit.mode is Mode.IN_PERSON and found.child in visit.present
    if isinstance(said, Education):
        if learns(found) is None:
            return False
        # Whom a register or a teacher does not know was not found there: that is no sign of life.
        on_the_books = said.learnt_from in {LearntFrom.REGISTER, LearntFrom.TEACHER}
        if on_the_books:
            return was_there or bool(learns(found))
        # Who speaks with the child sees them.
        return was_there or (visit.mode is Mode.IN_PERSON and said.learnt_from is LearntFrom.CHILD)
    if isinstance(said, Whereabouts):
        return was_there and said.state in {WhereaboutsState.AT_HOME, WhereaboutsState.AT_SCHOOL}
    if isinstance(said, Placement):
        return was_there and said.state is not PlacementState.UNKNOWN
    return was_there and isinstance(said, Work)


def answers(found: Found, mine: Iterable[Found], child: Child) -> set[str]:
    """Which checks the finding answers; `mine` is all that was found of the child."""
    if found.visit.outcome is not Outcome.MET:
        return set()
    if learns(found) is not None:
        return {SCHOOL, HOME}
    answered = {HOME} if confirms(found) else set()
    if isinstance(found.details, Work | Placement) and child.age(found.day) >= 15:
        records = list(mine)
        of_day = [one for one in records if one.day == found.day]
        if works_well(of_day, grown=child.age(found.day) >= GROWN) and _finished_grade_9(records, found):
            answered |= {SCHOOL, HOME}
    return answered


def idle_or_unsafe(of_day: Iterable[Found], *, grown: bool = False) -> bool:
    """From 15: what that day says of work is that there is none, or too much; who is grown may work as much as they like."""
    for said in (one.details for one in of_day):
        if isinstance(said, Education) and said.instead is Instead.NEITHER:
            return True
        if isinstance(said, Placement) and said.state is PlacementState.NOT_WORKING:
            return True
        if isinstance(said, Work) and (
            said.economic_hours == 0 or ((said.economic_hours or 0) >= TOO_MANY_HOURS and not grown)
        ):
            return True
    return False


def works_well(of_day: Iterable[Found], *, grown: bool = False) -> bool:
    said = list(of_day)
    return not idle_or_unsafe(said, grown=grown) and any(
        (isinstance(one.details, Placement) and one.details.state in WORKS)
        or (isinstance(one.details, Work) and bool(one.details.economic_hours))
        or (getattr(one.details, "state", None) is EducationState.VOCATIONAL and bool(learns(one)))
        for one in said
    )


def _finished_grade_9(mine: Iterable[Found], by: Found) -> bool:
    """In a higher grade, or out of school after grade 9. Nobody in these lives is seen in grade 9."""
    return any(
        isinstance(one.details, Education)
        and one.day <= by.day
        and (one.details.grade or 0) >= (10 if one.details.state is EducationState.FORMAL else 9)
        for one in mine
    )
