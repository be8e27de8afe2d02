"""What a course and an enrolment may be: ages, safeguards, seats, dates and states."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from dateutil.relativedelta import relativedelta

from livelihood.errors import Conflict, DomainError, FieldError, InvalidInput, invalid, say
from livelihood.households.rules import BirthPrecision, Born, age_on, latest_birth

# Labour Law Art. 177: work and training for work from 15; adult from 18.
TRAINING_AGE = 15
ADULT_AGE = 18

# Guards against slips of the pen, not policy: a seat count or a year typed wrongly is caught while it can be mended.
MOST_SEATS = 200
LONGEST_COURSE = timedelta(days=2 * 366)
EARLIEST_START = timedelta(days=5 * 366)
LATEST_START = timedelta(days=2 * 366)


class EnrolmentState(StrEnum):
    WAITLISTED = "waitlisted"
    ENROLLED = "enrolled"
    COMPLETED = "completed"
    DROPPED_OUT = "dropped_out"
    """Began, and stopped coming."""
    WITHDRAWN = "withdrawn"
    """Gave the seat, or the place on the waitlist, back."""


GONE = frozenset({EnrolmentState.DROPPED_OUT, EnrolmentState.WITHDRAWN})
HOLDING = frozenset({EnrolmentState.ENROLLED, EnrolmentState.COMPLETED})
"""Who has a seat, and whose days it takes."""

# A state that is not here as a key ends the enrolment. A waitlisted person completes nothing.
TRANSITIONS: dict[EnrolmentState, frozenset[EnrolmentState]] = {
    EnrolmentState.WAITLISTED: frozenset({EnrolmentState.ENROLLED, EnrolmentState.WITHDRAWN}),
    EnrolmentState.ENROLLED: frozenset({EnrolmentState.COMPLETED, *GONE}),
}


def turns(person: Born, age: int) -> date:
    """The day from which the person is certainly of this age, whatever is unknown of the birth date."""
    return latest_birth(person.born_on, person.born_precision) + relativedelta(years=age)


def certain_age(person: Born, on: date) -> int:
    """Whole years the person certainly has on that day."""
    return age_on(latest_birth(person.born_on, person.born_precision), on)


class TooYoungForTraining(DomainError):
    code = "too-young-for-training"
    status = 422


class SafeguardsMissing(DomainError):
    code = "safeguards-missing"
    status = 422


class NotEnrollable(Conflict):
    """The person has left the household, or the family's case is closed."""

    code = "not-enrollable"


class CourseEnded(Conflict):
    code = "course-ended"


class AlreadyInCourse(Conflict):
    code = "already-in-course"


class OverlappingEnrolment(Conflict):
    code = "overlapping-enrolment"


class CompletionRefused(Conflict):
    code = "completion-refused"


def check_course(*, starts_on: date, ends_on: date, seats: int, today: date) -> None:
    """Raises InvalidInput with everything that is wrong with the dates and seats of a new course."""
    errors: list[FieldError] = []
    if not today - EARLIEST_START <= starts_on <= today + LATEST_START:
        errors.append(
            FieldError(
                "starts_on",
                say(
                    "{day} is not a likely first day: a course starts between {earliest} and {latest}. "
                    "Check the year.",
                    day=starts_on,
                    earliest=today - EARLIEST_START,
                    latest=today + LATEST_START,
                ),
            )
        )
    if ends_on < starts_on:
        errors.append(
            FieldError(
                "ends_on",
                say(
                    "The last day, {ends}, is before the first, {starts}. Give a last day on or after {starts}.",
                    ends=ends_on,
                    starts=starts_on,
                ),
            )
        )
    elif ends_on - starts_on > LONGEST_COURSE:
        errors.append(
            FieldError(
                "ends_on",
                say(
                    "From {starts} to {ends} is more than two years, the longest a course may be. Check the year.",
                    starts=starts_on,
                    ends=ends_on,
                ),
            )
        )
    if not 1 <= seats <= MOST_SEATS:
        errors.append(
            FieldError(
                "seats",
                say("{seats} seats: a course has between 1 and {most}.", seats=seats, most=MOST_SEATS),
            )
        )
    if errors:
        raise InvalidInput(errors)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Someone who is to be enrolled, as far as the rules look."""

    name: str
    born_on: date
    born_precision: BirthPrecision


@dataclass(frozen=True, slots=True)
class CourseTerms:
    """What of a course and its trade decides who may enter it."""

    needs_safeguards: bool
    starts_on: date
    ends_on: date


def overlap(starts_on: date, ends_on: date, other_starts_on: date, other_ends_on: date) -> bool:
    """Whether two courses share a day; the last day of one may not be the first of the other."""
    return starts_on <= other_ends_on and other_starts_on <= ends_on


def safeguards_due(person: Born, *, needs_safeguards: bool, on: date) -> bool:
    """Whether the safeguards are to be written down first: a trade that calls for them, and possibly under 18."""
    return needs_safeguards and turns(person, ADULT_AGE) > on


def check_age(candidate: Candidate, *, on: date) -> None:
    """Raises TooYoungForTraining unless the person is 15 for certain on that day."""
    allowed_from = turns(candidate, TRAINING_AGE)
    if allowed_from <= on:
        return
    if candidate.born_precision is BirthPrecision.DAY:
        message = say(
            "{name} is {age}; trade courses take people from {least} (Labour Law, Article 177), so from {day} on. "
            "Keep the child in school, and ask the family's caseworker for help with what stands in the way.",
            name=candidate.name,
            age=certain_age(candidate, on),
            least=TRAINING_AGE,
            day=allowed_from,
        )
    else:
        message = say(
            "{name} may still be {age}: the exact birth date is not recorded, and someone counts as {least}, the "
            "least age for a trade course (Labour Law, Article 177), only from {day} on. If a birth certificate or "
            "family book shows an earlier day, have the birth date corrected; otherwise keep the child in school, "
            "and ask the family's caseworker for help with what stands in the way.",
            name=candidate.name,
            age=certain_age(candidate, on),
            least=TRAINING_AGE,
            day=allowed_from,
        )
    raise TooYoungForTraining(message, [FieldError("member_id", message)])


def check_present(candidate: Candidate, *, left_on: date | None, closed: bool, on: date) -> None:
    """Raises NotEnrollable for someone who has left the household, or whose family's case is closed."""
    if left_on is not None and left_on <= on:
        raise NotEnrollable(
            say(
                "{name} left the household on {day}. Ask the caseworker to record them where they live now.",
                name=candidate.name,
                day=left_on,
            )
        )
    if closed:
        raise NotEnrollable(
            say(
                "The case of {name}'s family is closed. Ask the caseworker whether it is to be opened again.",
                name=candidate.name,
            )
        )


def check_enrolment(candidate: Candidate, course: CourseTerms, *, safeguards: str, on: date) -> None:
    """Whether this person may enter this course on the day of enrolment, seats and other courses apart.

    Age counts on the day of enrolment, not on the first day of the course: a child who is promised a place months
    ahead is a child who leaves school months ahead.

    Raises TooYoungForTraining, SafeguardsMissing or CourseEnded.
    """
    check_age(candidate, on=on)
    if not safeguards.strip() and safeguards_due(candidate, needs_safeguards=course.needs_safeguards, on=on):
        message = say(
            "{name} may be under {adult}, and this trade calls for safeguards below that age. Write down first what "
            "was agreed: who watches over the work, which tools and tasks are kept away, and the hours.",
            name=candidate.name,
            adult=ADULT_AGE,
        )
        raise SafeguardsMissing(message, [FieldError("safeguards", message)])
    if course.ends_on < on:
        raise CourseEnded(
            say(
                "This course ended on {day}, so nobody can be enrolled in it any more. Choose a course that is "
                "still running or yet to start.",
                day=course.ends_on,
            )
        )


@dataclass(frozen=True, slots=True)
class Other:
    """Another enrolment of the same person; its days end with the completion."""

    course_id: UUID
    state: EnrolmentState
    starts_on: date
    ends_on: date


def check_others(
    candidate: Candidate, *, course_id: UUID, starts_on: date, ends_on: date, others: Iterable[Other]
) -> None:
    """One enrolment a course, and no two courses on one day.

    A place on a waitlist takes no days: someone who waits for one course would be shut out of every other. Who gave a
    course up may come back to it.

    Raises AlreadyInCourse or OverlappingEnrolment.
    """
    for other in others:
        if other.state in GONE:
            continue
        if other.course_id == course_id:
            raise AlreadyInCourse(
                say(
                    "{name} is on the waitlist of this course already; nothing was changed. A seat that is free is given "
                    "to who waits on the course's page.",
                    name=candidate.name,
                )
                if other.state is EnrolmentState.WAITLISTED
                else say(
                    "{name} has a seat in this course already; nothing was changed.", name=candidate.name
                )
            )
        if other.state is not EnrolmentState.WAITLISTED and overlap(
            starts_on, ends_on, other.starts_on, other.ends_on
        ):
            message = say(
                "{name} is in another course from {starts} to {ends}, and this one shares days with it. Choose a "
                "course that begins after {ends}.",
                name=candidate.name,
                starts=other.starts_on,
                ends=other.ends_on,
            )
            raise OverlappingEnrolment(message, [FieldError("member_id", message)])


@dataclass(frozen=True, slots=True)
class Place:
    """What an enrolment gets: a numbered seat, or a numbered place on the waitlist; never both, never neither."""

    seat: int | None = None
    waitlist_position: int | None = None

    @property
    def state(self) -> EnrolmentState:
        return EnrolmentState.WAITLISTED if self.seat is None else EnrolmentState.ENROLLED


def next_place(
    *, seats: int, seats_taken: int, waitlist_length: int, free_seats: Sequence[int] = ()
) -> Place:
    """First a seat that was given back; then numbers run on without gaps: the seats, and the waitlist in order of asking."""
    if free_seats:
        return Place(seat=min(free_seats))
    if seats_taken < seats:
        return Place(seat=seats_taken + 1)
    return Place(waitlist_position=waitlist_length + 1)


def check_completion(
    state: EnrolmentState, *, completed_on: date | None, on: date, course_starts_on: date, today: date
) -> bool:
    """Whether there is anything to do: False when the same completion is recorded already.

    `completed_on` is the day recorded before, if any, and `on` the one asked for now.

    Raises InvalidInput for an impossible day, CompletionRefused for an enrolment that cannot be completed.
    """
    if state is EnrolmentState.COMPLETED:
        if completed_on == on:
            return False
        raise CompletionRefused(
            say(
                "This course was already recorded as completed on {before}; {now} was not saved. The follow-ups "
                "count from {before}.",
                before=completed_on,
                now=on,
            )
        )
    if state in GONE:
        raise CompletionRefused(
            say("This person gave the course up and cannot complete it. If they are back, enrol them again.")
        )
    if EnrolmentState.COMPLETED not in TRANSITIONS.get(state, frozenset()):
        raise CompletionRefused(
            say(
                "Someone on the waitlist has had no seat in this course and cannot complete it. Only those enrolled can."
            )
        )
    if on > today:
        raise invalid(
            "completed_on",
            say(
                "{day} is still to come. Record the completion on the day it happens, or give a day up to {today}.",
                day=on,
                today=today,
            ),
        )
    if on < course_starts_on:
        raise invalid(
            "completed_on",
            say(
                "{day} is before the course began. Give a day from {starts} on.",
                day=on,
                starts=course_starts_on,
            ),
        )
    return True
