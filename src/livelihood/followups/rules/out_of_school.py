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
from livelihood.observations.rules import (
    Details,
    Education,
    Placement,
    Standing,
    Work,
    in_education,
    presumed_gone,
)

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

    Of one contested day the word that the child is out of school, or in no decent work, counts, whichever came first:
    someone must look. Of whoever was last found out of school, a day that speaks of their work alone is enough to close
    the alert, and to raise one: what closed it may be over.
    """
    alerts: list[Alert] = []
    newest = learnt = worked = date.min
    out = False
    for record in records:
        said, day = record.details, record.happened_on
        schooling = isinstance(said, Education)
        answer = in_education(said) if schooling else _in_decent_work(member, record, records, numbers)
        if answer is None or day < newest or (not schooling and day < worked):
            continue
        if schooling:
            out = not answer or (out and day == newest)
            clear = not out
            newest = day
            learnt = day if answer else learnt
            # Work that was found on a later day is newer than that there was none.
            alarming = not answer and day >= worked and _alarming(member, record, said, records, numbers)
        else:
            clear = answer
            # Somebody in school need not work.
            worked = day if answer or out else worked
            alarming = not answer and out and is_of_school_age(member, day, numbers)
        opened = alerts[-1] if alerts and alerts[-1].closed_on is None else None
        if opened and clear and day > opened.opened_on:
            because = AlertClosed.BACK_IN_SCHOOL if schooling else AlertClosed.IN_DECENT_WORK
            alerts[-1] = opened.closed(day, because, record.id)
        elif (
            opened is None
            and alarming
            and (visit := visits.get(record.visit_id) if record.visit_id else None)
            and visit.outcome is Outcome.MET
        ):
            alerts.append(
                Alert(
                    id=uuid5(member.id, f"{AlertKind.OUT_OF_SCHOOL}:{record.root_id}"),
                    kind=AlertKind.OUT_OF_SCHOOL,
                    member_id=member.id,
                    observation_id=record.id,
                    visit_id=visit.id,
                    opened_on=day,
                    opened_at=record.recorded_at,
                    reason=_reason(day, said, learnt, numbers, calendar) if schooling else None,
                )
            )
    return alerts


def _in_decent_work(
    member: Member, record: Standing, records: Iterable[Standing], numbers: Numbers
) -> bool | None:
    """What a finding of work says, with all else that was said of that day; None where it says nothing, or where the
    child is of an age at which only school counts.
    """
    day = record.happened_on
    age = age_on(member, day)
    if not isinstance(record.details, Work | Placement) or not _only_school_to(day, numbers) < age < GROWN:
        return None
    said = _of_day(records, day)
    if idle_or_unsafe(said, age):
        return False
    return in_decent_work(said, age) or None


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
    same_day = _of_day(records, record.happened_on)
    if age <= _only_school_to(record.happened_on, numbers) or idle_or_unsafe(same_day, age):
        return True
    # Whoever has vanished from a class is looked for, unless it is known where they went.
    return presumed_gone(education) and not in_decent_work(same_day, age)


def _only_school_to(day: date, numbers: Numbers) -> int:
    return numbers.on(NumberKey.OUT_OF_SCHOOL_TO_AGE, day)


def _of_day(records: Iterable[Standing], day: date) -> list[Details]:
    return [one.details for one in records if one.happened_on == day]
