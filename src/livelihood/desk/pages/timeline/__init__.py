"""What happened to one family, newest first, and what comes next: told from every area at once."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec

from livelihood.desk.pages.timeline import family, followed, given
from livelihood.desk.pages.timeline.events import Event, named, together
from livelihood.desk.queries.household import Whole
from livelihood.errors import say
from livelihood.followups import labels
from livelihood.followups.rules.state import State
from livelihood.web.words import gettext as _
from livelihood.web.words import sentence

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def happened(whole: Whole, zone: ZoneInfo) -> list[Event]:
    people = {person.id: person for person in whole.people}
    # Of one day, in the order in which things come about.
    events = [
        Event(on=whole.household.intake_on, kind="neutral", title=_("Taken into the programme")),
        *family.risk(whole),
        *family.absences(whole, people),
        *family.leavings(whole, people, zone),
        *family.handovers(whole, zone),
        *family.consents(whole, people),
        *given.grants(whole, zone),
        *given.courses(whole, people),
        *followed.visits(whole, people, zone),
        *followed.reviews(whole, zone),
        *followed.learnt_otherwise(whole, people),
        *followed.placements(whole, people, zone),
        *followed.alerts(whole, people, zone),
        *followed.missed(whole, people),
        *followed.closed_checks(whole, people),
        *followed.consequences(whole, people),
        *followed.losses(whole, people, zone),
    ]
    days: dict[date, list[Event]] = {}
    for event in events:
        days.setdefault(event.on, []).append(event)
    return [event for _day, mine in sorted(days.items(), reverse=True) for event in _newest_first(mine, zone)]


def _newest_first(of_day: list[Event], zone: ZoneInfo) -> list[Event]:
    """By when they were recorded. What has no hour of its own stands after all that it may come from."""
    ordered: list[tuple[datetime, Event]] = []
    latest = LONG_AGO
    for event in of_day:
        latest = max(latest, event.at or latest)
        ordered.append((event.at or latest, event))
    newest = [event for _at, event in sorted(ordered, key=lambda pair: pair[0])[::-1]]
    return [msgspec.structs.replace(one, hour=_hour(one, zone)) for one in newest] if newest[1:] else newest


def _hour(event: Event, zone: ZoneInfo) -> str:
    """With the day, where it was recorded on another one than it happened on."""
    if event.at is None:
        return ""
    at = event.at.astimezone(zone)
    if at.date() == event.on:
        return at.strftime("%H:%M")
    return sentence(say("entered on {day} at {time}", day=at.date(), time=at.strftime("%H:%M")))


def coming(whole: Whole) -> list[Event]:
    """What is due, overdue first, then what comes next. The day is that by which it is to be done, or opens."""
    people = {person.id: person for person in whole.people}
    open_states = {State.UPCOMING, State.DUE, State.OVERDUE}
    return [
        Event(
            on=group[0].due_on if group[0].state == State.UPCOMING else group[0].closes_on,
            kind=group[0].state,
            title=labels.check_name(group[0]),
            people=named(people, *(one.member_id for one in group)),
        )
        for group in together(one for one in whole.follow_ups if one.reminds and one.state in open_states)
    ]
