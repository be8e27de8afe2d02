"""Children found out of school: up to the age that policy says always, above it where they are in no decent work either.

Of whoever is presumed to have dropped out the work has to be known: silence does not speak for who has vanished.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID, uuid5

from livelihood.followups.rules.ages import age_on, turns
from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind, Reason
from livelihood.followups.rules.calendar import Calendar
from livelihood.followups.rules.facts import Member, Outcome, Visit
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.youth import idle_or_unsafe, in_decent_work
from livelihood.observations.rules import Education, Standing, in_education, presumed_gone

# Convention on the Rights of the Child, article 1.
GROWN = 18


def is_of_school_age(member: Member, day: date, numbers: Numbers) -> bool:
    return numbers.on(NumberKey.SCHOOL_AGE_FROM, day) <= age_on(member, day) < GROWN


def of_school_age_from(member: Member, numbers: Numbers) -> date:
    return numbers.reached(NumberKey.SCHOOL_AGE_FROM, lambda age: turns(member, age))


def out_of_school(
    member: Member,
    records: Sequence[Standing],
    visits: Mapping[UUID, Visit],
    numbers: Numbers,
    calendar: Calendar,
) -> list[Alert]:
    """In order of arrival: what speaks of an earlier day than is known already changes nothing.

    Of one contested day the word that the child is out of school counts, whichever came first: someone must look.
    """
    alerts: list[Alert] = []
    newest = learnt = date.min
    for record in records:
        education = record.details
        if not isinstance(education, Education) or record.happened_on < newest:
            continue
        answer = in_education(education)
        if answer is None:
            continue
        newest = record.happened_on
        opened = alerts[-1] if alerts and alerts[-1].closed_on is None else None
        if answer:
            learnt = record.happened_on
            if opened and record.happened_on > opened.opened_on:
                alerts[-1] = opened.closed(record.happened_on, AlertClosed.BACK_IN_SCHOOL, record.id)
        elif (
            opened is None
            and (visit := visits.get(record.visit_id) if record.visit_id else None)
            and visit.outcome is Outcome.MET
            and _alarming(member, record, education, records, numbers)
        ):
            alerts.append(
                Alert(
                    id=uuid5(member.id, f"{AlertKind.OUT_OF_SCHOOL}:{record.root_id}"),
                    kind=AlertKind.OUT_OF_SCHOOL,
                    member_id=member.id,
                    observation_id=record.id,
                    visit_id=visit.id,
                    opened_on=record.happened_on,
                    opened_at=record.recorded_at,
                    reason=_reason(record.happened_on, education, learnt, numbers, calendar),
                )
            )
    return alerts


def _reason(
    day: date, education: Education, learnt: date, numbers: Numbers, calendar: Calendar
) -> Reason | None:
    """`learnt`: when the child was last found in education. Who has not come back after a vacation is out of school at
    once: it is in these weeks that somebody has to look for them.
    """
    if presumed_gone(education):
        return Reason.PRESUMED_GONE
    year = calendar.year_of(day)
    if year is None or not date.min < learnt < year.starts_on:
        return None
    late = (day - year.starts_on).days >= numbers.on(NumberKey.NOT_RE_ENROLLED_DAYS, day)
    return Reason.NOT_RE_ENROLLED if late else Reason.NOT_YET_RE_ENROLLED


def _alarming(
    member: Member, record: Standing, education: Education, records: Iterable[Standing], numbers: Numbers
) -> bool:
    if not is_of_school_age(member, record.happened_on, numbers):
        return False
    age = age_on(member, record.happened_on)
    same_day = [one.details for one in records if one.happened_on == record.happened_on]
    to_age = numbers.on(NumberKey.OUT_OF_SCHOOL_TO_AGE, record.happened_on)
    if age <= to_age or idle_or_unsafe(same_day, age):
        return True
    # Whoever has vanished from a class is looked for, unless it is known where they went.
    return presumed_gone(education) and not in_decent_work(same_day, age)
