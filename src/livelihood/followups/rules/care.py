"""What people do about an alert: the checklist of a missing child, the support plan, the second look at a visit."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from livelihood.errors import Message, say


class Step(StrEnum):
    """Whom one asks after a missing child. One of the last two is enough: see `NEEDED`."""

    VILLAGE_CHIEF = "village_chief"
    SCHOOL = "school"
    COMMUNE_COMMITTEE = "commune_committee"
    SOCIAL_AFFAIRS = "social_affairs"
    POLICE = "police"


# The lines of the checklist; a line is done when one of its steps was logged.
NEEDED: tuple[tuple[Step, ...], ...] = (
    (Step.VILLAGE_CHIEF,),
    (Step.SCHOOL,),
    (Step.COMMUNE_COMMITTEE,),
    (Step.SOCIAL_AFFAIRS, Step.POLICE),
)


def still_to_do(logged: Iterable[str]) -> list[tuple[Step, ...]]:
    """The lines of the checklist that nobody has logged yet."""
    done = set(logged)
    return [line for line in NEEDED if not done.intersection(line)]


class Barrier(StrEnum):
    """Why a child is not in school, as the family says it. The list is this project's proposal."""

    COST = "cost"
    DISTANCE = "distance"
    EARNS = "earns"
    CARES_AT_HOME = "cares_at_home"
    HEALTH = "health"
    DISABILITY = "disability"
    NOT_WELCOME = "not_welcome"
    NOT_INTERESTED = "not_interested"
    DOCUMENTS = "documents"
    MIGRATION = "migration"
    MARRIAGE = "marriage"
    OTHER = "other"


class PlanOutcome(StrEnum):
    DONE = "done"
    NOT_DONE = "not_done"


class Verdict(StrEnum):
    """What a re-check of a visit found. Only the first two say anything about the visit."""

    AGREES = "agrees"
    DIFFERS = "differs"
    COULD_NOT_CHECK = "could_not_check"


def agreement(verdicts: Mapping[str, int]) -> int | None:
    """Visits whose re-check agreed, in whole percent of those that could be checked; None where none could."""
    agrees, differs = verdicts.get(Verdict.AGREES, 0), verdicts.get(Verdict.DIFFERS, 0)
    return 100 * agrees // (agrees + differs) if agrees + differs else None


def not_met(since: date) -> Message:
    """Why somebody cannot make a support plan yet: said before they write one, and where it is refused."""
    return say(
        "You have not met this family in person since {day}. Visit them, record the visit, and make the plan "
        "with them.",
        day=since,
    )
