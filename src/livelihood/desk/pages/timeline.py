"""What happened to one family, newest first, and what comes next: told from every area at once."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from livelihood.desk.queries.household import Start, Whole
from livelihood.errors import Amount, Message, say
from livelihood.followups import labels
from livelihood.followups.labels_findings import decisions
from livelihood.followups.queries.people import Child
from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.rules.consequences import ConsequenceKind
from livelihood.followups.rules.facts import AnchorKind, Mode, Outcome, first_risk_id
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import FollowUpOut
from livelihood.followups.schemas_leaving import LeavingOut
from livelihood.households.labels import case_closed, member_left
from livelihood.households.rules import LeavingEnded, Risk
from livelihood.observations.rules import Details
from livelihood.web.current import LANGUAGE
from livelihood.web.words import gettext as _
from livelihood.web.words import sentence

People = Mapping[UUID, Child]
ALERTS: Mapping[AlertKind, Message] = {
    AlertKind.AT_RISK: say("Alert: seldom at school"),
    AlertKind.MISSING_CHILD: say("Alert: child missing"),
    AlertKind.OUT_OF_SCHOOL: say("Alert: found out of school"),
}


class Finding(msgspec.Struct, frozen=True):
    """What was seen of one member (or, without one, of the business), as a chip."""

    person: Child | None
    kind: str
    words: str


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline, in the reader's language; `kind` is that of a chip, `quote` somebody's own words."""

    on: date
    kind: str
    title: str
    text: str = ""
    quote: str = ""
    by: str = ""
    href: str = ""
    findings: tuple[Finding, ...] = ()
    people: tuple[Child, ...] = ()
    struck: bool = False


def happened(whole: Whole, zone: ZoneInfo) -> list[Event]:
    people = {person.id: person for person in whole.people}
    # Of one day, in the order in which things come about.
    events = [
        Event(on=whole.household.intake_on, kind="neutral", title=_("Taken into the programme")),
        *_risk(whole),
        *_absences(whole, people),
        *_leavings(whole, people),
        *_handovers(whole, zone),
        *_consents(whole, people),
        *_grants(whole, zone),
        *_courses(whole, people),
        *_visits(whole, people),
        *_reviews(whole, zone),
        *_learnt_otherwise(whole, people),
        *_alerts(whole, people),
        *_missed(whole, people),
        *_consequences(whole, people),
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
            people=_named(people, *(one.member_id for one in group)),
        )
        for group in _together(one for one in whole.follow_ups if one.reminds and one.state in open_states)
    ]


def _together(follow_ups: Iterable[FollowUpOut]) -> list[list[FollowUpOut]]:
    """Checks of one window and name: they are made in one visit, and told in one line."""
    groups: dict[tuple[date, date, str], list[FollowUpOut]] = {}
    for one in sorted(follow_ups, key=lambda one: (one.closes_on, one.due_on)):
        groups.setdefault((one.due_on, one.closes_on, labels.check_name(one)), []).append(one)
    return list(groups.values())


def _named(people: People, *members: UUID | None) -> tuple[Child, ...]:
    return tuple(people[member] for member in members if member is not None and member in people)


def _risk(whole: Whole) -> Iterator[Event]:
    """When the risk was high, for those who may know of it; the reasons for those who may read them."""
    spans = [one for one in whole.starts if one.kind == AnchorKind.HIGH_RISK]
    if whole.household.risk == Risk.HIGH and not spans:
        spans = [Start(AnchorKind.HIGH_RISK, whole.household.intake_on, None, None)]
    said = {(one.risk, one.said_of): one for one in whole.risk_said}
    # Known since the intake, and checked for from a later day on: there were no such checks before.
    later = {one.on for one in spans if one.id == first_risk_id(whole.household.id)} - {
        whole.household.intake_on
    }
    known = [Start(AnchorKind.HIGH_RISK, whole.household.intake_on, None, None)] if later else []
    ended = {one.ended_on for one in spans if one.ended_on}
    changes = [
        (
            one.on,
            Risk.HIGH,
            "alert",
            _("The risk is still high") if one.on in ended | later else _("The risk is high"),
        )
        for one in [*known, *spans]
    ]
    renewed = {one.on for one in spans}
    changes += [
        (day, Risk.STANDARD, "neutral", _("The risk is standard again")) for day in sorted(ended - renewed)
    ]
    checked = {one.on for one in spans}
    for on, risk, kind, title in changes:
        reason = said.get((risk, on))
        yield Event(
            on=on,
            kind=kind,
            title=title,
            text=_("A check every two weeks") if risk is Risk.HIGH and on in checked else "",
            quote=reason.reason if reason else "",
            by=reason.said_by if reason else "",
        )


def _absences(whole: Whole, people: People) -> Iterator[Event]:
    reasons = dict(labels.absence_reasons())
    together: dict[tuple[date, date, str], list[UUID]] = {}
    for one in whole.absences:
        together.setdefault((one.away_from, one.away_until, one.reason), []).append(one.member_id)
    for (since, until, reason), members in together.items():
        yield Event(
            on=since,
            kind="neutral",
            title=sentence(say("Away until {day}", day=until)),
            text=reasons[reason],
            people=_named(people, *members),
        )


def _leavings(whole: Whole, people: People) -> Iterator[Event]:
    """Who left and came back. A leaving that was a mistake is told as one, so that nobody wonders who wrote it."""
    reasons = dict(member_left())
    for one in whole.leavings:
        if one.member_id is None:
            yield from _closing(one)
            continue
        mistaken = one.ended_because == LeavingEnded.MISTAKE
        who = _named(people, one.member_id)
        yield Event(
            on=one.left_on,
            kind="neutral",
            title=_("Left the household (recorded by mistake)") if mistaken else _("Left the household"),
            text=reasons[one.because],
            quote=one.note or "",
            by=one.recorded_by,
            people=who,
        )
        if one.new_head_id and not one.ended_on:
            yield Event(
                on=one.left_on,
                kind="neutral",
                title=_("Became the head of the household"),
                by=one.recorded_by,
                people=_named(people, one.new_head_id),
            )
        if one.ended_on:
            yield Event(
                on=one.ended_on,
                kind="done",
                title=_("Followed again: never left") if mistaken else _("Came back to the household"),
                quote=one.ended_note or "",
                by=one.ended_by or "",
                people=who,
            )


def _closing(one: LeavingOut) -> Iterator[Event]:
    mistaken = one.ended_because == LeavingEnded.MISTAKE
    partner = sentence(say("Handed over to {partner}", partner=one.partner)) if one.partner else ""
    yield Event(
        on=one.left_on,
        kind="neutral",
        title=_("Household closed (by mistake)") if mistaken else _("Household closed"),
        text=partner or dict(case_closed())[one.because],
        quote=one.note or "",
        by=one.recorded_by,
    )
    if one.ended_on:
        yield Event(
            on=one.ended_on,
            kind="done",
            title=_("Household reopened"),
            quote=one.ended_note or "",
            by=one.ended_by or "",
        )


def _handovers(whole: Whole, zone: ZoneInfo) -> Iterator[Event]:
    khmer = LANGUAGE.get() == "km"
    for one in whole.handovers:
        village = one.village_km if khmer else one.village_latin
        inside = one.from_office_id == one.to_office_id
        offices = (one.from_office_km, one.to_office_km) if khmer else (one.from_office_en, one.to_office_en)
        yield Event(
            on=one.handed_on,
            kind="neutral",
            title=_("Moved to another village") if inside else _("Handed over to another office"),
            text=village if inside else f"{offices[0]} → {offices[1]} · {village}",
            quote=one.reason,
            by=one.handed_by,
        )
        if one.acknowledged_at and not inside:
            yield Event(
                on=one.acknowledged_at.astimezone(zone).date(),
                kind="done",
                title=_("The new office has taken note"),
                by=one.acknowledged_by or "",
            )


def _consents(whole: Whole, people: People) -> Iterator[Event]:
    for consent in whole.household.consents:
        who = _named(people, consent.member_id)
        yield Event(on=consent.given_on, kind="neutral", title=_("Consent given"), people=who)
        if consent.withdrawn_on:
            yield Event(on=consent.withdrawn_on, kind="alert", title=_("Consent withdrawn"), people=who)


def _grants(whole: Whole, zone: ZoneInfo) -> Iterator[Event]:
    for grant in whole.grants:
        if grant.submitted_at is not None:
            amount = Amount(grant.amount_minor, grant.currency)
            yield Event(
                on=grant.submitted_at.astimezone(zone).date(),
                kind="neutral",
                title=sentence(say("Grant applied for: {amount}", amount=amount)),
                quote=grant.business,
                href=f"/grants/{grant.id}",
            )
    for payment in whole.payments:
        amount = Amount(payment.amount_minor, payment.currency)
        yield Event(
            on=payment.paid_on,
            kind="done",
            title=sentence(say("Tranche {number} paid: {amount}", number=payment.number, amount=amount)),
            by=payment.paid_by,
            href=f"/grants/{payment.grant_id}",
        )
    if not whole.payments:  # for those who may know of the grant, and not of its amounts
        for start in whole.starts:
            if start.kind == "grant":
                yield Event(on=start.on, kind="done", title=_("Grant received"))


def _courses(whole: Whole, people: People) -> Iterator[Event]:
    for seat in whole.seats:
        told = Event(
            on=seat.enrolled_on,
            kind="neutral",
            title=_("Enrolled in a course"),
            quote=seat.trade_km if LANGUAGE.get() == "km" else seat.trade_en,
            people=_named(people, seat.member_id),
            href=f"/courses/{seat.course_id}",
        )
        yield told
        if seat.completed_on:
            yield msgspec.structs.replace(
                told, on=seat.completed_on, kind="done", title=_("Course completed")
            )


def _visits(whole: Whole, people: People) -> Iterator[Event]:
    outcomes = dict(labels.outcomes())
    for visit in whole.visits:
        if visit.withdrawn:
            yield Event(
                on=visit.happened_on,
                kind="neutral",
                title=_visit_title(visit.mode),
                struck=True,
                text=_("withdrawn by {name}").format(name=visit.withdrawn.by),
                quote=visit.withdrawn.reason,
                by=visit.recorded_by,
                href=f"/visits/{visit.id}",
            )
            continue
        yield Event(
            on=visit.happened_on,
            kind="done" if visit.outcome == Outcome.MET else "unknown",
            title=_visit_title(visit.mode),
            text="" if visit.mode == Mode.REGISTER else outcomes[visit.outcome],
            quote=visit.note or "",
            by=visit.recorded_by,
            href=f"/visits/{visit.id}",
            findings=_findings(((found.member_id, found.details) for found in visit.findings), people),
        )


def _reviews(whole: Whole, zone: ZoneInfo) -> Iterator[Event]:
    names = decisions()
    for review in whole.reviews:
        yield Event(
            on=review.at.astimezone(zone).date(),
            kind="neutral",
            title=names[review.decision],
            quote=review.note,
            by=review.by,
            href=f"/visits/{review.visit_id}" if review.visit_id else "",
        )


def _visit_title(mode: str) -> str:
    titles = {Mode.PHONE: _("Telephone call"), Mode.REGISTER: _("Found in the school's register")}
    return titles.get(Mode(mode), _("Visit"))


def _learnt_otherwise(whole: Whole, people: People) -> Iterator[Event]:
    days: dict[date, list[tuple[UUID | None, Details]]] = {}
    for record in whole.outside_visits:
        days.setdefault(record.happened_on, []).append((record.member_id, record.details))
    for day, found in days.items():
        yield Event(
            on=day, kind="neutral", title=_("Learnt without a visit"), findings=_findings(found, people)
        )


def _findings(found: Iterable[tuple[UUID | None, Details]], people: People) -> tuple[Finding, ...]:
    return tuple(
        Finding(people.get(member) if member else None, *chip)
        for member, details in found
        if (chip := labels.finding_chip(details)) is not None
    )


def _alerts(whole: Whole, people: People) -> Iterator[Event]:
    for alert in whole.alerts:
        noted = alert.acknowledgements[-1] if alert.acknowledgements else None
        yield Event(
            on=alert.opened_on,
            kind="alert",
            title=sentence(ALERTS[AlertKind(alert.kind)]),
            quote=(noted.note or "") if noted else "",
            by=noted.by if noted else "",
            href=f"/alerts/{alert.id}",
            people=_named(people, alert.member_id),
        )
        if alert.closed_on and alert.closed_because:
            yield Event(
                on=alert.closed_on,
                kind="done",
                title=_("Alert closed"),
                text=labels.closed_name(alert.closed_because),
                people=_named(people, alert.member_id),
            )


def _missed(whole: Whole, people: People) -> Iterator[Event]:
    missed = (one for one in whole.follow_ups if one.reminds and one.state == State.MISSED)
    for group in _together(missed):
        yield Event(
            on=group[0].closes_on,
            kind="unknown",
            title=labels.check_name(group[0]),
            text=_("was due and not made"),
            people=_named(people, *(one.member_id for one in group)),
        )


def _consequences(whole: Whole, people: People) -> Iterator[Event]:
    """What silence and findings led to, each with why."""
    titles = {
        ConsequenceKind.REMINDER: _("The monitor was reminded"),
        ConsequenceKind.ESCALATED_SUPERVISOR: _("The supervisor was told of the silence"),
        ConsequenceKind.ESCALATED_MANAGER: _("The manager was told of the silence"),
        ConsequenceKind.REMEDIATED: _("Out of child labour"),
        ConsequenceKind.RISK_REVIEW: _("The risk is to be reviewed"),
    }
    groups: dict[tuple[date, ConsequenceKind, date | None], list[UUID | None]] = {}
    for one in whole.consequences:
        groups.setdefault((one.happened_on, one.kind, one.since), []).append(one.member_id)
    for (on, kind, since), members in groups.items():
        if since is not None:
            text = sentence(say("Nobody has confirmed the child since {day}.", day=since))
        elif kind is ConsequenceKind.REMEDIATED:
            text = _("Two visits found the child in school and not in child labour.")
        else:
            text = _("The fortnightly checks are over. Say whether the family is still at high risk.")
        yield Event(
            on=on,
            kind="done" if kind is ConsequenceKind.REMEDIATED else "alert",
            title=titles[kind],
            text=text,
            people=_named(people, *members),
        )
