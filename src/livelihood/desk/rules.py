"""What to do next for a family: one thing, the most urgent that this person may do."""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """In the order of urgency."""

    ANSWER_ALERT = "answer_alert"
    HAND_OVER = "hand_over"
    RECORD_CONSENT = "record_consent"
    RECORD_VISIT = "record_visit"
    DECIDE = "decide"
    PAY = "pay"
    FINISH_APPLICATION = "finish_application"
    PREPARE_GRANT = "prepare_grant"


@dataclass(frozen=True, slots=True)
class Case:
    """What is open for the family, as far as this person may act on it."""

    alert_to_answer: bool = False
    moved: bool = False
    consent_missing: bool = False
    checks_waiting: bool = False
    to_decide: bool = False
    to_pay: bool = False
    unfinished: bool = False
    without_grant: bool = False


def next_step(case: Case) -> Step | None:
    """None where the family needs nothing from this person today."""
    steps = {
        Step.ANSWER_ALERT: case.alert_to_answer,
        Step.HAND_OVER: case.moved,
        Step.RECORD_CONSENT: case.consent_missing,
        Step.RECORD_VISIT: case.checks_waiting and not case.consent_missing,
        Step.DECIDE: case.to_decide,
        Step.PAY: case.to_pay,
        Step.FINISH_APPLICATION: case.unfinished,
        Step.PREPARE_GRANT: case.without_grant and not case.consent_missing,
    }
    return next((step for step, open_ in steps.items() if open_), None)
