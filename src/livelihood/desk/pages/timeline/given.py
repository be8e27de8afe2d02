"""What the family was given: grants and courses."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import msgspec

from livelihood.courses.labels import why_it_ended
from livelihood.courses.rules import EnrolmentState
from livelihood.desk.pages.timeline.events import Event, People, named
from livelihood.desk.queries.household import Whole
from livelihood.errors import Amount, say
from livelihood.web.current import LANGUAGE
from livelihood.web.words import gettext as _
from livelihood.web.words import sentence


def grants(whole: Whole, zone: ZoneInfo) -> Iterator[Event]:
    for grant in whole.grants:
        if grant.submitted_at is not None:
            amount = Amount(grant.amount_minor, grant.currency)
            yield Event(
                on=grant.submitted_at.astimezone(zone).date(),
                at=grant.submitted_at,
                kind="neutral",
                title=sentence(say("Grant applied for: {amount}", amount=amount)),
                quote=grant.business,
                href=f"/grants/{grant.id}",
            )
    for payment in whole.payments:
        amount = Amount(payment.amount_minor, payment.currency)
        yield Event(
            on=payment.paid_on,
            at=payment.recorded_at,
            kind="done",
            title=sentence(say("Tranche {number} paid: {amount}", number=payment.number, amount=amount)),
            by=payment.paid_by,
            href=f"/grants/{payment.grant_id}",
        )
    if not whole.payments:  # for those who may know of the grant, and not of its amounts
        for start in whole.starts:
            if start.kind == "grant":
                yield Event(on=start.on, kind="done", title=_("Grant received"))


def courses(whole: Whole, people: People) -> Iterator[Event]:
    for seat in whole.seats:
        told = Event(
            on=seat.enrolled_on,
            kind="neutral",
            title=_("Enrolled in a course"),
            quote=seat.trade_km if LANGUAGE.get() == "km" else seat.trade_en,
            people=named(people, seat.member_id),
            href=f"/courses/{seat.course_id}" if seat.here else "",
        )
        yield told
        if seat.completed_on:
            yield msgspec.structs.replace(
                told, on=seat.completed_on, kind="done", title=_("Course completed")
            )
        if seat.ended_on:
            yield msgspec.structs.replace(
                told,
                on=seat.ended_on,
                title=(
                    _("Stopped coming to a course")
                    if seat.state == EnrolmentState.DROPPED_OUT
                    else _("Gave a course up")
                ),
                text=told.quote,
                quote=why_it_ended(seat.ended_because or ""),
            )
