"""Who lives with the family, at what risk, in whose hands."""

from collections.abc import Iterator
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from livelihood.desk.pages.timeline.events import Event, People, named
from livelihood.desk.queries.household import Start, Whole
from livelihood.errors import say
from livelihood.followups import labels
from livelihood.followups.rules.facts import AnchorKind, first_risk_id
from livelihood.followups.schemas_leaving import LeavingOut
from livelihood.households.labels import case_closed, member_left
from livelihood.households.rules import LeavingEnded, Risk
from livelihood.web.current import LANGUAGE
from livelihood.web.words import gettext as _
from livelihood.web.words import sentence


def risk(whole: Whole) -> Iterator[Event]:
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


def absences(whole: Whole, people: People) -> Iterator[Event]:
    reasons = dict(labels.absence_reasons())
    together: dict[tuple[date, date, date | None, str], list[UUID]] = {}
    for one in whole.absences:
        key = (one.away_from, one.away_until, one.ended_on, one.reason)
        together.setdefault(key, []).append(one.member_id)
    for (since, until, seen, reason), members in together.items():
        title, text = say("Away until {day}", day=until), reasons[reason]
        if seen:
            title = say("Away until {day}, when they were seen again", day=seen)
            text = sentence(say("{reason}; expected back on {day}", reason=text, day=until))
        yield Event(
            on=since,
            kind="neutral",
            title=sentence(title),
            text=text,
            people=named(people, *members),
        )


def leavings(whole: Whole, people: People, zone: ZoneInfo) -> Iterator[Event]:
    """Who left and came back. A leaving that was a mistake is told as one, so that nobody wonders who wrote it."""
    reasons = dict(member_left())
    for one in whole.leavings:
        if one.member_id is None:
            yield from _closing(one)
            continue
        mistaken = one.ended_because == LeavingEnded.MISTAKE
        who = named(people, one.member_id)
        yield Event(
            on=one.left_on,
            kind="neutral",
            title=_("Left the household (recorded by mistake)") if mistaken else _("Left the household"),
            text=reasons[one.because],
            quote=one.note or "",
            by=one.recorded_by,
            people=who,
        )
        if one.noted_at:
            yield Event(
                on=one.noted_at.astimezone(zone).date(),
                at=one.noted_at,
                kind="neutral",
                title=_("Taken note of: left without the family"),
                by=one.noted_by or "",
                people=who,
            )
        if one.new_head_id and not one.ended_on:
            yield Event(
                on=one.left_on,
                kind="neutral",
                title=_("Became the head of the household"),
                by=one.recorded_by,
                people=named(people, one.new_head_id),
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


def handovers(whole: Whole, zone: ZoneInfo) -> Iterator[Event]:
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
                at=one.acknowledged_at,
                kind="done",
                title=_("The new office has taken note"),
                by=one.acknowledged_by or "",
            )


def consents(whole: Whole, people: People) -> Iterator[Event]:
    for consent in whole.household.consents:
        who = named(people, consent.member_id)
        yield Event(on=consent.given_on, kind="neutral", title=_("Consent given"), people=who)
        if consent.withdrawn_on:
            yield Event(on=consent.withdrawn_on, kind="alert", title=_("Consent withdrawn"), people=who)
