"""Protocols and the calendar in plain words, in the reader's language."""

from collections.abc import Iterable
from datetime import date

from livelihood.errors import Message, say
from livelihood.followups.labels_numbers import counts_for, number_name, value_text
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.policy import (
    Change,
    ClosureGone,
    ClosureSet,
    HolidayGone,
    HolidaySet,
    NewVersion,
    NumberSet,
    YearSet,
)
from livelihood.followups.rules.previews import Staleness
from livelihood.followups.rules.protocols import Per, Protocol, Purpose, Since, Slot
from livelihood.web.words import gettext as _
from livelihood.web.words import ngettext, sentence

NAMES: dict[str, tuple[Message, Message]] = {
    "school_retention": (
        say("Staying in school"),
        say("Whether the children of a family go to school, after a grant or a return to school."),
    ),
    "business_support": (
        say("Business after a grant"),
        say("Whether the things were bought, and how the business goes."),
    ),
    "placement_tracer": (
        say("Work after a course"),
        say("Whether those who completed a course work in their trade."),
    ),
    "extra_check": (
        say("Extra check"),
        say("A check soon after a child was found out of school."),
    ),
    "high_risk": (
        say("High risk"),
        say("Frequent checks of children in households of high risk."),
    ),
}
PURPOSES: dict[Purpose, Message] = {
    Purpose.SCHOOL: say("School check"),
    Purpose.HOME: say("Home check"),
    Purpose.BUSINESS: say("Business check"),
    Purpose.PLACEMENT: say("Placement check"),
}
BEGINS: dict[AnchorKind, Message] = {
    AnchorKind.COURSE: say("a completed course"),
    AnchorKind.GRANT: say("the first tranche of a grant"),
    AnchorKind.HIGH_RISK: say("the day a household is found at high risk"),
    AnchorKind.OUT_OF_SCHOOL: say("the day a child is found out of school"),
    AnchorKind.SCHOOLING: say("an enrolment in school"),
}
STALE: dict[Staleness, Message] = {
    Staleness.POLICY_CHANGED: say(
        "Another change took effect since this preview was made, so it no longer tells what happens. Preview again."
    ),
    Staleness.TOO_OLD: say(
        "This preview is more than an hour old or of another day, so families may have changed. Preview again."
    ),
}


def protocol_name(key: str) -> str:
    return sentence(NAMES[key][0]) if key in NAMES else key


def protocol_text(key: str) -> str:
    return sentence(NAMES[key][1]) if key in NAMES else ""


def begins_with(kinds: Iterable[AnchorKind]) -> str:
    return _(" or ").join(sentence(BEGINS[kind]) for kind in kinds)


def offset(months: int, days: int) -> str:
    """As in "month 6", "day 14", "month 1 and 15 days"."""
    if months and days:
        return _("month {months} and {days} days").format(months=months, days=days)
    return _("month {months}").format(months=months) if months else _("day {days}").format(days=days)


def slot_name(slot: Slot) -> str:
    """As in "School check, month 6"."""
    what = sentence(PURPOSES[slot.purpose])
    if slot.since is Since.SCHOOL_YEAR:
        when = _("every school year, day {days}").format(days=slot.days)
    elif slot.every_days:
        when = _("every {days} days, {times} times").format(days=slot.every_days, times=slot.times)
    else:
        when = offset(slot.months, slot.days)
    return _("{what}, {when}").format(what=what, when=when)


def slot_window(slot: Slot) -> str:
    """As in "opens 14 days before, closes 30 days after"."""
    opens = ngettext("opens %(num)s day before", "opens %(num)s days before", slot.before) % {
        "num": slot.before
    }
    closes = ngettext("closes %(num)s day after", "closes %(num)s days after", slot.after) % {
        "num": slot.after
    }
    return _("{opens}, {closes}").format(
        opens=opens if slot.before else _("opens on the day"),
        closes=closes if slot.after else _("closes on the day"),
    )


def slot_words(slot: Slot) -> str:
    return f"{slot_name(slot)}: {slot_window(slot)}"


def ages(protocol: Protocol) -> str:
    """Of whom the checks are; ages matter for children alone."""
    pers = {slot.per for slot in protocol.slots}
    if Per.CHILD in pers:
        return _("Each child aged {youngest} to {oldest}").format(
            youngest=protocol.from_age, oldest=protocol.to_age
        )
    return _("The household") if Per.HOUSEHOLD in pers else _("The trainee")


def differences(before: Protocol, after: Protocol) -> list[str]:
    """What a version says otherwise than the one before it."""
    was = {slot.key: slot for slot in before.slots}
    will = {slot.key: slot for slot in after.slots}
    found = [
        _("Added: {check}").format(check=slot_words(slot)) for key, slot in will.items() if key not in was
    ]
    found += [
        _("Removed: {check}").format(check=slot_name(slot)) for key, slot in was.items() if key not in will
    ]
    found += [
        _("Changed: {check}; before, it {window}").format(
            check=slot_words(slot), window=slot_window(was[key])
        )
        for key, slot in will.items()
        if key in was and was[key] != slot
    ]
    if (before.from_age, before.to_age) != (after.from_age, after.to_age):
        found.append(_("Ages: {ages}").format(ages=ages(after)))
    return found


def change_title(change: Change) -> str:
    match change:
        case NewVersion(protocol=protocol):
            return _("{protocol}, version {version}").format(
                protocol=protocol_name(protocol.key), version=protocol.version
            )
        case NumberSet(number=number):
            return _("{number}: {value}").format(
                number=number_name(number.key), value=value_text(number.key, number.value)
            )
        case YearSet(year=year):
            return _("School year {key}").format(key=year.key)
        case ClosureSet(name=name):
            return _("Schools shut: {name}").format(name=name)
        case HolidaySet(name=name, holiday=holiday):
            text = _("Holiday: {name}") if holiday.is_holiday else _("Schools open: {name}")
            return text.format(name=name)
        case ClosureGone(name=name) | HolidayGone(name=name):
            return _("Remove: {name}").format(name=name)


def part(change: Change) -> str:
    """The part of policy that it changes, to go back to."""
    match change:
        case NewVersion(protocol=protocol):
            return protocol_name(protocol.key)
        case NumberSet(number=number):
            return number_name(number.key)
        case _:
            return _("Calendar")


def will_happen(change: Change) -> list[str]:
    """What putting it into force does, sentence by sentence."""
    kept = _("The workers bring the follow-ups up to date; what people recorded stays.")
    match change:
        case NewVersion(protocol=protocol):
            return [
                _("Version {version} is added, under your name; no version is changed.").format(
                    version=protocol.version
                ),
                sentence(
                    say(
                        "It counts for checks that open from {day} on. What had opened before stays as it was.",
                        day=protocol.effective_from,
                    )
                ),
                kept,
            ]
        case NumberSet(number=number):
            return [
                sentence(
                    say(
                        "The number is added from {day} on, under your name; no number is changed.",
                        day=number.effective_from,
                    )
                ),
                counts_for(number.key),
                _("What people recorded, and what was told, stays."),
            ]
        case _:
            return [
                _("The calendar changes for everybody at once, and the change is kept in the audit trail."),
                kept,
            ]


def starts_on(change: Change) -> date | None:
    """From when it holds; none: at once."""
    match change:
        case NewVersion(protocol=protocol):
            return protocol.effective_from
        case NumberSet(number=number):
            return number.effective_from
        case _:
            return None


def editing(change: Change) -> str | None:
    """The form in which the change can be written otherwise; none where it only removes."""
    match change:
        case NewVersion(protocol=protocol):
            return f"/protocols/{protocol.key}/change"
        case NumberSet(number=number):
            return f"/policy-numbers/{number.key}/change"
        case YearSet(year=year):
            return f"/calendar/years/{year.key[:4]}"
        case ClosureSet():
            return "/calendar/closures/new"
        case HolidaySet():
            return "/calendar/holidays/new"
        case ClosureGone() | HolidayGone():
            return None
