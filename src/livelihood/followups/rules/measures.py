"""What a number decides, counted on what is recorded: as it is, and as it would be had another value held all along.

A change of a number rewrites nothing of the past, so its preview of today is mostly empty; this is what tells a manager
how strict it would be.
"""

from collections.abc import Iterable
from datetime import date, timedelta

import msgspec

from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.rules.consequences import ConsequenceKind, Level
from livelihood.followups.rules.desired import Plan
from livelihood.followups.rules.facts import Household
from livelihood.followups.rules.numbers import NumberKey, Numbers, PolicyNumber

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
MEASURED = frozenset({*ALERTS, *REMEDIATION, *REACHED})


def measured(key: NumberKey, plan: Plan, today: date) -> int:
    """Alerts and remediations of the last half year; silences as they stand today."""
    if key in ALERTS:
        kind = ALERTS[key]
        return sum(one.kind is kind and one.opened_on > today - MEASURED_OVER for one in plan.alerts)
    if key in REMEDIATION:
        return sum(
            one.kind is ConsequenceKind.REMEDIATED and one.happened_on > today - MEASURED_OVER
            for one in plan.consequences
        )
    return sum(one.level in REACHED[key] for one in plan.followed)


def afresh(household: Household) -> Household:
    """As if nobody had been told of anything yet, so that both ways are worked out alike."""
    return msgspec.structs.replace(household, happened=())


def had_it_held(numbers: Iterable[PolicyNumber], number: PolicyNumber) -> Numbers:
    always = msgspec.structs.replace(number, effective_from=date.min)
    return Numbers((*(one for one in numbers if one.key is not number.key), always))
