"""How somebody's time in a course may end before its end."""

from dataclasses import dataclass
from datetime import date

from livelihood.courses.rules import TRANSITIONS, EnrolmentState
from livelihood.errors import Conflict, invalid, say


class WithdrawalRefused(Conflict):
    code = "withdrawal-refused"


@dataclass(frozen=True, slots=True)
class Ending:
    """How somebody's time in a course ended before its end."""

    state: EnrolmentState
    on: date
    because: str


def check_withdrawal(
    state: EnrolmentState,
    asked: Ending,
    *,
    before: Ending | None,
    enrolled_on: date,
    course_starts_on: date,
    today: date,
) -> bool:
    """Whether there is anything to do: False when the same was recorded before. `before`: how it had ended, if it had.

    Raises InvalidInput for an impossible day, WithdrawalRefused where there is nothing to give up.
    """
    if before == asked:
        return False
    if before is not None:
        raise WithdrawalRefused(
            say(
                "That this person gave the course up was recorded already, on {day}. If they are back, enrol them again.",
                day=before.on,
            )
        )
    if state is EnrolmentState.COMPLETED:
        raise WithdrawalRefused(say("This person has completed the course; there is no seat to give up."))
    if asked.state not in TRANSITIONS[state]:
        raise invalid(
            "state",
            say("Somebody who waits has not begun. Choose that they give the place on the waitlist up."),
        )
    if asked.on > today:
        raise invalid(
            "ended_on", say("{day} is still to come. Write the day on which it ended.", day=asked.on)
        )
    if asked.state is EnrolmentState.DROPPED_OUT and asked.on < course_starts_on:
        raise invalid(
            "ended_on",
            say(
                "The course begins on {starts}, and nobody stops coming before. Write a later day, or choose that they "
                "give the seat up.",
                starts=course_starts_on,
            ),
        )
    earliest = min(enrolled_on, course_starts_on)
    if asked.on < earliest:
        raise invalid(
            "ended_on", say("That is before they were enrolled. Write {day} or a later day.", day=earliest)
        )
    return True
