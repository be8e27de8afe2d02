"""Numbers that are policy: data with a source and the day from which they hold."""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum

import msgspec

from livelihood.followups.rules.protocols import FROM, PROPOSAL


class NumberKey(StrEnum):
    AT_RISK_DAYS_IN_A_MONTH = "at_risk_days_in_a_month"
    AT_RISK_DAYS_IN_A_ROW = "at_risk_days_in_a_row"
    ATTENDANCE_BAR_PERCENT = "attendance_bar_percent"
    ESCALATE_MANAGER_DAYS = "escalate_manager_days"
    ESCALATE_SUPERVISOR_DAYS = "escalate_supervisor_days"
    HIGH_RISK_WEIGHT = "high_risk_weight"
    LAST_LAPSES_AFTER_DAYS = "last_lapses_after_days"
    MISSING_AFTER_FAILED_ATTEMPTS = "missing_after_failed_attempts"
    NOT_RE_ENROLLED_DAYS = "not_re_enrolled_days"
    OUT_OF_SCHOOL_TO_AGE = "out_of_school_to_age"
    PRESUMED_GONE_DAYS = "presumed_gone_days"
    REMEDIATED_FROM_DAYS = "remediated_from_days"
    REMEDIATED_TO_DAYS = "remediated_to_days"
    SCHOOL_AGE_FROM = "school_age_from"
    SCHOOL_DAYS_A_WEEK = "school_days_a_week"
    SCHOOL_DAYS_IN_WINDOW = "school_days_in_window"
    SPOT_CHECK_DAYS = "spot_check_days"
    SPOT_CHECK_VISITS = "spot_check_visits"


# They order lists and size draws when somebody looks, and decide no follow-up and no alert.
OF_LISTS = frozenset({NumberKey.HIGH_RISK_WEIGHT, NumberKey.SPOT_CHECK_DAYS, NumberKey.SPOT_CHECK_VISITS})


class PolicyNumber(msgspec.Struct, frozen=True):
    key: NumberKey
    effective_from: date
    value: int
    source: str


class Numbers:
    """What each number was on a day: a change holds from its day on, and what happened before stays judged as it was."""

    def __init__(self, known: Iterable[PolicyNumber]) -> None:
        self._values: dict[NumberKey, list[tuple[date, int]]] = {}
        for one in sorted(known, key=lambda one: one.effective_from):
            self._values.setdefault(one.key, []).append((one.effective_from, one.value))

    def on(self, key: NumberKey, day: date) -> int:
        """The number in force on that day; before the first, the first."""
        versions = self._values[key]
        value = versions[0][1]
        for effective_from, later in versions[1:]:
            if effective_from > day:
                break
            value = later
        return value

    def reached(self, key: NumberKey, day_of: Callable[[int], date]) -> date:
        """The first day on which the number in force was reached; `day_of` says when that is of each value.

        So who was old enough once stays so when the number is raised later.
        """
        versions = self._values[key]
        if len(versions) == 1:
            return day_of(versions[0][1])
        until = [start for start, _ in versions[1:]]
        return min(
            day
            for (start, value), end in zip(versions, [*until, None], strict=True)
            if (day := max(day_of(value), start if start > versions[0][0] else date.min)) < (end or date.max)
        )


CLMRS = "Child Labour Monitoring and Remediation System (CLMRS), two visits"

SHIPPED_NUMBERS = (
    PolicyNumber(NumberKey.AT_RISK_DAYS_IN_A_MONTH, FROM, 5, PROPOSAL),
    PolicyNumber(NumberKey.AT_RISK_DAYS_IN_A_ROW, FROM, 3, PROPOSAL),
    PolicyNumber(
        NumberKey.ATTENDANCE_BAR_PERCENT, FROM, 80, "National scholarship rule of the Ministry of Education"
    ),
    PolicyNumber(NumberKey.ESCALATE_MANAGER_DAYS, FROM, 30, PROPOSAL),
    PolicyNumber(NumberKey.ESCALATE_SUPERVISOR_DAYS, FROM, 14, PROPOSAL),
    PolicyNumber(NumberKey.HIGH_RISK_WEIGHT, FROM, 2, PROPOSAL),
    PolicyNumber(NumberKey.LAST_LAPSES_AFTER_DAYS, FROM, 90, PROPOSAL),
    PolicyNumber(NumberKey.MISSING_AFTER_FAILED_ATTEMPTS, FROM, 3, PROPOSAL),
    PolicyNumber(NumberKey.NOT_RE_ENROLLED_DAYS, FROM, 30, PROPOSAL),
    PolicyNumber(NumberKey.OUT_OF_SCHOOL_TO_AGE, FROM, 14, PROPOSAL),
    # Stored by a migration too: a record asks the database for it.
    PolicyNumber(NumberKey.PRESUMED_GONE_DAYS, FROM, 20, PROPOSAL),
    PolicyNumber(NumberKey.REMEDIATED_FROM_DAYS, FROM, 90, CLMRS),
    PolicyNumber(NumberKey.REMEDIATED_TO_DAYS, FROM, 200, CLMRS),
    PolicyNumber(NumberKey.SCHOOL_AGE_FROM, FROM, 6, "Entry to grade 1 at 6, Ministry of Education"),
    PolicyNumber(NumberKey.SCHOOL_DAYS_A_WEEK, FROM, 5, PROPOSAL),
    PolicyNumber(NumberKey.SCHOOL_DAYS_IN_WINDOW, FROM, 10, PROPOSAL),
    PolicyNumber(NumberKey.SPOT_CHECK_DAYS, FROM, 30, PROPOSAL),
    PolicyNumber(NumberKey.SPOT_CHECK_VISITS, FROM, 5, PROPOSAL),
)


def completed(stored: Iterable[PolicyNumber]) -> tuple[PolicyNumber, ...]:
    """With what came with the software where it is not stored.

    So a release brings a number along without a row of it, on which the release before, still running, would stumble.
    """
    known = tuple(stored)
    days = {(one.key, one.effective_from) for one in known}
    shipped = (one for one in SHIPPED_NUMBERS if (one.key, one.effective_from) not in days)
    return (*shipped, *known)
