"""Who was seen, and what answers a check, once more: from what the domain says, and from nothing of the code.

"Confirmed (seen, or found in a register)." Whoever was there was seen, and that answers a home check. A caregiver's word alone, a word of nobody knows whom, or a telephone call,
answers a check and does not confirm. From 15, with grade 9 behind them, decent work or training is as good an answer as school.
"""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.observations.rules import (
    Education,
    EducationState,
    Instead,
    LearntFrom,
    Placement,
    PlacementState,
    Work,
)
from tests.followups.lives import GROWN, Child, Found, Life, Visited

SCHOOL, HOME, INSTEAD = "school", "home", "instead"
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


def vouches(found: Found) -> bool:
    """By what was said, though nobody noted that the child was there."""
    visit, said = found.visit, found.details
    if visit.outcome is not Outcome.MET or visit.mode is Mode.PHONE or not isinstance(said, Education):
        return False
    if said.learnt_from in {LearntFrom.REGISTER, LearntFrom.TEACHER}:
        # Whom they do not know, or have away, was not found there: that is no sign of life.
        return learns(found) is True and said.days_away in {None, 0} and said.days_present != 0
    # Who speaks with the child sees them.
    return (
        visit.mode is Mode.IN_PERSON
        and said.learnt_from is LearntFrom.CHILD
        and said.state is not EducationState.UNKNOWN
    )


def was_there(visit: Visited, child: UUID) -> bool:
    """As whoever met the family noted, whatever else they found or did not find."""
    return visit.outcome is Outcome.MET and visit.mode is Mode.IN_PERSON and child in visit.present


def in_a_register(found: Found) -> bool:
    said = found.details
    return isinstance(said, Education) and said.learnt_from in {LearntFrom.REGISTER, LearntFrom.TEACHER}


def is_there(found: Found) -> bool:
    """It says that the child was there that day: of a register, that they came, and are away on no day up to it."""
    said = found.details
    counted = isinstance(said, Education) and said.days_away == 0 and (said.days_present or 0) > 0
    return vouches(found) and (counted or not in_a_register(found))


def there_on(life: Life, child: UUID) -> list[date]:
    """What ends a time away, and makes nonsense of one that begins before."""

    def work() -> list[date]:
        there = [one.day for one in life.log if isinstance(one, Visited) and was_there(one, child)]
        return sorted(there + [one.day for one in life.of(child) if is_there(one)])

    return life.once((child, "there"), work)


def found_on(life: Life, child: UUID) -> list[date]:
    """In a register that says no more than that they are on it, or how often they came before."""
    return [one.day for one in life.of(child) if vouches(one) and not is_there(one)]


def answers(found: Found, mine: Iterable[Found], child: Child) -> set[str]:
    """Which checks the finding answers; `mine` is all that was found of the child. What somebody does instead of school is
    answered by school, decent work, or neither.
    """
    if found.visit.outcome is not Outcome.MET:
        return set()
    if learns(found) is not None:
        neither = getattr(found.details, "instead", None) is Instead.NEITHER
        return {SCHOOL, HOME, INSTEAD} if learns(found) or neither else {SCHOOL, HOME}
    answered: set[str] = set()
    if isinstance(found.details, Work | Placement) and child.age(found.day) >= 15:
        records = list(mine)
        of_day = [one for one in records if one.day == found.day]
        if child.age(found.day) < GROWN and (works_well(of_day) or idle_or_unsafe(of_day)):
            answered.add(INSTEAD)
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
