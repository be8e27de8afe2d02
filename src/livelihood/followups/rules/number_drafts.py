"""Whether another value of a number holds together with what is known: every fault, as a sentence beside its field."""

from collections.abc import Iterator, Sequence
from datetime import date

from livelihood.errors import FieldError, Message, out_of_range, say
from livelihood.followups.rules.numbers import NumberKey, Numbers, PolicyNumber
from livelihood.followups.rules.protocol_drafts import LATEST_START

BOUNDS: dict[NumberKey, tuple[int, int]] = {
    # No month has more than 23 days from Monday to Friday.
    NumberKey.AT_RISK_DAYS_IN_A_MONTH: (1, 23),
    NumberKey.AT_RISK_DAYS_IN_A_ROW: (1, 60),
    NumberKey.ATTENDANCE_BAR_PERCENT: (1, 100),
    NumberKey.ESCALATE_MANAGER_DAYS: (2, 365),
    NumberKey.ESCALATE_SUPERVISOR_DAYS: (1, 364),
    NumberKey.HIGH_RISK_WEIGHT: (1, 10),
    NumberKey.LAST_LAPSES_AFTER_DAYS: (1, 366),
    NumberKey.MISSING_AFTER_FAILED_ATTEMPTS: (1, 20),
    NumberKey.NOT_RE_ENROLLED_DAYS: (1, 180),
    # Below, light work is not allowed either (Labour Law, article 177); above, nobody is a child.
    NumberKey.OUT_OF_SCHOOL_TO_AGE: (14, 17),
    NumberKey.PRESUMED_GONE_DAYS: (2, 200),
    NumberKey.REMEDIATED_FROM_DAYS: (1, 364),
    NumberKey.REMEDIATED_TO_DAYS: (2, 730),
    # Pre-school begins at 3, and no school keeps a child of 8 from grade 1.
    NumberKey.SCHOOL_AGE_FROM: (3, 8),
    NumberKey.SCHOOL_DAYS_A_WEEK: (1, 7),
    NumberKey.SCHOOL_DAYS_IN_WINDOW: (1, 60),
    NumberKey.SPOT_CHECK_DAYS: (1, 366),
    NumberKey.SPOT_CHECK_VISITS: (1, 100),
}


def number_faults(known: Sequence[PolicyNumber], draft: PolicyNumber, today: date) -> list[FieldError]:
    """`known` are all values of all numbers, past and to come."""
    found = [*_value(draft), *_day(known, draft, today)]
    return found or [*_order(known, draft), *_same(known, draft)]


def _value(draft: PolicyNumber) -> Iterator[FieldError]:
    least, most = BOUNDS[draft.key]
    if least <= draft.value <= most:
        return
    if draft.key is NumberKey.ATTENDANCE_BAR_PERCENT and draft.value > most:
        message = say("Nobody can attend more than every day. Choose a bar of at most {most} %.", most=most)
    elif draft.key is NumberKey.OUT_OF_SCHOOL_TO_AGE:
        message = say(
            "No work takes the place of school before 15, and at 18 nobody is a child. Choose from {least} to {most}.",
            least=least,
            most=most,
        )
    elif draft.key is NumberKey.SCHOOL_DAYS_A_WEEK:
        message = say(
            "A week has seven days. Choose from {least}, Monday alone, to {most}.", least=least, most=most
        )
    else:
        message = out_of_range(draft.value, least, most)
    yield FieldError("value", message)


def _day(known: Sequence[PolicyNumber], draft: PolicyNumber, today: date) -> Iterator[FieldError]:
    day = draft.effective_from
    announced = next((one for one in known if one.key is draft.key and one.effective_from == day), None)
    if day < today:
        yield FieldError(
            "effective_from",
            say(
                "{day} is past, and what happened then stays judged as it was. Choose today or later.",
                day=day,
            ),
        )
    elif day > today + LATEST_START:
        yield FieldError(
            "effective_from", say("{day} is more than five years away. Choose an earlier day.", day=day)
        )
    elif announced:
        yield FieldError(
            "effective_from",
            say(
                "A change of this day is known already: {value} from {day} on. It stays; choose another day.",
                value=announced.value,
                day=day,
            ),
        )


def _same(known: Sequence[PolicyNumber], draft: PolicyNumber) -> Iterator[FieldError]:
    if Numbers(known).on(draft.key, draft.effective_from) == draft.value:
        yield FieldError(
            "value", say("It is {value} on that day already. Choose another number.", value=draft.value)
        )


def _order(known: Sequence[PolicyNumber], draft: PolicyNumber) -> Iterator[FieldError]:
    """What follows upon the other does so on every day from this one on, whatever is announced for either."""
    after = Numbers((*known, draft))
    for first, then, fault in (
        (NumberKey.ESCALATE_SUPERVISOR_DAYS, NumberKey.ESCALATE_MANAGER_DAYS, _manager_first),
        (NumberKey.REMEDIATED_FROM_DAYS, NumberKey.REMEDIATED_TO_DAYS, _upside_down),
        (NumberKey.AT_RISK_DAYS_IN_A_ROW, NumberKey.PRESUMED_GONE_DAYS, _gone_first),
    ):
        if draft.key not in {first, then}:
            continue
        starts = {one.effective_from for one in known if one.key in {first, then}}
        for day in sorted({draft.effective_from, *(on for on in starts if on > draft.effective_from)}):
            earlier, later = after.on(first, day), after.on(then, day)
            if earlier >= later:
                yield FieldError("value", fault(day, earlier, later))
                break


def _manager_first(day: date, supervisor: int, manager: int) -> Message:
    return say(
        "On {day} the supervisor would be told after {supervisor} days and the manager after {manager}. The supervisor "
        "comes first: choose another number, or change the other one before.",
        day=day,
        supervisor=supervisor,
        manager=manager,
    )


def _gone_first(day: date, at_risk: int, gone: int) -> Message:
    return say(
        "On {day} a child would be at risk after {at_risk} days away in a row and presumed to have dropped out after "
        "{gone}. The risk comes first: choose another number, or change the other one before.",
        day=day,
        at_risk=at_risk,
        gone=gone,
    )


def _upside_down(day: date, earliest: int, latest: int) -> Message:
    return say(
        "On {day} two visits would have to lie at least {earliest} and at most {latest} days apart, which none do. Choose "
        "another number, or change the other one before.",
        day=day,
        earliest=earliest,
        latest=latest,
    )
