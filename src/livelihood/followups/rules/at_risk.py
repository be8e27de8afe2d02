"""Children who are in school and seldom there: under the bar of attendance, or away without excuse for some days."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID, uuid5

from livelihood.followups.rules.alerts import Alert, AlertClosed, AlertKind, Reason
from livelihood.followups.rules.facts import Member, Outcome, Visit
from livelihood.followups.rules.numbers import NumberKey, Numbers
from livelihood.followups.rules.out_of_school import is_of_school_age
from livelihood.followups.rules.schooling import never_back
from livelihood.observations.rules import LONGEST_MONTH, Education, Standing, days_in_a_row, in_education


def at_risk(
    member: Member, records: Sequence[Standing], visits: Mapping[UUID, Visit], numbers: Numbers
) -> list[Alert]:
    """In order of arrival, as for those out of school. Days that nobody counted neither open nor close it: an alert
    closes once everything that spoke for it was counted anew, and nothing speaks for it. Who was out of school and came on
    none of the days is out of it still, and not seldom there.
    """
    alerts: list[Alert] = []
    newest = seldom = date.min
    causes: set[Reason] = set()
    still_out = never_back(records)
    for record in records:
        education = record.details
        if not isinstance(education, Education) or record.happened_on < newest:
            continue
        answer = in_education(education)
        told = verdicts(education, numbers, record.happened_on)
        if answer is None or (answer and not told):
            continue
        answer = answer and record.happened_on not in still_out
        newest = record.happened_on
        speaking = {reason for reason, speaks in told.items() if speaks and answer}
        seldom = record.happened_on if speaking else seldom
        opened = alerts[-1] if alerts and alerts[-1].closed_on is None else None
        if opened and not answer:
            # Of a contested day both words count, whichever came first: seldom there, and not there at all.
            if record.happened_on > seldom:
                alerts[-1] = opened.closed(record.happened_on, AlertClosed.LEFT_SCHOOL, record.id)
        elif opened:
            causes |= speaking
            if not speaking and causes <= told.keys() and record.happened_on > seldom:
                alerts[-1] = opened.closed(record.happened_on, AlertClosed.ATTENDING, record.id)
        elif (
            speaking
            and (visit := visits.get(record.visit_id) if record.visit_id else None)
            and visit.outcome is Outcome.MET
            and is_of_school_age(member, record.happened_on, numbers)
        ):
            causes = speaking
            alerts.append(
                Alert(
                    id=uuid5(member.id, f"{AlertKind.AT_RISK}:{record.root_id}"),
                    kind=AlertKind.AT_RISK,
                    member_id=member.id,
                    observation_id=record.id,
                    visit_id=visit.id,
                    opened_on=record.happened_on,
                    opened_at=record.recorded_at,
                    reason=next(reason for reason in Reason if reason in speaking),
                )
            )
    return alerts


def verdicts(education: Education, numbers: Numbers, day: date) -> dict[Reason, bool]:
    """What the finding says of each reason; nothing of those that it does not tell.

    Who missed fewer days altogether than are counted in a row, or in a month, missed fewer in any row or month of them.
    """
    told: dict[Reason, bool] = {}
    if not education.days_open and education.days_away is None:
        return told
    in_a_month = numbers.on(NumberKey.AT_RISK_DAYS_IN_A_MONTH, day)
    in_a_row = numbers.on(NumberKey.AT_RISK_DAYS_IN_A_ROW, day)
    if education.days_present is not None and education.days_open:
        bar = numbers.on(NumberKey.ATTENDANCE_BAR_PERCENT, day)
        told[Reason.ATTENDANCE] = education.days_present * 100 < bar * education.days_open
        missed = education.days_open - education.days_present
        if missed < in_a_month or education.days_open <= LONGEST_MONTH:
            told[Reason.DAYS_IN_A_MONTH] = missed >= in_a_month
        if missed < in_a_row:
            told[Reason.DAYS_IN_A_ROW] = False
    if (away := days_in_a_row(education)) is not None:
        told[Reason.DAYS_IN_A_ROW] = away >= in_a_row
    return told
