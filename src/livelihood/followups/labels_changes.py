"""What a change of policy says otherwise, line by line: before it takes effect as afterwards."""

from collections.abc import Iterator, Mapping
from datetime import date

from livelihood.followups.labels_policy import ages, begins_with, differences, slot_words, stored
from livelihood.followups.rules.drafted_upon import newest_of, version_before
from livelihood.followups.rules.policy import (
    Change,
    ClosureGone,
    ClosureSaid,
    HolidayGone,
    HolidaySaid,
    NewProtocol,
    NewVersion,
    NumberSet,
    Policy,
    Said,
    YearSaid,
)
from livelihood.web.components import day_text, days_text
from livelihood.web.current import LANGUAGE
from livelihood.web.words import gettext as _

# Provinces by code, in the reader's language.
Places = Mapping[str, str]


def what_changes(policy: Policy, change: Change, places: Places) -> list[str]:
    """Also of a change that is in force already. Of a number its title says it."""
    match change:
        case NewVersion(protocol=protocol):
            before = version_before(policy, protocol)
            return differences(before, protocol) if before else []
        case NewProtocol(protocol=protocol):
            return [
                _("Counts from %(begins)s.") % {"begins": begins_with(protocol.anchors)},
                _("Ages: {ages}").format(ages=ages(protocol)),
                *(_("Added: {check}").format(check=slot_words(one, protocol.key)) for one in protocol.slots),
            ]
        case NumberSet():
            return []
        case ClosureGone(closure=closure):
            return _removed(
                stored(change.name), _days(closure.starts_on, closure.ends_on), closure.province, places
            )
        case HolidayGone(holiday=holiday):
            return _removed(stored(change.name), _day(holiday.day), holiday.province, places)
        case _:
            return list(_entry(change.before, change, places))


def meanwhile(policy: Policy, change: Change, stands: Said | None, places: Places) -> list[str]:
    """What others have said since a change was drafted."""
    match change:
        case NewVersion(protocol=protocol):
            before, newest = version_before(policy, protocol), newest_of(policy, protocol.key)
            return differences(before, newest) if before and newest else []
        case NewProtocol() | NumberSet():
            return []
        case _ if stands is None:
            return [_("The entry was removed.")]
        case _:
            return [
                _line(what, now, was) if was else _plain(what, now)
                for what, now, was in _compared(change.before, stands, places)
                if now != was
            ]


def _entry(before: Said | None, after: Said, places: Places) -> Iterator[str]:
    """Its days also where they stay. Its source stands at the head of the page."""
    for what, now, was in _compared(before, after, places)[:-1]:
        if was is None:
            yield _plain(what, now)
        elif was != now:
            yield _line(what, now, was)
        elif what != _("Only assumed") and now != _("none"):
            yield _("{what}: {now}, as before").format(what=what, now=now)


def _compared(before: Said | None, after: Said, places: Places) -> list[tuple[str, str, str | None]]:
    was = dict(_parts(before, places)) if before else {}
    return [(what, now, was.get(what)) for what, now in _parts(after, places)]


def _parts(said: Said, places: Places) -> list[tuple[str, str]]:
    """Each with what its form calls it; where it is from comes last."""
    match said:
        case YearSaid(year=year):
            terms = " · ".join(_days(term.starts_on, term.ends_on) for term in year.terms)
            found = [
                (_("First day of school"), _day(year.starts_on)),
                (_("Last day of school"), _day(year.ends_on)),
                (_("Terms"), terms or _("none")),
            ]
            source = _("Where these days are from")
        case ClosureSaid(closure=closure):
            found = [
                (_("First day"), _day(closure.starts_on)),
                (_("Last day"), _day(closure.ends_on)),
                (_("Where"), _where(closure.province, places)),
                (_("Why schools are shut"), stored(said.name)),
            ]
            source = _("Where these days are from")
        case HolidaySaid(holiday=holiday):
            found = [
                (_("Day"), _day(holiday.day)),
                (_("That day"), _("no school") if holiday.is_holiday else _("schools open")),
                (_("Where"), _where(holiday.province, places)),
                (_("What day it is"), stored(said.name)),
            ]
            source = _("Where this is from")
    return [*found, (_("Only assumed"), _("Yes") if said.assumed else _("No")), (source, stored(said.source))]


def _plain(what: str, now: str) -> str:
    return _("{what}: {now}").format(what=what, now=now)


def _line(what: str, now: str, was: str) -> str:
    return _("{what}: {now}; before: {was}").format(what=what, now=now, was=was)


def _removed(name: str, days: str, province: str | None, places: Places) -> list[str]:
    return [_("Removed: {check}").format(check=f"{name}, {days}, {_where(province, places)}")]


def _where(province: str | None, places: Places) -> str:
    return places.get(province, province) if province else _("Everywhere")


def _day(on: date) -> str:
    return day_text(on, LANGUAGE.get())


def _days(first: date, last: date) -> str:
    return days_text(first, last, LANGUAGE.get())
