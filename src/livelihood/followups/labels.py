"""What follow-ups, findings and alerts are called, in the reader's language."""

import re
from collections.abc import Iterable
from datetime import date
from typing import Protocol

from livelihood.errors import say
from livelihood.followups import labels_known
from livelihood.followups.labels_known import education_name, whereabouts
from livelihood.followups.labels_policy import PURPOSES, extra_check_name, offset, own_name
from livelihood.followups.rules.facts import Mode
from livelihood.followups.rules.protocols import (
    EXTRA_CHECK,
    ON_RETURN,
    Purpose,
    asks_for_things,
    asks_what_instead,
    asks_who_came_back,
    in_protocol,
)
from livelihood.observations.rules import GONE, Details, Education, Whereabouts, in_education
from livelihood.web.words import gettext as _
from livelihood.web.words import sentence

Choice = tuple[str, str]

child_chips = labels_known.child_chips


class Check(Protocol):
    """A follow-up, or an example of one."""

    @property
    def protocol(self) -> str: ...
    @property
    def slot(self) -> str: ...
    @property
    def purpose(self) -> str: ...
    @property
    def protocol_en(self) -> str: ...
    @property
    def protocol_km(self) -> str: ...


SLOT = re.compile(r"(?:month_(?P<months>\d+))?_?(?:day_(?P<days>\d+))?")
REPEATED = re.compile(r"every_\d+_days_(?P<number>\d+)")


def check_name(follow_up: Check) -> str:
    """As in "School check, month 6", after the name of a protocol that people made."""
    own = own_name(follow_up.protocol_en, follow_up.protocol_km)
    if not own:
        return _slot_name(follow_up)
    return _("{protocol}: {check}").format(protocol=own, check=_slot_name(follow_up))


def check_names(together: Iterable[Check]) -> str:
    """Of checks that one visit answers at once; two plans may ask for the same one."""
    return " + ".join(dict.fromkeys(check_name(one) for one in together))


def _slot_name(follow_up: Check) -> str:
    slot = in_protocol(follow_up.slot)
    if slot.startswith("fortnight_"):
        return _("Fortnightly check {number}").format(number=slot.removeprefix("fortnight_"))
    if follow_up.protocol == ON_RETURN.key:
        return _("Check on the return")
    if asks_who_came_back(slot):
        return _("Re-enrolment check, school year {year}").format(year=slot.removeprefix("re_enrolment_"))
    if asks_for_things(follow_up.protocol, slot):
        return _("Business check, day 14: the things bought")
    if found := REPEATED.fullmatch(slot):
        return _("{what}, number {number}").format(what=_purpose_name(follow_up), number=found["number"])
    if asks_what_instead(slot):
        return _("Extra check: what they do instead of school")
    found = SLOT.fullmatch(slot)
    if follow_up.protocol == EXTRA_CHECK and found and (found["months"] or found["days"]):
        return extra_check_name(int(found["months"] or 0), int(found["days"] or 0))
    if found and found["months"] and not found["days"]:
        if follow_up.purpose == "home" and follow_up.protocol != "school_retention":
            return _("Home check, month {month}").format(month=found["months"])
        names = {
            "school": _("School check, month {month}"),
            # In a vacation, or while a flood keeps the schools shut: true of both.
            "home": _("Home check while the school is closed, month {month}"),
            "business": _("Business check, month {month}"),
            "placement": _("Placement check, month {month}"),
        }
        return names[follow_up.purpose].format(month=found["months"])
    if found and found["days"]:
        months, days = int(found["months"] or 0), int(found["days"])
        return _("{what}, {when}").format(what=_purpose_name(follow_up), when=offset(months, days))
    return _purpose_name(follow_up)


def _purpose_name(follow_up: Check) -> str:
    return sentence(PURPOSES[Purpose(follow_up.purpose)])


def state_name(state: str) -> str:
    return {
        "upcoming": _("upcoming"),
        "due": _("due"),
        "overdue": _("overdue"),
        "missed": _("missed"),
        "done": _("done"),
        "done_late": _("done late"),
        "cancelled": _("cancelled"),
    }[state]


# The look of each state; what was missed stays unknown, never green.
STATE_CHIP = {
    "upcoming": "upcoming",
    "due": "due",
    "overdue": "overdue",
    "missed": "unknown",
    "done": "done",
    "done_late": "done",
    "cancelled": "neutral",
}


def finding_chip(details: Details) -> Choice | None:
    """What a visit found, shortly; nothing for kinds that have no chip of their own."""
    if isinstance(details, Education):
        kind = {None: "unknown", False: "alert", True: "done"}[in_education(details)]
        return kind, education_name(details)
    if isinstance(details, Whereabouts):
        return "alert" if details.state in GONE else "neutral", dict(whereabouts())[details.state]
    kind = str(details.__struct_config__.tag)
    if kind == "business":
        state = dict(business_states()).get(str(getattr(details, "state", "")), "")
        return ("done" if getattr(details, "state", "") == "operating" else "due"), state
    if kind == "placement":
        return "neutral", dict(placement_states()).get(str(getattr(details, "state", "")), "")
    return None


def closed_name(because: str) -> str:
    return {
        "attending": _("The child attends school often enough again."),
        "back_in_school": _("A later visit found the child in school."),
        "confirmed": _("The child was found."),
        "corrected": _("The record that raised it was corrected or withdrawn."),
        "facts_changed": _("What raised it is no longer so."),
        "in_decent_work": _("A later visit found the young person in decent work or training."),
        "lost": _("The child is lost to follow-up."),
        "left_school": _("The child was found out of school."),
        "closed": _("The household's case was closed."),
        "died": _("The child died."),
        "moved": _("The child moved away."),
        "turned_18": _("The child turned 18."),
    }[because]


def kind_name(kind: str) -> str:
    """What an alert is about."""
    return {
        "missing_child": _("missing child"),
        "out_of_school": _("out of school"),
        "at_risk": _("at risk of leaving school"),
    }[kind]


def reason_name(reason: str) -> str:
    """Why a child is at risk, or out of school though on the register, or missing."""
    return {
        "days_in_a_row": _("Away without excuse for several school days in a row"),
        "days_in_a_month": _("Many school days missed in a month"),
        "attendance": _("Attends less than the bar"),
        "presumed_gone": _("Presumed drop-out: away without excuse for too many school days in a row"),
        "not_yet_re_enrolled": _("Not yet re-enrolled: was in school before the school year began"),
        "not_re_enrolled": _("Presumed drop-out: not re-enrolled so long after the school year began"),
        "away_alone": _("Said to be away alone"),
        "unknown": _("Nobody knows where the child is"),
        "nobody_met": _("Nobody was met on several days"),
    }[reason]


# Quieter than the others: a child at risk is in school still.
KIND_CHIP = {"missing_child": "alert", "out_of_school": "alert", "at_risk": "due"}


def kind_title(kind: str) -> str:
    return {
        "missing_child": _("Missing children"),
        "out_of_school": _("Children out of school"),
        "at_risk": _("Children at risk of leaving school"),
    }[kind]


def steps() -> list[Choice]:
    """Whom to ask after a missing child."""
    return [
        ("village_chief", _("Village chief")),
        ("school", _("School")),
        ("commune_committee", _("Commune committee for women and children")),
        ("social_affairs", _("Office of social affairs")),
        ("police", _("Police")),
    ]


def barriers() -> list[Choice]:
    """What stands between a child and school."""
    return [
        ("cost", _("Costs of school")),
        ("distance", _("Too far, no way to get there")),
        ("earns", _("The child earns money")),
        ("cares_at_home", _("The child looks after the home or others")),
        ("health", _("Illness")),
        ("disability", _("Disability")),
        ("not_welcome", _("Not welcome at school")),
        ("not_interested", _("The child does not want to go")),
        ("documents", _("Papers are missing")),
        ("migration", _("The family moves for work")),
        ("marriage", _("Marriage or pregnancy")),
        ("other", _("Something else")),
    ]


def plan_outcomes() -> list[Choice]:
    return [("done", _("Done")), ("not_done", _("Not done"))]


def verdicts() -> list[Choice]:
    """What a second look at a visit found."""
    return [
        ("agrees", _("It agrees")),
        ("differs", _("It differs")),
        ("could_not_check", _("Could not be checked")),
    ]


def level_name(level: str) -> str:
    """How far a child's silence went."""
    return {
        "reminder": _("monitor reminded"),
        "escalated_supervisor": _("with the supervisor"),
        "escalated_manager": _("with the manager"),
    }[level]


def away_name(until: date) -> str:
    return sentence(say("away until {day}", day=until))


def absence_reasons() -> list[Choice]:
    return [
        ("brick_kiln", _("Work at a brick kiln")),
        ("harvest", _("The harvest")),
        ("other_work", _("Other seasonal work")),
        ("relatives", _("With relatives")),
        ("other", _("Another reason")),
    ]


def outcomes() -> list[Choice]:
    return [
        ("met", _("Met the family")),
        ("not_found", _("Nobody was there")),
        ("moved", _("They moved away")),
        ("refused", _("They refused")),
        ("no_access", _("Could not get there")),
    ]


def things() -> list[Choice]:
    """What is said of what was bought with the grant."""
    return [("there", _("Yes")), ("not_there", _("No")), ("not_looked", _("Not looked"))]


def purposes() -> list[Choice]:
    return [
        ("school", _("School checks")),
        ("home", _("Home checks")),
        ("business", _("Business checks")),
        ("placement", _("Placement checks")),
    ]


def outcome_name(outcome: str, mode: str = Mode.IN_PERSON) -> str:
    """A register that was read met nobody and missed nobody: it is called what it is."""
    return _("Read in the register") if mode == Mode.REGISTER else dict(outcomes())[outcome]


def attempt_name(outcome: str, mode: str) -> str:
    """How an attempt to meet the family ended, and that it was a call where it was one."""
    how = outcome_name(outcome)
    return f"{how} ({_('by telephone')})" if mode == Mode.PHONE else how


def see_first() -> str:
    """The mark of a missing child on paper; what it means is said on the screen alone."""
    return _("See first")


def purpose_names() -> dict[str, str]:
    """As in "School check"."""
    return {purpose.value: sentence(words) for purpose, words in PURPOSES.items()}


def modes() -> list[Choice]:
    """As a visit to a family is made; a register is read for a whole school."""
    return [("in_person", _("In person")), ("phone", _("By telephone"))]


def mode_name(mode: str) -> str:
    return dict([*modes(), ("register", _("From the school's register"))])[mode]


def met() -> list[Choice]:
    return [
        ("caregiver", _("A caregiver")),
        ("other_adult", _("Another adult of the household")),
        ("child", _("The child")),
        ("neighbour", _("A neighbour")),
        ("other", _("Somebody else")),
    ]


def on_register() -> list[Choice]:
    return [
        ("on", _("On the register")),
        ("off", _("Not on the register")),
        ("not_learnt", _("Not learnt")),
    ]


def seen() -> list[Choice]:
    return [
        ("in_school", _("In school")),
        ("out_of_school", _("Not in school")),
        ("not_seen", _("Not seen, not known")),
    ]


def schooling() -> list[Choice]:
    return [
        ("formal", _("School, grades 1 to 12")),
        ("non_formal", _("Non-formal classes")),
        ("vocational", _("Vocational training")),
    ]


def sources() -> list[Choice]:
    return [
        ("register", _("The school's register")),
        ("teacher", _("A teacher")),
        ("caregiver", _("A caregiver")),
        ("child", _("The child")),
    ]


def instead() -> list[Choice]:
    return [("work", _("Works")), ("neither", _("Neither learns nor works"))]


def business_states() -> list[Choice]:
    return [
        ("operating", _("The business is operating")),
        ("paused", _("The business is paused")),
        ("closed", _("The business is closed")),
        ("sold", _("The business is sold")),
    ]


def placement_states() -> list[Choice]:
    return [
        ("employed_relevant", _("Employed in the trade")),
        ("self_employed_relevant", _("Self-employed in the trade")),
        ("working_other", _("Works, but not in the trade")),
        ("studying", _("Studies")),
        ("not_working", _("Does not work")),
    ]


def choices() -> dict[str, list[Choice]]:
    return {
        "outcomes": outcomes(),
        "modes": modes(),
        "met": met(),
        "whereabouts": whereabouts(),
        "seen": seen(),
        "schooling": schooling(),
        "sources": sources(),
        "instead": instead(),
        "business": business_states(),
        "things": things(),
        "placement": placement_states(),
        "grades": [(str(grade), str(grade)) for grade in range(1, 13)],
    }
