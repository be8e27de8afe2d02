"""Children who are in school and seldom there: attendance under the bar."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID, uuid5

from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind
from livelihood.followups.rules.facts import Member, Outcome, Visit
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.out_of_school import is_of_school_age
from livelihood.observations.rules import Education, Standing, in_education


def at_risk(
    member: Member, records: Sequence[Standing], visits: Mapping[UUID, Visit], numbers: Numbers
) -> list[Alert]:
    """In order of arrival, as for those out of school. Days that nobody counted neither open nor close it."""
    alerts: list[Alert] = []
    newest = date.min
    for record in records:
        education = record.details
        if not isinstance(education, Education) or record.happened_on < newest:
            continue
        answer = in_education(education)
        below = _below(education, numbers.on(NumberKey.ATTENDANCE_BAR_PERCENT, record.happened_on))
        if answer is None or (answer and below is None):
            continue
        newest = record.happened_on
        opened = alerts[-1] if alerts and alerts[-1].closed_on is None else None
        if opened and not answer:
            alerts[-1] = opened.closed(record.happened_on, AlertClosed.LEFT_SCHOOL, record.id)
        elif opened and below is False and record.happened_on > opened.opened_on:
            alerts[-1] = opened.closed(record.happened_on, AlertClosed.ATTENDING, record.id)
        elif (
            opened is None
            and answer
            and below
            and (visit := visits.get(record.visit_id) if record.visit_id else None)
            and visit.outcome is Outcome.MET
            and is_of_school_age(member, record.happened_on, numbers)
        ):
            alerts.append(
                Alert(
                    id=uuid5(member.id, f"{AlertKind.AT_RISK}:{record.root_id}"),
                    kind=AlertKind.AT_RISK,
                    member_id=member.id,
                    observation_id=record.id,
                    visit_id=visit.id,
                    opened_on=record.happened_on,
                    opened_at=record.recorded_at,
                )
            )
    return alerts


def _below(education: Education, percent: int) -> bool | None:
    if education.days_present is None or not education.days_open:
        return None
    return education.days_present * 100 < percent * education.days_open
