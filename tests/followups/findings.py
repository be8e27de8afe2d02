"""What visitors find of children, at random: of each kind what confirms, what only answers, and what alarms."""

from collections.abc import Mapping
from datetime import date
from random import Random
from uuid import UUID

from livelihood.followups.rules.facts import Mode
from livelihood.observations.rules import (
    Business,
    BusinessState,
    Details,
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
from livelihood.observations.schemas import Finding
from tests.followups.lives import Child, Found

EDUCATION = (
    Education(EducationState.FORMAL),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.REGISTER, grade=10),
    Education(EducationState.NON_FORMAL, learnt_from=LearntFrom.TEACHER),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.CAREGIVER, days_present=10, days_open=20),
    Education(EducationState.FORMAL, days_present=15, days_open=20),
    Education(EducationState.FORMAL, days_present=0, days_open=9),
    Education(EducationState.NON_FORMAL, learnt_from=LearntFrom.TEACHER, days_present=0, days_open=22),
    Education(EducationState.FORMAL, days_present=19, days_open=20),
    Education(EducationState.FORMAL, days_present=18, days_open=23),
    Education(EducationState.FORMAL, days_present=6, days_open=9),
    Education(EducationState.FORMAL, days_present=7, days_open=10),
    Education(EducationState.FORMAL, days_present=29, days_open=31),
    Education(EducationState.VOCATIONAL, learnt_from=LearntFrom.TEACHER),
    Education(EducationState.VOCATIONAL, learnt_from=LearntFrom.TEACHER, days_away=23),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.REGISTER, days_away=0),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.TEACHER, days_away=4),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.TEACHER, days_away=23),
    Education(EducationState.FORMAL, learnt_from=LearntFrom.CHILD),
    Education(EducationState.NONE),
    Education(EducationState.NONE, learnt_from=LearntFrom.CHILD),
    Education(EducationState.NONE, learnt_from=LearntFrom.TEACHER),
    Education(EducationState.NONE, grade=9, instead=Instead.WORK),
    Education(EducationState.NONE, learnt_from=LearntFrom.CAREGIVER, instead=Instead.NEITHER),
    Education(EducationState.UNKNOWN),
)
WHEREABOUTS = tuple(Whereabouts(state) for state in WhereaboutsState)
WORK = (
    Work(economic_hours=20, chore_hours=3),
    Work(economic_hours=50, chore_hours=3),
    Work(economic_hours=0),
)
PLACEMENTS = (
    Placement(PlacementState.WORKING_OTHER),
    Placement(PlacementState.NOT_WORKING),
    Placement(PlacementState.UNKNOWN),
)
# How often a visitor says something of each kind of a child.
KINDS: tuple[tuple[tuple[Details, ...], float], ...] = (
    (EDUCATION, 0.55),
    (WHEREABOUTS, 0.3),
    (WORK, 0.2),
    (PLACEMENTS, 0.15),
)
# Of who is 15 and more a visitor may hear of work alone; that grade 9 is behind them was said then, or before.
GRADUATE = (Education(EducationState.NONE, grade=9, instead=Instead.WORK),)
AT_WORK = (WORK[0], WORK[0], WORK[1])
PLACED = (PLACEMENTS[0], PLACEMENTS[0], PLACEMENTS[1])
OF_YOUTH = ((GRADUATE, 0.35), (WHEREABOUTS, 0.1), (AT_WORK, 0.7), (PLACED, 0.2))


def findings_of(children: Mapping[UUID, Child], day: date, mode: Mode, random: Random) -> list[Finding]:
    """At a visit of that day; hours of work are not asked by telephone."""
    found = [
        Finding(random.choice(kind), child)
        for child, who in children.items()
        if who.born_by <= day
        for kind, often in (OF_YOUTH if who.age(day) >= 15 and random.random() < 0.6 else KINDS)
        if random.random() < often and not (mode is Mode.PHONE and isinstance(kind[0], Work))
    ]
    found = [one for one in found if not is_nonsense(one, found, mode)]
    return [*found, Finding(Business(BusinessState.OPERATING))] if random.random() < 0.5 else found


def is_nonsense(one: Finding, found: list[Finding], mode: Mode) -> bool:
    """Where the child is, where that and what else was found of them cannot both be true."""
    if not isinstance(one.details, Whereabouts):
        return False
    where = one.details.state
    for other in found:
        said = other.details
        if other.member_id != one.member_id or not isinstance(said, Education):
            continue
        if said.state is EducationState.NONE and where is WhereaboutsState.AT_SCHOOL:
            return True
        nowhere = {EducationState.NONE, EducationState.UNKNOWN}
        at_school = said.learnt_from in {LearntFrom.REGISTER, LearntFrom.TEACHER}
        found_there = at_school and said.state not in nowhere and not said.days_away
        spoken_with = said.learnt_from is LearntFrom.CHILD and mode is Mode.IN_PERSON
        is_gone = where in {WhereaboutsState.AWAY_ALONE, WhereaboutsState.UNKNOWN}
        if is_gone and mode is not Mode.PHONE and (found_there or spoken_with):
            return True
    return False


def of_a_neighbour(children: Mapping[UUID, Child], day: date, random: Random) -> list[Finding]:
    """At a closed door somebody may say where a child is."""
    if random.random() < 0.7:
        return []
    child, who = random.choice(list(children.items()))
    return [Finding(random.choice(WHEREABOUTS), child)] if who.born_by <= day else []


def instead_of(wrong: Found, random: Random) -> Details:
    """What should have been written: of the same kind, perhaps even the same."""
    return random.choice(next(kind for kind, _ in KINDS if type(wrong.details) is type(kind[0])))
