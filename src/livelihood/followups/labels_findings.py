"""What a visit found, in full, for whoever reads the visit itself."""

from collections.abc import Mapping

import msgspec

from livelihood.followups.labels import (
    Choice,
    business_states,
    finding_chip,
    mode_name,
    placement_states,
    sources,
)
from livelihood.observations.rules import Business, Details, Education, Placement, Work
from livelihood.web.components import money_text
from livelihood.web.current import LANGUAGE
from livelihood.web.words import gettext as _
from livelihood.web.words import ngettext

NOT_ASKED: Mapping[str, str] = {}


class Line(msgspec.Struct, frozen=True):
    """A chip, and what was said beside it."""

    kind: str
    words: str
    more: list[str]


def kinds() -> dict[str, str]:
    """What was asked about."""
    return {
        "business": _("The business"),
        "education": _("School"),
        "placement": _("Work after the course"),
        "whereabouts": _("Where the child is"),
        "work": _("Work in the last week"),
    }


def told_by() -> list[Choice]:
    """Whose word it is that tells of a trainee."""
    return [
        ("trainee", _("The trainee")),
        ("family", _("The family")),
        ("employer", _("The employer")),
    ]


def decisions() -> dict[str, str]:
    """What a supervisor said of the records of one day."""
    return {
        "kept_both": _("The records of this day stand as they are"),
        "withdrawn": _("One record of this day was withdrawn"),
        "corrected": _("What differed in the records of this day was corrected"),
    }


def line(details: Details, schools: Mapping[str, str] = NOT_ASKED) -> Line:
    """`schools`: the names of those that may be told of, by id."""
    kind, words = _chip(details)
    return Line(kind, words, _more(details, schools))


def _chip(details: Details) -> Choice:
    match details:
        case Work():
            return ("alert" if details.hazards else "neutral"), kinds()["work"]
        case Business():
            kind = "done" if details.state == "operating" else "due"
            return kind, dict(business_states())[details.state]
        case Placement():
            known = dict(placement_states())
            return (
                ("neutral", known[details.state]) if details.state in known else ("unknown", _("Not known"))
            )
        case _:
            found = finding_chip(details)
            assert found is not None, "schooling and whereabouts have a chip each"
            return found


def _more(details: Details, schools: Mapping[str, str]) -> list[str]:
    match details:
        case Education():
            return _of_school(details, schools)
        case Work():
            hours = [
                _("{hours} hours of work").format(hours=_or_unknown(details.economic_hours)),
                _("{hours} hours of chores").format(hours=_or_unknown(details.chore_hours)),
            ]
            return [*hours, _("in dangerous conditions")] if details.hazards else hours
        case Business():
            return _of_business(details)
        case Placement():
            return _of_placement(details)
        case _:
            return []


def _of_school(details: Education, schools: Mapping[str, str]) -> list[str]:
    named = schools.get(str(details.school_id))
    more = [named] if named else []
    if details.days_present is not None and details.days_open is not None:
        days = _("{present} of {open} days at school")
        more.append(days.format(present=details.days_present, open=details.days_open))
    elif details.days_present is not None:
        more.append(_("{present} days at school").format(present=details.days_present))
    if details.days_away is not None:
        away = ngettext(
            "%(num)s school day away in a row without excuse",
            "%(num)s school days away in a row without excuse",
            details.days_away,
        )
        more.append(away % {"num": details.days_away})
    if details.instead is not None:
        more.append({"work": _("Works"), "neither": _("Neither learns nor works")}[details.instead])
    if details.learnt_from is not None:
        more.append(_("Said by: {who}").format(who=dict(sources())[details.learnt_from]))
    return more


def _of_placement(details: Placement) -> list[str]:
    more = [details.occupation] if details.occupation else []
    if details.told_by is not None:
        more.append(_("Said by: {who}").format(who=dict(told_by())[details.told_by]))
    if details.told_how is not None:
        more.append(mode_name(details.told_how))
    return more


def _of_business(details: Business) -> list[str]:
    language = LANGUAGE.get()
    more: list[str] = []
    if details.sales_minor is not None:
        sales = money_text(details.sales_minor, details.currency, language)
        more.append(_("Sales {amount}").format(amount=sales))
    if details.costs_minor is not None:
        costs = money_text(details.costs_minor, details.currency, language)
        more.append(_("Costs {amount}").format(amount=costs))
    if details.assets_seen is not None:
        there = _("The things bought were there")
        more.append(there if details.assets_seen else _("The things bought were not there"))
    return more


def _or_unknown(hours: int | None) -> str:
    return "?" if hours is None else str(hours)
