"""How what is known of a child is shown: their schooling, and what is newer or graver than it."""

from datetime import date

from livelihood.followups.queries.people import Child, Told
from livelihood.observations.rules import (
    GONE,
    NOTHING_KNOWN,
    Education,
    EducationState,
    Known,
    KnownState,
    presumed_gone,
)
from livelihood.web.words import gettext as _

Choice = tuple[str, str]


def known_chip(known: Known) -> Choice:
    """How a child's schooling is shown: the chip's kind and its words."""
    if known.state is KnownState.IN_SCHOOL and known.education:
        return "done", education_name(known.education)
    if known.state is KnownState.OUT_OF_SCHOOL:
        return "alert", education_name(known.education) if known.education else _("Not in school")
    if known.state is KnownState.CONTESTED:
        return "alert", _("Two records disagree")
    return "unknown", _("Not known")


def child_chips(child: Child) -> list[tuple[str, str, date | None]]:
    """What is to be known of a child at a glance: each chip's kind and words, and its day.

    What was told of their schooling since they were last confirmed says so, and is not green, for nobody has seen them.
    Whoever is missing, gone or lost to follow-up is not shown as in school, however short a time ago they were.
    """
    chips: list[tuple[str, str, date | None]] = []
    if child.missing_since:
        chips.append(("alert", _("missing"), child.missing_since))
    if child.lost_on:
        chips.append(("unknown", _("lost to follow-up"), child.lost_on))
    if child.elsewhere:
        kind = "alert" if child.elsewhere.state in GONE else "neutral"
        chips.append((kind, dict(whereabouts())[child.elsewhere.state], child.elsewhere.happened_on))
    if not chips:
        known = child.known or NOTHING_KNOWN
        kind, words = known_chip(known)
        if child.told:
            kind, words = "neutral" if kind == "done" else kind, f"{words}, {told_name(child.told)}"
        chips.append((kind, words, known.happened_on))
    return chips


def told_name(told: Told) -> str:
    return {
        Told.AT_INTAKE: _("told at intake"),
        Told.WITHOUT_VISIT: _("told without a visit"),
        Told.NOT_SEEN: _("told, child not seen"),
    }[told]


def education_name(education: Education) -> str:
    if presumed_gone(education):
        return _("Presumed drop-out")
    if education.state is EducationState.FORMAL and education.grade:
        return _("In school, grade {grade}").format(grade=education.grade)
    return {
        EducationState.FORMAL: _("In school"),
        EducationState.NON_FORMAL: _("In non-formal classes"),
        EducationState.VOCATIONAL: _("In vocational training"),
        EducationState.NONE: _("Not in school"),
        EducationState.UNKNOWN: _("Not known"),
    }[education.state]


def whereabouts() -> list[Choice]:
    return [
        ("at_school", _("At school")),
        ("at_home", _("At home")),
        ("with_relatives", _("With relatives")),
        ("away_with_family", _("Away with the family")),
        ("away_alone", _("Away alone")),
        ("unknown", _("Nobody knows where")),
    ]
