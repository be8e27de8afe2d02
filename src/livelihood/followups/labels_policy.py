"""Protocols and the calendar in plain words, in the reader's language."""

from collections.abc import Iterable
from datetime import date

from msgspec import structs

from livelihood.errors import Message, say
from livelihood.followups.labels_numbers import counts_for, number_name, value_text
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.policy import (
    Change,
    ClosureGone,
    ClosureSet,
    HolidayGone,
    HolidaySet,
    NewProtocol,
    NewVersion,
    NumberSet,
    YearSet,
)
from livelihood.followups.rules.previews import Staleness
from livelihood.followups.rules.protocols import Per, Protocol, Purpose, Since, Slot
from livelihood.followups.rules.slot_drafts import SlotDraft
from livelihood.web.current import LANGUAGE
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
OF_WHOM: dict[Purpose, Message] = {
    Purpose.SCHOOL: say("School check, of each child"),
    Purpose.HOME: say("Home check, of each child"),
    Purpose.BUSINESS: say("Business check, of the household"),
    Purpose.PLACEMENT: say("Placement check, of the trainee"),
}
BEGINS: dict[AnchorKind, Message] = {
    AnchorKind.COURSE: say("a completed course"),
    AnchorKind.GRANT: say("the first tranche of a grant"),
    AnchorKind.HIGH_RISK: say("the day a household is found at high risk"),
    AnchorKind.OUT_OF_SCHOOL: say("the day a child is found out of school"),
    AnchorKind.SCHOOLING: say("an enrolment in school"),
}
# What came with the software is stored in English, and read in the reader's language.
SHIPPED_WORDS = (
    say("Proposal of this project, to be confirmed by the programme manager"),
    say("National scholarship rule of the Ministry of Education"),
    say("Entry to grade 1 at 6, Ministry of Education"),
    say("Child Labour Monitoring and Remediation System (CLMRS), two visits"),
    say("Assumed after the nominal school year, 1 November to 31 August; to be confirmed each year"),
    say("Khmer New Year"),
)
STALE: dict[Staleness, Message] = {
    Staleness.POLICY_CHANGED: say(
        "Another change took effect since this preview was made, so it no longer tells what happens. Preview again."
    ),
    Staleness.TOO_OLD: say(
        "This preview is more than an hour old or of another day, so families may have changed. Preview again."
    ),
}


def stored(text: str) -> str:
    """A name or a source as it is stored: what people wrote as they wrote it, what was shipped in the reader's words."""
    return _(text) if any(text == words.text for words in SHIPPED_WORDS) else text


def own_name(in_english: str, in_khmer: str) -> str:
    """What people called a protocol of their own, in the reader's language; empty for those of the software."""
    return in_khmer if LANGUAGE.get() == "km" else in_english


def protocol_name(protocol: Protocol) -> str:
    if protocol.own:
        return own_name(protocol.name_en, protocol.name_km)
    return sentence(NAMES[protocol.key][0]) if protocol.key in NAMES else protocol.key


def protocol_text(protocol: Protocol) -> str:
    return sentence(NAMES[protocol.key][1]) if protocol.key in NAMES else ""


def anchor_choices() -> list[tuple[str, str]]:
    """From what the checks of a new protocol may count, the most usual first."""
    usual = [AnchorKind.GRANT, AnchorKind.SCHOOLING, AnchorKind.OUT_OF_SCHOOL, AnchorKind.HIGH_RISK]
    return [(kind.value, sentence(BEGINS[kind])) for kind in [*usual, AnchorKind.COURSE]]


def purpose_choices() -> list[tuple[str, str]]:
    return [(purpose.value, sentence(words)) for purpose, words in OF_WHOM.items()]


def begins_with(kinds: Iterable[AnchorKind]) -> str:
    return _(" or ").join(sentence(BEGINS[kind]) for kind in kinds)


def offset(months: int, days: int) -> str:
    """As in "month 6", "day 14", "month 1 and 15 days"."""
    if months and days:
        return _("month {months} and {days} days").format(months=months, days=days)
    return _("month {months}").format(months=months) if months else _("day {days}").format(days=days)


def extra_check_name(months: int, days: int) -> str:
    if (months, days) == (0, 14):
        return _("Extra check, two weeks after out of school")
    return _("Extra check, {when} after out of school").format(when=offset(months, days))


def checked_again(slot: Slot | None) -> str:
    """What follows for a child found out of school; empty where no protocol asks for anything."""
    if slot is None:
        return ""
    if slot.months:
        return _("The next check is then that of {when}.").format(when=offset(slot.months, slot.days))
    said = ngettext(
        "The next check is then in %(num)s day.", "The next check is then in %(num)s days.", slot.days
    )
    return said % {"num": slot.days}


def slot_name(slot: Slot, protocol: str = "") -> str:
    """As in "School check, month 6", and for an extra check, or one of every school year, by the name that it has in
    every list.
    """
    if slot.since is Since.SCHOOL_YEAR:
        return _("Re-enrolment check, {when}").format(when=slot_day(slot))
    if protocol == "extra_check" and not slot.every_days:
        return extra_check_name(slot.months, slot.days)
    return _("{what}, {when}").format(what=sentence(PURPOSES[slot.purpose]), when=slot_day(slot))


def slot_day(slot: Slot) -> str:
    """As in "month 6"."""
    if slot.since is Since.SCHOOL_YEAR:
        return _("every school year, day {days}").format(days=slot.days)
    if slot.every_days:
        every = _("every {days} days").format(days=slot.every_days)
        if not slot.times:
            return every
        often = ngettext("%(num)s time", "%(num)s times", slot.times) % {"num": slot.times}
        return _("{every}, {often}").format(every=every, often=often)
    return offset(slot.months, slot.days)


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


def draft_words(one: SlotDraft, *, with_purpose: bool) -> str:
    """A row of a form in one line, as in "Month 3: opens 14 days before, closes 14 days after"; empty without a day."""
    slot = Slot("", one.purpose or Purpose.SCHOOL, Per.CHILD, one.before, one.after)
    slot = structs.replace(slot, months=one.months, days=one.days, since=one.since)
    slot = structs.replace(slot, every_days=one.every_days, times=one.times or 0)
    if not (slot.months or slot.days or slot.every_days):
        return ""
    return _("{check}: {window}").format(
        check=row_name(slot, with_purpose=with_purpose), window=slot_window(slot)
    )


def row_name(slot: Slot, *, with_purpose: bool) -> str:
    """As in "Month 3"; the purpose is named where the checks of a form have several."""
    when = slot_day(slot)
    return slot_name(slot) if with_purpose else f"{when[0].upper()}{when[1:]}"


def slot_words(slot: Slot, protocol: str) -> str:
    return _("{check}: {window}").format(check=slot_name(slot, protocol), window=slot_window(slot))


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
    if not after.slots:
        return [_("It ends: nothing more is planned by it.")]
    was = {slot.key: slot for slot in before.slots}
    will = {slot.key: slot for slot in after.slots}
    found = [
        _("Added: {check}").format(check=slot_words(slot, after.key))
        for key, slot in will.items()
        if key not in was
    ]
    found += [
        _("Removed: {check}").format(check=slot_name(slot, before.key))
        for key, slot in was.items()
        if key not in will
    ]
    found += [
        _("Changed: {check}; before, it {window}").format(
            check=slot_words(slot, after.key), window=slot_window(was[key])
        )
        for key, slot in will.items()
        if key in was and was[key] != slot
    ]
    if (before.from_age, before.to_age) != (after.from_age, after.to_age):
        found.append(_("Ages: {ages}").format(ages=ages(after)))
    return found


def change_title(change: Change, was: int | None = None) -> str:
    """`was`: the value of a number until its day."""
    match change:
        case NewVersion(protocol=protocol):
            text = _("{protocol}, version {version}") if protocol.slots else _("End of “{protocol}”")
            return text.format(protocol=protocol_name(protocol), version=protocol.version)
        case NewProtocol(protocol=protocol):
            return _("New protocol: {protocol}").format(protocol=protocol_name(protocol))
        case NumberSet(number=number) if was is not None:
            return sentence(
                say(
                    "{number}: from {was} to {value}, from {day} on",
                    number=number_name(number.key),
                    was=was,
                    value=value_text(number.key, number.value),
                    day=number.effective_from,
                )
            )
        case NumberSet(number=number):
            return number_name(number.key)
        case YearSet(year=year):
            return _("School year {key}").format(key=year.key)
        case ClosureSet(name=name):
            return _("Schools shut: {name}").format(name=stored(name))
        case HolidaySet(name=name, holiday=holiday):
            text = _("Holiday: {name}") if holiday.is_holiday else _("Schools open: {name}")
            return text.format(name=stored(name))
        case ClosureGone(name=name) | HolidayGone(name=name):
            return _("Remove: {name}").format(name=stored(name))


def decided(change: Change) -> tuple[str, str] | None:
    """Where it comes from, with what its form calls that; none where something is removed."""
    match change:
        case NewVersion(protocol=one) | NewProtocol(protocol=one) | NumberSet(number=one):
            return _("Who decided it, and why"), stored(one.source)
        case HolidaySet(source=source):
            return _("Where this is from"), stored(source)
        case YearSet(source=source) | ClosureSet(source=source):
            return _("Where these days are from"), stored(source)
        case ClosureGone() | HolidayGone():
            return None


def part(change: Change) -> str:
    """The part of policy that it changes, to go back to."""
    match change:
        case NewVersion(protocol=protocol):
            return protocol_name(protocol)
        case NewProtocol():
            return _("Protocols")
        case NumberSet(number=number):
            return number_name(number.key)
        case _:
            return _("Calendar")


def will_happen(change: Change) -> list[str]:
    """What putting it into force does, sentence by sentence."""
    kept = _("The workers bring the follow-ups up to date; what people recorded stays.")
    match change:
        case NewVersion(protocol=protocol) if not protocol.slots:
            return [
                sentence(say("From {day} on nothing more is planned by it.", day=protocol.effective_from)),
                _("Checks that have opened before stay, and are to be made."),
                kept,
            ]
        case NewProtocol(protocol=protocol):
            return [
                sentence(
                    say(
                        "It is added under your name, and counts for checks that open from {day} on, also in families "
                        "whose plan has begun. Of earlier days it asks nothing.",
                        day=protocol.effective_from,
                    )
                ),
                kept,
            ]
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
        case NewVersion(protocol=protocol) | NewProtocol(protocol=protocol):
            return protocol.effective_from
        case NumberSet(number=number):
            return number.effective_from
        case _:
            return None


def editing(change: Change) -> str | None:
    """The form in which the change can be written otherwise; none where it only removes."""
    match change:
        case NewProtocol():
            return "/protocols/new"
        case NewVersion(protocol=protocol):
            return f"/protocols/{protocol.key}/{'change' if protocol.slots else 'end'}"
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
