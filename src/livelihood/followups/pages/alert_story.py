"""What happened about an alert, the newest first: what raised it, what was asked and learnt since, how it ended."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import msgspec

from livelihood.clock import Clock
from livelihood.errors import say
from livelihood.followups import labels
from livelihood.followups.queries.attempts import Attempts
from livelihood.followups.rules.alerts import AlertClosed
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.schemas import AlertOut, VisitOut
from livelihood.followups.schemas_care import CareOut
from livelihood.observations.rules import Details
from livelihood.web.words import gettext as _
from livelihood.web.words import sentence

# What has no hour of its own stands above what else happened on its day.
LAST = datetime.max.replace(tzinfo=UTC)


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the story; `findings` of the child, `there` that the child was. `raised`: this is the alarm itself."""

    on: date
    at: datetime = LAST
    title: str
    text: str = ""
    quote: str = ""
    kind: str = "neutral"
    href: str = ""
    by: str = ""
    there: bool = False
    findings: tuple[Details, ...] = ()
    raised: bool = False


class Contested(msgspec.Struct, frozen=True):
    """A day on which records contradict each other about the child; `waits`: a supervisor is to decide about it."""

    on: date
    waits: bool


def story(
    alert: AlertOut,
    care: CareOut,
    tried: Attempts,
    learnt: list[VisitOut],
    contested: list[Contested],
    clock: Clock,
    *,
    may_review: bool,
) -> list[Told]:
    told = [
        Told(
            on=alert.opened_on,
            at=alert.opened_at,
            title=labels.kind_name(alert.kind),
            kind="alert",
            raised=True,
        ),
        *_answers(alert, care, clock),
        *_visits(alert, tried, learnt),
    ]
    told += [
        Told(
            on=one.on,
            title=_("The records of this day contradict each other"),
            text=_("A supervisor is to decide about them.")
            if one.waits
            else _("A supervisor looked at them, and they stand."),
            kind="alert" if one.waits else "neutral",
            href=f"/reviews/{alert.household_id}/{one.on}" if may_review else "",
        )
        for one in contested
    ]
    return sorted(told, key=lambda one: (one.on, one.at, not one.raised), reverse=True)


def _answers(alert: AlertOut, care: CareOut, clock: Clock) -> Iterator[Told]:
    steps = dict(labels.steps())
    for one in alert.acknowledgements:
        title = sentence(say("Read by {name}", name=one.by))
        yield Told(on=clock.local_day(one.at), at=one.at, title=title, text=one.note or "")
    for one in care.steps:
        yield Told(
            on=one.happened_on, at=one.logged_at, title=steps[one.step], text=one.note or "", by=one.by
        )
    for one in care.plans:
        on = clock.local_day(one.made_at)
        yield Told(on=on, at=one.made_at, title=_("Support plan"), text=one.action, by=one.made_by)
    if alert.reopened_at:
        yield Told(
            on=clock.local_day(alert.reopened_at),
            at=alert.reopened_at,
            title=_("Alert open again"),
            text=_("What had closed it was taken back."),
            kind="alert",
        )
    if alert.closed_on and alert.closed_because:
        ended = care.ended
        yield Told(
            on=alert.closed_on,
            title=_("Alert closed"),
            text=labels.closed_name(alert.closed_because),
            quote=(ended.note if ended else "") or "",
            kind="neutral" if alert.closed_because == AlertClosed.DIED else "done",
            href=f"/visits/{alert.closed_at_visit}" if alert.closed_at_visit else "",
            by=ended.by if ended else "",
        )


def _visits(alert: AlertOut, tried: Attempts, learnt: list[VisitOut]) -> Iterator[Told]:
    """Each once: an attempt at which a neighbour told something is both."""
    for one in {one.id: one for one in (*tried.before, *tried.later, *learnt)}.values():
        met = one.outcome == Outcome.MET
        away = not met and one.happened_on in tried.away
        gone = not met and one.happened_on in tried.gone
        yield Told(
            on=one.happened_on,
            at=one.recorded_at,
            title=labels.outcome_name(one.outcome, one.mode)
            if one.mode == Mode.REGISTER
            else labels.attempt_name(one.outcome, one.mode),
            text=_("The child was away for the season.")
            if away
            else _("The child was not followed then.")
            if gone
            else "",
            quote=one.note or "",
            kind="neutral" if met or away or gone else "unknown",
            href=f"/visits/{one.id}",
            by=one.recorded_by,
            there=alert.member_id in one.present,
            findings=tuple(found.details for found in one.findings if found.member_id == alert.member_id),
        )
