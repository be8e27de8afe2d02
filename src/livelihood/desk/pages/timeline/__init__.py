"""What happened to one family, newest first, and what comes next: told from every area at once."""

from zoneinfo import ZoneInfo

from livelihood.desk.pages.timeline import family, followed, given
from livelihood.desk.pages.timeline.events import Event, named, together
from livelihood.desk.queries.household import Whole
from livelihood.followups import labels
from livelihood.followups.rules.state import State
from livelihood.web.words import gettext as _


def happened(whole: Whole, zone: ZoneInfo) -> list[Event]:
    people = {person.id: person for person in whole.people}
    # Of one day, in the order in which things come about.
    events = [
        Event(on=whole.household.intake_on, kind="neutral", title=_("Taken into the programme")),
        *family.risk(whole),
        *family.absences(whole, people),
        *family.leavings(whole, people),
        *family.handovers(whole, zone),
        *family.consents(whole, people),
        *given.grants(whole, zone),
        *given.courses(whole, people),
        *followed.visits(whole, people),
        *followed.reviews(whole, zone),
        *followed.learnt_otherwise(whole, people),
        *followed.alerts(whole, people),
        *followed.missed(whole, people),
        *followed.consequences(whole, people),
        *followed.losses(whole, people),
    ]
    return sorted(events, key=lambda event: event.on)[::-1]


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
