"""What happened to one family, newest first, and what comes next: told from every area at once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from livelihood.desk.pages import words
from livelihood.desk.queries.household import Whole
from livelihood.errors import Amount, Message, say
from livelihood.followups.queries.people import Child
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import FollowUpOut
from livelihood.observations.rules import Details
from livelihood.web.current import LANGUAGE


class Finding(msgspec.Struct, frozen=True):
    """What was seen of one member (or, without one, of the business)."""

    person: Child | None
    kind: str
    word: Message


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline; `kind` is that of a chip."""

    on: date
    kind: str
    title: Message
    text: Message | None = None
    quote: str = ""
    by: str = ""
    href: str = ""
    findings: tuple[Finding, ...] = ()
    people: tuple[Child, ...] = ()


def happened(whole: Whole, zone: ZoneInfo) -> list[Event]:
    people = {person.id: person for person in whole.people}
    events = [
        *_consents(whole, people),
        *_grants(whole, zone),
        *_courses(whole, people),
        *_visits(whole, people),
        *_known_otherwise(whole, people),
        *_alerts(whole, people),
        *_missed(whole, people),
        Event(on=whole.household.intake_on, kind="neutral", title=say("Taken into the programme")),
    ]
    return sorted(events, key=lambda event: event.on, reverse=True)


def coming(whole: Whole) -> list[Event]:
    """What is due, overdue first, then what comes next; checks of one window are one line with its people."""
    people = {person.id: person for person in whole.people}
    open_states = {State.UPCOMING, State.DUE, State.OVERDUE}
    return [
        Event(
            on=group[0].due_on if group[0].state == State.UPCOMING else group[0].closes_on,
            kind=group[0].state,
            title=words.PURPOSE[group[0].purpose],
            text=words.slot_words(group[0].slot),
            people=_named(people, *(one.member_id for one in group)),
        )
        for group in _together(one for one in whole.follow_ups if one.reminds and one.state in open_states)
    ]


def _named(people: Mapping[UUID, Child], *members: UUID | None) -> tuple[Child, ...]:
    return tuple(people[member] for member in members if member is not None and member in people)


def _consents(whole: Whole, people: Mapping[UUID, Child]) -> Iterator[Event]:
    for consent in whole.household.consents:
        who = _named(people, consent.member_id)
        yield Event(on=consent.given_on, kind="neutral", title=say("Consent given"), people=who)
        if consent.withdrawn_on:
            yield Event(on=consent.withdrawn_on, kind="alert", title=say("Consent withdrawn"), people=who)


def _grants(whole: Whole, zone: ZoneInfo) -> Iterator[Event]:
    for grant in whole.grants:
        if grant.submitted_at is not None:
            yield Event(
                on=grant.submitted_at.astimezone(zone).date(),
                kind="neutral",
                title=say("Grant applied for: {amount}", amount=Amount(grant.amount_minor, grant.currency)),
                quote=grant.business,
                href=f"/grants/{grant.id}",
            )
    for payment in whole.payments:
        yield Event(
            on=payment.paid_on,
            kind="done",
            title=say(
                "Tranche {number} paid: {amount}",
                number=payment.number,
                amount=Amount(payment.amount_minor, payment.currency),
            ),
            by=payment.paid_by,
            href=f"/grants/{payment.grant_id}",
        )
    if not whole.payments:  # for those who may know of the grant, and not of its amounts
        for start in whole.starts:
            if start.kind == "grant":
                yield Event(on=start.on, kind="done", title=say("Grant received"))


def _courses(whole: Whole, people: Mapping[UUID, Child]) -> Iterator[Event]:
    for seat in whole.seats:
        who = _named(people, seat.member_id)
        trade = seat.trade_km if LANGUAGE.get() == "km" else seat.trade_en
        href = f"/courses/{seat.course_id}"
        yield Event(
            on=seat.enrolled_on,
            kind="neutral",
            title=say("Enrolled in a course"),
            quote=trade,
            people=who,
            href=href,
        )
        if seat.completed_on:
            yield Event(
                on=seat.completed_on,
                kind="done",
                title=say("Course completed"),
                quote=trade,
                people=who,
                href=href,
            )


def _visits(whole: Whole, people: Mapping[UUID, Child]) -> Iterator[Event]:
    for visit in whole.visits:
        met = visit.outcome == Outcome.MET
        yield Event(
            on=visit.happened_on,
            kind="done" if met else "unknown",
            title=words.BY_PHONE if met and visit.mode == Mode.PHONE else words.OUTCOME[visit.outcome],
            quote=visit.note or "",
            by=visit.recorded_by,
            href=f"/visits/{visit.id}",
            findings=tuple(_finding(found.member_id, found.details, people) for found in visit.findings),
        )


def _known_otherwise(whole: Whole, people: Mapping[UUID, Child]) -> Iterator[Event]:
    days: dict[date, list[Finding]] = {}
    for record in whole.outside_visits:
        days.setdefault(record.happened_on, []).append(_finding(record.member_id, record.details, people))
    for day, findings in days.items():
        yield Event(
            on=day, kind="neutral", title=say("Learnt at the office or at intake"), findings=tuple(findings)
        )


def _finding(member_id: UUID | None, details: Details, people: Mapping[UUID, Child]) -> Finding:
    kind, word = words.found_words(details)
    return Finding(people.get(member_id) if member_id else None, kind, word)


def _alerts(whole: Whole, people: Mapping[UUID, Child]) -> Iterator[Event]:
    for alert in whole.alerts:
        who = _named(people, alert.member_id)
        noted = alert.acknowledgements[-1] if alert.acknowledgements else None
        yield Event(
            on=alert.opened_on,
            kind="alert",
            title=say("Found out of school"),
            quote=(noted.note or "") if noted else "",
            by=noted.by if noted else "",
            href=f"/alerts/{alert.id}",
            people=who,
        )
        if alert.closed_on and alert.closed_because:
            yield Event(on=alert.closed_on, kind="done", title=words.CLOSED[alert.closed_because], people=who)


def _missed(whole: Whole, people: Mapping[UUID, Child]) -> Iterator[Event]:
    missed = (one for one in whole.follow_ups if one.reminds and one.state == State.MISSED)
    for group in _together(missed):
        yield Event(
            on=group[0].closes_on,
            kind="unknown",
            title=words.MISSED[group[0].purpose],
            text=words.slot_words(group[0].slot),
            people=_named(people, *(one.member_id for one in group)),
        )


def _together(follow_ups: Iterable[FollowUpOut]) -> list[list[FollowUpOut]]:
    """Checks of one window and purpose: they are made in one visit, and told in one line."""
    groups: dict[tuple[date, date, str, str], list[FollowUpOut]] = {}
    for one in sorted(follow_ups, key=lambda one: (one.closes_on, one.due_on)):
        groups.setdefault((one.due_on, one.closes_on, one.purpose, one.slot), []).append(one)
    return list(groups.values())
