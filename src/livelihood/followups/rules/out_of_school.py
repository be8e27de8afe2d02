"""Children found out of school: up to the age that policy says always, above it where they are in no decent work either."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID, uuid5

from livelihood.followups.rules.ages import age_on, turns
from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind
from livelihood.followups.rules.facts import Member, Outcome, Visit
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.youth import idle_or_unsafe
from livelihood.observations.rules import Education, Standing, in_education

# Convention on the Rights of the Child, article 1.
GROWN = 18


def is_of_school_age(member: Member, day: date, numbers: Numbers) -> bool:
    return numbers.on(NumberKey.SCHOOL_AGE_FROM, day) <= age_on(member, day) < GROWN


def of_school_age_from(member: Member, numbers: Numbers) -> date:
    return numbers.reached(NumberKey.SCHOOL_AGE_FROM, lambda age: turns(member, age))


def out_of_school(
    member: Member, records: Sequence[Standing], visits: Mapping[UUID, Visit], numbers: Numbers
) -> list[Alert]:
    """In order of arrival: what speaks of an earlier day than is known already changes nothing.

    Of one contested day the word that the child is out of school counts, whichever came first: someone must look.
    """
    alerts: list[Alert] = []
    newest = date.min
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
            if opened and record.happened_on > opened.opened_on:
                alerts[-1] = opened.closed(record.happened_on, AlertClosed.BACK_IN_SCHOOL, record.id)
        elif (
            opened is None
            and (visit := visits.get(record.visit_id) if record.visit_id else None)
            and visit.outcome is Outcome.MET
            and _alarming(member, record, records, numbers)
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
                )
            )
    return alerts


def _alarming(member: Member, record: Standing, records: Iterable[Standing], numbers: Numbers) -> bool:
    if not is_of_school_age(member, record.happened_on, numbers):
        return False
    age = age_on(member, record.happened_on)
    same_day = [one.details for one in records if one.happened_on == record.happened_on]
    to_age = numbers.on(NumberKey.OUT_OF_SCHOOL_TO_AGE, record.happened_on)
    return age <= to_age or idle_or_unsafe(same_day, age)
