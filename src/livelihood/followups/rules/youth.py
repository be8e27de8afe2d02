"""From 15 work is a way of its own: what makes it decent, and what makes it an alarm."""

from collections.abc import Iterable
from datetime import date

from livelihood.followups.rules.calendar import Calendar
from livelihood.observations.rules import (
    Details,
    Education,
    EducationState,
    Instead,
    LabourClass,
    Placement,
    PlacementState,
    Standing,
    Work,
    child_labour,
    presumed_gone,
)

# Labour Law, article 177.
WORKING_AGE = 15
# Basic education: Education Law of 2007, article 16.
LAST_GRADE = 9
UNSAFE = (LabourClass.CHILD_LABOUR, LabourClass.HAZARDOUS)
WORKING = (
    PlacementState.EMPLOYED_RELEVANT,
    PlacementState.SELF_EMPLOYED_RELEVANT,
    PlacementState.WORKING_OTHER,
)


def of_the_child(records: Iterable[Standing]) -> list[Standing]:
    """Without what was told of a trainee where nobody visited the family, in person or by phone: that somebody is well
    placed is a word about the placement alone. That they have no work is heard in any case.
    """
    return [
        one
        for one in records
        if one.visit_id
        or not isinstance(one.details, Placement)
        or idle_or_unsafe([one.details], WORKING_AGE)
    ]


def idle_or_unsafe(same_day: Iterable[Details], age: int) -> bool:
    """Whether a 15–17-year-old who left education is in no decent work either, by what that day's records say.

    Where nothing was said of their work this is False: not knowing is no finding.
    """
    for details in same_day:
        if isinstance(details, Education) and details.instead is Instead.NEITHER:
            return True
        if isinstance(details, Placement) and details.state is PlacementState.NOT_WORKING:
            return True
        if isinstance(details, Work) and (
            details.economic_hours == 0 or child_labour(details, age).icls in UNSAFE
        ):
            return True
    return False


def in_decent_work(same_day: Iterable[Details], age: int) -> bool:
    """Whether that day's records say that somebody of 15 or more works, or learns a trade, and nothing speaks against it."""
    said = list(same_day)
    if age < WORKING_AGE or idle_or_unsafe(said, age):
        return False
    return any(
        (isinstance(one, Placement) and (one.state in WORKING or one.state is PlacementState.STUDYING))
        or (isinstance(one, Education) and one.state is EducationState.VOCATIONAL and not presumed_gone(one))
        or (isinstance(one, Work) and bool(one.economic_hours) and child_labour(one, age).icls not in UNSAFE)
        for one in said
    )


def finished_grade_9(records: Iterable[Standing], on: date, calendar: Calendar) -> bool:
    """Whether it was known by that day: seen in a higher grade, or in grade 9 of a school year that has ended,
    or out of school with grade 9 behind them.
    """
    for record in records:
        said = record.details
        if not isinstance(said, Education) or said.grade is None or record.happened_on > on:
            continue
        if said.grade > LAST_GRADE:
            return True
        if said.grade == LAST_GRADE and (
            said.state is not EducationState.FORMAL or calendar.a_year_ended(record.happened_on, on)
        ):
            return True
    return False
