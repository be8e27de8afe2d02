"""Children found out of school: up to the age that policy says always, above it where they are in no decent work either.

Of whoever is presumed to have dropped out the work has to be known: silence does not speak for who has vanished. Of
whoever else is above that age and out of school it is to be asked.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.ages import age_on, turns
from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind, Reason
from livelihood.followups.rules.calendar import Calendar
from livelihood.followups.rules.facts import Member, Outcome, Visit
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.schooling import never_came_on, said_never_came
from livelihood.followups.rules.youth import idle_or_unsafe, in_decent_work, of_the_child
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


class FoundOut(msgspec.Struct):
    """`again`: later days on which the child was found out of school while the alert was open, each with when the first
    word of it arrived.
    """

    alert: Alert
    again: dict[date, datetime]

    def found_again(self, day: date, record: Standing) -> None:
        if day > self.alert.opened_on:
            self.again.setdefault(day, record.recorded_at)


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
    found, _unasked = found_out(member, records, visits, numbers, calendar)
    return [one.alert for one in found]


def found_out(
    member: Member,
    records: Sequence[Standing],
    visits: Mapping[UUID, Visit],
    numbers: Numbers,
    calendar: Calendar,
) -> tuple[list[FoundOut], list[Standing]]:
    """The alerts, and the findings that call for a question instead: of one day each, where nobody has learnt what the
    child does instead since they were out of school.

    In order of arrival; a day counts with all that was said of it, so that nothing depends on which word came first.

    Of one contested day the word that the child is out of school, or in no decent work, counts: someone must look.
    Whoever is out of school is judged by the newest day that spoke of their work, before it or after it. What speaks of
    an earlier day than is known already closes nothing; nor does a register on which a child stands who never came, or
    what a trainer was told.
    """
    records = of_the_child(records)
    found: list[FoundOut] = []
    unasked: dict[date, Standing] = {}
    newest = learnt = worked = since = date.min
    out = badly = False
    left: Standing | None = None
    at_work: Standing | None = None
    for record in records:
        said, day = record.details, record.happened_on
        learns = in_education(said) if isinstance(said, Education) else None
        answer = _in_education_on(records, day) if learns is not None and day >= newest else None
        word = word_of_work(member, record, records, numbers) if day >= worked else None
        opened = found[-1] if found and found[-1].alert.closed_on is None else None
        if answer and (out or opened) and never_came_on(records, day):
            # Still out of school: by the word of a register, not by a caregiver's of the same day.
            answer, learns = False, not said_never_came(said)
        if answer is not None:
            since = day if answer or not out else since
            newest, out = day, not answer
            learnt = day if answer else learnt
            if not learns:
                left = _better(left, record, visits)
        if word is not None:
            worked, badly, at_work = day, not word, _better(at_work, record, visits)
        if answer is None and word is None:
            continue
        if opened and day > opened.alert.opened_on and answer:
            opened.alert = opened.alert.closed(day, AlertClosed.BACK_IN_SCHOOL, record.id)
            continue
        if opened and day > opened.alert.opened_on and word and day >= newest:
            opened.alert = opened.alert.closed(day, AlertClosed.IN_DECENT_WORK, record.id)
            continue
        if not out or left is None or left.happened_on != newest:
            continue
        if at_work is None or worked <= newest:
            cause = left if _alarming(member, left, records, numbers, badly=badly) else None
        else:
            # What was found on a later day says that it goes on, or that it is over.
            cause = None if not badly else at_work if _at_visit(at_work, visits) else left
        on = max(newest, worked) if badly else newest
        if cause is None and (
            answer is not False or in_decent_work(_of_day(records, newest), age_on(member, newest))
        ):
            continue
        visit = _at_visit(cause or left, visits)
        if (
            visit is None
            or (_in_education_on(records, on) and not never_came_on(records, on))
            or not is_of_school_age(member, on, numbers)
        ):
            continue
        if opened:
            opened.found_again(on, record)
        elif cause:
            alert = Alert(
                id=uuid5(member.id, f"{AlertKind.OUT_OF_SCHOOL}:{cause.root_id}"),
                kind=AlertKind.OUT_OF_SCHOOL,
                member_id=member.id,
                observation_id=cause.id,
                visit_id=visit.id,
                opened_on=on,
                opened_at=record.recorded_at,
                reason=_reason(left, learnt, numbers, calendar) if cause is left else None,
            )
            found.append(FoundOut(alert, {}))
        elif worked < since:
            unasked[newest] = left
    return found, list(unasked.values())


def _at_visit(record: Standing, visits: Mapping[UUID, Visit]) -> Visit | None:
    """The visit that found it, where the family was met: what is told otherwise raises nothing."""
    visit = visits.get(record.visit_id) if record.visit_id else None
    return visit if visit and visit.outcome is Outcome.MET else None


def _better(known: Standing | None, record: Standing, visits: Mapping[UUID, Visit]) -> Standing:
    """Which of two that say the same an alert is raised by: the first of the newest day, if a visit found it."""
    if known is None or record.happened_on > known.happened_on or _at_visit(known, visits) is None:
        return record
    return known


def _in_education_on(records: Iterable[Standing], day: date) -> bool | None:
    """What the records of a day say together."""
    said = [in_education(one) for one in _of_day(records, day) if isinstance(one, Education)]
    return False if False in said else True if True in said else None


def word_of_work(
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


def _reason(left: Standing, learnt: date, numbers: Numbers, calendar: Calendar) -> Reason | None:
    """`learnt`: when the child was last found in education. Who has not come back after a vacation is out of school at
    once: it is in these weeks that somebody has to look for them.
    """
    day = left.happened_on
    if isinstance(left.details, Education) and presumed_gone(left.details):
        return Reason.PRESUMED_GONE
    year = calendar.year_of(day)
    if year is None or not date.min < learnt < year.starts_on:
        return None
    late = (day - year.starts_on).days >= numbers.on(NumberKey.NOT_RE_ENROLLED_DAYS, day)
    return Reason.NOT_RE_ENROLLED if late else Reason.NOT_YET_RE_ENROLLED


def _alarming(
    member: Member, left: Standing, records: Iterable[Standing], numbers: Numbers, *, badly: bool
) -> bool:
    """`badly`: the newest day that spoke of their work, this one or one before, found none that is decent."""
    age = age_on(member, left.happened_on)
    if age <= _only_school_to(left.happened_on, numbers):
        return True
    same_day = _of_day(records, left.happened_on)
    if idle_or_unsafe(same_day, age):
        return True
    if in_decent_work(same_day, age):
        return False
    # Whoever has vanished from a class is looked for, unless it is known where they went: work of an earlier day does not say.
    return badly or (isinstance(left.details, Education) and presumed_gone(left.details))


def _only_school_to(day: date, numbers: Numbers) -> int:
    return numbers.on(NumberKey.OUT_OF_SCHOOL_TO_AGE, day)


def _of_day(records: Iterable[Standing], day: date) -> list[Details]:
    return [one.details for one in records if one.happened_on == day]
