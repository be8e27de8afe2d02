"""What one would have chosen and typed to say a finding: the visit form backwards."""

from livelihood.followups.forms import ANOTHER, Seen, Things
from livelihood.observations.rules import (
    Business,
    Details,
    Education,
    EducationState,
    Placement,
    Whereabouts,
    Work,
)
from livelihood.web.components import money_typed
from livelihood.web.requests import Form

THINGS = {True: Things.THERE.value, False: Things.NOT_THERE.value, None: None}
SEEN = {EducationState.UNKNOWN: Seen.NOT_SEEN, EducationState.NONE: Seen.OUT_OF_SCHOOL}

# What the line of a sheet calls otherwise than the visit form.
ON_LINE = {"business": "business-state", "things": "business-things"}


def as_on_line(form: Form) -> dict[str, object]:
    """What was typed of a line so far, by the names of the visit form's fields."""
    return {ON_LINE.get(name, name): form.value(name) for name in form.values}


def answers(details: Details) -> dict[str, object]:
    """By the names of the form's fields; what was not said is None."""
    match details:
        case Education():
            seen = SEEN.get(details.state, Seen.IN_SCHOOL)
            return {
                "school": seen.value,
                "schooling": details.state.value if seen is Seen.IN_SCHOOL else None,
                "school_id": ANOTHER if details.school_id else None,
                "school_elsewhere": details.school_id,
                "grade": details.grade,
                "days_present": details.days_present,
                "days_open": details.days_open,
                "days_away": details.days_away,
                "learnt_from": details.learnt_from.value if details.learnt_from else None,
                "instead": details.instead.value if details.instead else None,
            }
        case Work():
            return {"economic_hours": details.economic_hours, "chore_hours": details.chore_hours}
        case Placement():
            return {"placement": details.state.value}
        case Whereabouts():
            return {"whereabouts": details.state.value}
        case Business():
            return {
                "business-state": details.state.value,
                "business-sales_minor": _typed(details.sales_minor, details.currency),
                "business-costs_minor": _typed(details.costs_minor, details.currency),
                "business-things": THINGS[details.assets_seen],
                "currency": details.currency,
            }


def _typed(minor: int | None, currency: str) -> str | None:
    return None if minor is None else money_typed(minor, currency)
