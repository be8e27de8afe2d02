"""What the values of several areas are called where they are told together."""

from collections.abc import Mapping

from livelihood.errors import Message, say
from livelihood.followups.rules.alerts import AlertClosed
from livelihood.followups.rules.facts import Outcome
from livelihood.followups.rules.protocols import Purpose
from livelihood.grants.rules.status import Status
from livelihood.observations.rules import (
    Business,
    BusinessState,
    Details,
    Education,
    EducationState,
    KnownState,
    Placement,
    PlacementState,
    Whereabouts,
    WhereaboutsState,
    Work,
)

PURPOSE: Mapping[str, Message] = {
    Purpose.SCHOOL: say("School check"),
    Purpose.HOME: say("Check at home, as schools are shut"),
    Purpose.BUSINESS: say("Check of the business"),
    Purpose.PLACEMENT: say("Check of work after the course"),
}
MISSED: Mapping[str, Message] = {
    Purpose.SCHOOL: say("School check was due and not made"),
    Purpose.HOME: say("Check at home was due and not made"),
    Purpose.BUSINESS: say("Check of the business was due and not made"),
    Purpose.PLACEMENT: say("Check of work was due and not made"),
}
OUTCOME: Mapping[str, Message] = {
    Outcome.MET: say("Visit"),
    Outcome.NOT_FOUND: say("Visit: nobody was found"),
    Outcome.MOVED: say("Visit: the family has moved"),
    Outcome.REFUSED: say("Visit: the family did not want to talk"),
    Outcome.NO_ACCESS: say("Visit: the place could not be reached"),
}
BY_PHONE = say("Telephone call")
KNOWN: Mapping[str, tuple[str, Message]] = {
    KnownState.IN_SCHOOL: ("done", say("in school")),
    KnownState.OUT_OF_SCHOOL: ("alert", say("out of school")),
    KnownState.UNKNOWN: ("unknown", say("not known")),
    KnownState.CONTESTED: ("unknown", say("two records disagree")),
}
EDUCATION: Mapping[str, Message] = {
    EducationState.FORMAL: say("in school"),
    EducationState.NON_FORMAL: say("in a non-formal class"),
    EducationState.VOCATIONAL: say("in training"),
    EducationState.NONE: say("out of school"),
    EducationState.UNKNOWN: say("not seen"),
}
BUSINESS: Mapping[str, Message] = {
    BusinessState.OPERATING: say("business runs"),
    BusinessState.PAUSED: say("business pauses"),
    BusinessState.CLOSED: say("business closed"),
    BusinessState.SOLD: say("business sold"),
}
PLACEMENT: Mapping[str, Message] = {
    PlacementState.EMPLOYED_RELEVANT: say("employed in the trade"),
    PlacementState.SELF_EMPLOYED_RELEVANT: say("self-employed in the trade"),
    PlacementState.WORKING_OTHER: say("works at something else"),
    PlacementState.STUDYING: say("studies"),
    PlacementState.NOT_WORKING: say("does not work"),
    PlacementState.UNKNOWN: say("work not known"),
}
WHEREABOUTS: Mapping[str, Message] = {
    WhereaboutsState.AT_SCHOOL: say("at school"),
    WhereaboutsState.AT_HOME: say("at home"),
    WhereaboutsState.WITH_RELATIVES: say("with relatives"),
    WhereaboutsState.AWAY_WITH_FAMILY: say("away with the family"),
    WhereaboutsState.AWAY_ALONE: say("away alone"),
    WhereaboutsState.UNKNOWN: say("whereabouts not known"),
}
# The chip's kind and the words of where a grant stands.
GRANT: Mapping[str, tuple[str, Message]] = {
    Status.DRAFT: ("neutral", say("being written")),
    Status.SUBMITTED: ("due", say("waits for a decision")),
    Status.RETURNED: ("due", say("returned with a note")),
    Status.REJECTED: ("neutral", say("rejected")),
    Status.APPROVED: ("due", say("approved, not paid yet")),
    Status.ACTIVE: ("done", say("first tranche paid")),
}
CLOSED: Mapping[str, Message] = {
    AlertClosed.BACK_IN_SCHOOL: say("Alert closed: found back in school"),
    AlertClosed.CORRECTED: say("Alert closed: the record was corrected"),
    AlertClosed.FACTS_CHANGED: say("Alert closed: other facts are known now"),
    AlertClosed.CLOSED: say("Alert closed: the case was closed"),
    AlertClosed.DIED: say("Alert closed: the child has died"),
    AlertClosed.MOVED: say("Alert closed: the child has moved away"),
    AlertClosed.TURNED_18: say("Alert closed: turned 18"),
}


def slot_words(slot: str) -> Message:
    """`month_3` and `day_14` as people say them; the recurring check carries its school year."""
    kind, _, number = slot.partition("_")
    if kind == "month" and number.isdigit():
        return say("month {number}", number=number)
    if kind == "day" and number.isdigit():
        return say("day {number}", number=number)
    return say("start of the school year")


def found_words(details: Details) -> tuple[str, Message]:
    """One finding: the kind of its chip, and its word."""
    match details:
        case Education(state=EducationState.NONE):
            return "alert", EDUCATION[EducationState.NONE]
        case Education(state=EducationState.UNKNOWN as state):
            return "unknown", EDUCATION[state]
        case Education(state=state):
            return "done", EDUCATION[state]
        case Business(state=state):
            return ("done" if state is BusinessState.OPERATING else "neutral"), BUSINESS[state]
        case Placement(state=state):
            return ("unknown" if state is PlacementState.UNKNOWN else "neutral"), PLACEMENT[state]
        case Whereabouts(state=state):
            return ("unknown" if state is WhereaboutsState.UNKNOWN else "neutral"), WHEREABOUTS[state]
        case Work(economic_hours=None):
            return "unknown", say("hours of work not asked")
        case Work(economic_hours=hours):
            return "neutral", say("{hours} hours of work a week", hours=hours)
