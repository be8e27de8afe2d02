"""What a number decides, counted on what is recorded: as it is, and as it would be had another value held all along.

A change of a number rewrites nothing of the past, so its preview of today is mostly empty; this is what tells a manager
how strict it would be.
"""

from collections.abc import Iterable
from datetime import date, timedelta
from uuid import UUID

import msgspec

from livelihood.followups.rules.alerts import Alert, AlertKind, Reason
from livelihood.followups.rules.consequences import ConsequenceKind, Level
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import Household
from livelihood.followups.rules.numbers import NumberKey, Numbers, PolicyNumber
from livelihood.observations.rules import IN_EDUCATION, Education, days_in_a_row, presumed_gone, standing

MEASURED_OVER = timedelta(days=180)

ALERTS = {
    NumberKey.AT_RISK_DAYS_IN_A_MONTH: AlertKind.AT_RISK,
    NumberKey.AT_RISK_DAYS_IN_A_ROW: AlertKind.AT_RISK,
    NumberKey.ATTENDANCE_BAR_PERCENT: AlertKind.AT_RISK,
    NumberKey.MISSING_AFTER_FAILED_ATTEMPTS: AlertKind.MISSING_CHILD,
    NumberKey.OUT_OF_SCHOOL_TO_AGE: AlertKind.OUT_OF_SCHOOL,
    NumberKey.SCHOOL_AGE_FROM: AlertKind.OUT_OF_SCHOOL,
}
REMEDIATION = frozenset({NumberKey.REMEDIATED_FROM_DAYS, NumberKey.REMEDIATED_TO_DAYS})
REACHED = {
    NumberKey.ESCALATE_SUPERVISOR_DAYS: frozenset({Level.ESCALATED_SUPERVISOR, Level.ESCALATED_MANAGER}),
    NumberKey.ESCALATE_MANAGER_DAYS: frozenset({Level.ESCALATED_MANAGER}),
}
AFTER_A_VACATION = frozenset({Reason.NOT_YET_RE_ENROLLED, Reason.NOT_RE_ENROLLED})
# So few records tell of these that the number of them is told too.
SPARSE = frozenset({NumberKey.NOT_RE_ENROLLED_DAYS, NumberKey.PRESUMED_GONE_DAYS})
MEASURED = frozenset({*ALERTS, *REMEDIATION, *REACHED, *SPARSE})


def measured(key: NumberKey, plan: Plan, today: date) -> int:
    """Alerts and remediations of the last half year; silences as they stand today."""
    if key in ALERTS:
        kind = ALERTS[key]
        return sum(one.kind is kind and one.opened_on > today - MEASURED_OVER for one in plan.alerts)
    if key in REMEDIATION:
        return sum(
            one.kind is ConsequenceKind.REMEDIATED
            and one.ended_on is None
            and one.happened_on > today - MEASURED_OVER
            for one in plan.consequences
        )
    if key is NumberKey.NOT_RE_ENROLLED_DAYS:
        return sum(one.reason is Reason.NOT_RE_ENROLLED for one in _after_a_vacation(plan, today))
    return sum(one.level in REACHED[key] for one in plan.followed)


def _after_a_vacation(plan: Plan, today: date) -> list[Alert]:
    return [
        one for one in plan.alerts if one.reason in AFTER_A_VACATION and one.opened_on > today - MEASURED_OVER
    ]


def presumed(household: Household, today: date, after: int | None = None) -> int:
    """Children who by a record of the last half year were presumed to have dropped out; with `after`, who would have
    been from so many days on. Each record keeps the number it was judged by, so none is worked out anew from policy.
    """
    return len(
        {
            member_id
            for member_id, one in _counted_away(household, today)
            if presumed_gone(one if after is None else msgspec.structs.replace(one, gone_after=after))
        }
    )


def _counted_away(household: Household, today: date) -> list[tuple[UUID, Education]]:
    """Of children on the register, what tells how many school days in a row they were away."""
    return [
        (one.member_id, one.details)
        for one in standing(household.observations)
        if isinstance(one.details, Education)
        and one.member_id is not None
        and one.details.state in IN_EDUCATION
        and days_in_a_row(one.details) is not None
        and today - MEASURED_OVER < one.happened_on <= today
    ]


def rests_on(key: NumberKey, household: Household, plan: Plan, today: date) -> int:
    """How many records or alerts can tell of it; nought for what is told by every visit."""
    if key is NumberKey.PRESUMED_GONE_DAYS:
        return len(_counted_away(household, today))
    return len(_after_a_vacation(plan, today)) if key is NumberKey.NOT_RE_ENROLLED_DAYS else 0


def afresh(household: Household) -> Household:
    """As if nobody had been told of anything yet, so that both ways are worked out alike."""
    return msgspec.structs.replace(household, happened=())


def had_it_held(numbers: Iterable[PolicyNumber], number: PolicyNumber) -> Numbers:
    always = msgspec.structs.replace(number, effective_from=date.min)
    return Numbers((*(one for one in numbers if one.key is not number.key), always))
