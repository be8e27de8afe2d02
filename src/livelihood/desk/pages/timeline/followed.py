"""Visits, what they found, and what that led to."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from livelihood.desk.pages.timeline.events import Event, Finding, People, named, together
from livelihood.desk.queries.household import Whole
from livelihood.errors import Message, say
from livelihood.followups import labels, labels_findings
from livelihood.followups.labels_findings import decisions
from livelihood.followups.queries.placements import PlacementTold
from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.rules.consequences import ConsequenceKind, Ended
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import VisitOut
from livelihood.observations.rules import Details, Standing
from livelihood.web.words import gettext as _
from livelihood.web.words import sentence

ALERTS: Mapping[AlertKind, Message] = {
    AlertKind.AT_RISK: say("Alert: seldom at school"),
    AlertKind.MISSING_CHILD: say("Alert: child missing"),
    AlertKind.OUT_OF_SCHOOL: say("Alert: found out of school"),
}


Told = tuple[date, ConsequenceKind, date | None, date | None, Ended | None]


def visits(whole: Whole, people: People, zone: ZoneInfo) -> Iterator[Event]:
    outcomes = dict(labels.outcomes())
    for visit in whole.visits:
        if visit.withdrawn:
            yield Event(
                on=visit.happened_on,
                at=visit.recorded_at,
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
            at=visit.recorded_at,
            kind="done" if visit.outcome == Outcome.MET else "unknown",
            title=_visit_title(visit.mode),
            text=" · ".join(
                [
                    *([] if visit.mode == Mode.REGISTER else [outcomes[visit.outcome]]),
                    *_entered(visit, zone),
                ]
            ),
            quote=visit.note or "",
            by=visit.recorded_by,
            href=f"/visits/{visit.id}",
            there=named(people, *visit.present),
            findings=_findings(((found.member_id, found.details) for found in visit.findings), people),
        )


def reviews(whole: Whole, zone: ZoneInfo) -> Iterator[Event]:
    names = decisions()
    for day in whole.to_review:
        yield Event(
            on=day.happened_on,
            at=day.recorded_at,
            kind="alert" if day.contested else "neutral",
            title=_("The records of this day contradict each other")
            if day.contested
            else _("Two records say that the family was met")
            if day.twice
            else _("Somebody was met who had left"),
            text=_("A supervisor is to decide about them."),
            href=f"/reviews/{day.household_id}/{day.happened_on}" if whole.may_review else "",
        )
    for review in whole.reviews:
        yield Event(
            on=review.at.astimezone(zone).date(),
            at=review.at,
            kind="neutral",
            title=names[review.decision],
            quote=review.note,
            by=review.by,
            href=f"/visits/{review.visit_id}" if review.visit_id else "",
        )


def _entered(record: VisitOut | PlacementTold, zone: ZoneInfo) -> list[str]:
    """Of what was entered on a later day than it happened: nobody knew of it until then."""
    day = record.recorded_at.astimezone(zone).date()
    return [] if day == record.happened_on else [sentence(say("entered on {day}", day=day))]


def _visit_title(mode: str) -> str:
    titles = {Mode.PHONE: _("Telephone call"), Mode.REGISTER: _("Found in the school's register")}
    return titles.get(Mode(mode), _("Visit"))


def learnt_otherwise(whole: Whole, people: People) -> Iterator[Event]:
    days: dict[date, list[Standing]] = {}
    for record in whole.outside_visits:
        days.setdefault(record.happened_on, []).append(record)
    for day, records in days.items():
        yield Event(
            on=day,
            at=max(one.recorded_at for one in records),
            kind="neutral",
            title=_("Learnt without a visit"),
            findings=tuple(
                # Nobody went there: what is told is not green.
                msgspec.structs.replace(one, kind="neutral") if one.kind == "done" else one
                for one in _findings(((one.member_id, one.details) for one in records), people)
            ),
        )


def placements(whole: Whole, people: People, zone: ZoneInfo) -> Iterator[Event]:
    """What was told of who completed a course, and what was put right in it."""
    corrections = {one.supersedes: one for one in whole.placements if one.supersedes}
    for told in whole.placements:
        line = labels_findings.line(told.details)
        mended = corrections.get(told.id)
        correct = (
            f"/households/{whole.household.id}/placements/new?member={told.member_id}&corrects={told.id}"
        )
        parts = (
            [line.words, *line.more, _("corrected by {name}").format(name=mended.recorded_by)]
            if mended
            else line.more
        )
        yield Event(
            on=told.happened_on,
            at=told.recorded_at,
            # Nobody went there, here either.
            kind="neutral",
            title=_("Work after the course"),
            struck=mended is not None,
            text=" · ".join([*parts, *_entered(told, zone)]),
            quote=(mended.reason or "") if mended else "",
            by=told.recorded_by,
            href=correct if whole.may_place and not mended else "",
            people=named(people, told.member_id) if mended else (),
            findings=() if mended else (Finding(people.get(told.member_id), line.kind, line.words),),
        )


def _findings(found: Iterable[tuple[UUID | None, Details]], people: People) -> tuple[Finding, ...]:
    return tuple(
        Finding(people.get(member) if member else None, *chip)
        for member, details in found
        if (chip := labels.finding_chip(details)) is not None
    )


def alerts(whole: Whole, people: People, zone: ZoneInfo) -> Iterator[Event]:
    for alert in whole.alerts:
        noted = next((one for one in reversed(alert.acknowledgements) if one.answers), None)
        yield Event(
            on=alert.opened_on,
            at=alert.opened_at,
            kind="alert",
            title=sentence(ALERTS[AlertKind(alert.kind)]),
            text=labels.reason_name(alert.reason) if alert.reason else "",
            quote=(noted.note or "") if noted else "",
            by=noted.by if noted else "",
            href=f"/alerts/{alert.id}",
            people=named(people, alert.member_id),
        )
        if alert.reopened_at:
            yield Event(
                on=alert.reopened_at.astimezone(zone).date(),
                at=alert.reopened_at,
                kind="alert",
                title=_("Alert open again"),
                text=_("What had closed it was taken back."),
                href=f"/alerts/{alert.id}",
                people=named(people, alert.member_id),
            )
        if alert.closed_on and alert.closed_because:
            yield Event(
                on=alert.closed_on,
                kind="done",
                title=_("Alert closed"),
                text=labels.closed_name(alert.closed_because),
                href=f"/visits/{alert.closed_at_visit}" if alert.closed_at_visit else "",
                people=named(people, alert.member_id),
            )


def missed(whole: Whole, people: People) -> Iterator[Event]:
    # What somebody marked as missed is told with who did and why.
    missed = (
        one
        for one in whole.follow_ups
        if one.reminds and one.state == State.MISSED and one.settled_on is None
    )
    for group in together(missed):
        yield Event(
            on=group[0].closes_on,
            kind="unknown",
            title=labels.check_name(group[0]),
            text=_("was due and not made"),
            people=named(people, *(one.member_id for one in group)),
        )


def closed_checks(whole: Whole, people: People) -> Iterator[Event]:
    done = {one.id for one in whole.follow_ups if one.state in {State.DONE, State.DONE_LATE}}
    for closed in whole.closed_checks:
        taken_back = closed.reopened_by is not None
        marked = _("marked as missed; a visit answered it since") if closed.follow_up_id in done else ""
        yield Event(
            on=closed.closed_on,
            at=closed.recorded_at,
            kind="neutral" if taken_back else "unknown",
            title=labels.check_name(closed),
            struck=taken_back,
            text=_("taken back by {name}").format(name=closed.reopened_by)
            if taken_back
            else marked or _("marked as missed"),
            quote=closed.reason,
            by=closed.closed_by,
            href=f"/closed-checks/{closed.id}",
            people=named(people, closed.member_id),
        )


def consequences(whole: Whole, people: People) -> Iterator[Event]:
    """What silence and findings led to, each with why."""
    titles = {
        ConsequenceKind.REMINDER: _("The monitor was reminded"),
        ConsequenceKind.ESCALATED_SUPERVISOR: _("The supervisor was told of the silence"),
        ConsequenceKind.ESCALATED_MANAGER: _("The manager was told of the silence"),
        ConsequenceKind.REMEDIATED: _("Out of child labour"),
        ConsequenceKind.RISK_REVIEW: _("The risk is to be reviewed"),
    }
    groups: dict[Told, list[UUID | None]] = {}
    told: dict[Told, datetime | None] = {}
    for one in whole.consequences:
        # That a silence is over is told by who was seen.
        over = one.kind is ConsequenceKind.REMEDIATED
        key = (
            one.happened_on,
            one.kind,
            one.since,
            one.ended_on if over else None,
            one.ended_because if over else None,
        )
        groups.setdefault(key, []).append(one.member_id)
        told[key] = one.recorded_at
    for key, members in groups.items():
        on, kind, since, ended_on, because = key
        if ended_on and because:
            yield Event(
                on=ended_on,
                kind="alert",
                title=_("Not out of child labour after all"),
                text=sentence(_no_more(because, on)),
                people=named(people, *members),
            )
        if since is not None:
            text = sentence(
                say(
                    "The check that closed on {day} was not met, and nobody confirmed the child after it.",
                    day=since,
                )
            )
        elif kind is ConsequenceKind.REMEDIATED:
            text = _("Two visits found the child in school and not in child labour.")
        else:
            text = _("The fortnightly checks are over. Say whether the family is still at high risk.")
        yield Event(
            on=on,
            at=told[key],
            kind="neutral" if ended_on else "done" if kind is ConsequenceKind.REMEDIATED else "alert",
            title=titles[kind],
            struck=ended_on is not None,
            text=text,
            people=named(people, *members),
        )


def _no_more(because: Ended, told_on: date) -> Message:
    if because is Ended.CONTRARY:
        return say(
            "What was told on {day} does not hold any more: another record says of that time that the child worked, was not "
            "in school, or was gone.",
            day=told_on,
        )
    return say(
        "What was told on {day} does not hold any more: a record that it rested on was withdrawn or corrected.",
        day=told_on,
    )


def losses(whole: Whole, people: People, zone: ZoneInfo) -> Iterator[Event]:
    for loss in whole.losses:
        who = named(people, loss.member_id)
        yield Event(
            on=loss.decided_on,
            at=loss.recorded_at,
            kind="neutral" if loss.taken_back_at else "unknown",
            title=_("Lost to follow-up"),
            struck=loss.taken_back_at is not None,
            text=_("taken back by {name}").format(name=loss.taken_back_by) if loss.taken_back_at else "",
            quote=loss.reason,
            by=loss.decided_by,
            href=f"/losses/{loss.id}",
            people=who,
        )
        if loss.taken_back_at:
            yield Event(
                on=loss.taken_back_at.astimezone(zone).date(),
                at=loss.taken_back_at,
                kind="done",
                title=_("Not lost to follow-up: it was said in error"),
                quote=loss.taken_back_because or "",
                by=loss.taken_back_by or "",
                people=who,
            )
        elif loss.ended_on:
            yield Event(
                on=loss.ended_on,
                kind="done",
                title=_("No longer lost to follow-up"),
                text=_("The child was confirmed, and the checks have begun again."),
                people=who,
            )
