"""What is wrong with something that is to be recorded."""

from datetime import date

from livelihood.errors import FieldError, past_faults, say
from livelihood.observations.rules.details import (
    HOURS_IN_A_WEEK,
    IN_EDUCATION,
    LONGEST_MONTH,
    Business,
    Details,
    Education,
    LearntFrom,
    Work,
)


def finding_faults(
    details: Details,
    born_on: date | None,
    *,
    happened_on: date,
    path: str,
    names_member: bool,
) -> list[FieldError]:
    """What is wrong with one finding; `born_on` is None where the member is none of the household's."""
    prefix = f"{path}." if path else ""
    faults: list[FieldError] = []
    of_household = isinstance(details, Business)
    if of_household and names_member:
        faults.append(
            FieldError(
                f"{prefix}member_id",
                say("A business belongs to the household, not to one member. Leave the member out."),
            )
        )
    elif not of_household and not names_member:
        faults.append(
            FieldError(f"{prefix}member_id", say("This is about one person. Say which member it is."))
        )
    elif names_member and born_on is None:
        faults.append(
            FieldError(
                f"{prefix}member_id",
                say("This person is no member of the household. Choose somebody who is, or add them first."),
            )
        )
    elif born_on is not None and happened_on < born_on:
        faults.append(
            FieldError(
                "happened_on",
                say(
                    "{day} is before this person was born. Check the day, or the date of birth.",
                    day=happened_on,
                ),
            )
        )
    if isinstance(details, Education):
        faults += _attended(details, f"{prefix}details")
        if details.days_away is not None:
            faults += _away(details, f"{prefix}details.days_away")
    if isinstance(details, Work):
        faults += _in_a_week(details, f"{prefix}details.chore_hours")
    return faults


def _attended(education: Education, path: str) -> list[FieldError]:
    if education.state not in IN_EDUCATION:
        # A grade may be said: of who left school it is the one that is behind them.
        return [
            FieldError(
                f"{path}.{name}",
                say("Days at school are of a child who is in school. Leave them out, or say that they are."),
            )
            for name in ("days_present", "days_open")
            if getattr(education, name) is not None
        ]
    present, opened = education.days_present, education.days_open
    if too_many := beyond_a_month(opened, f"{path}.days_open"):
        return too_many
    if opened is None and (too_many := beyond_a_month(present, f"{path}.days_present")):
        return too_many
    if opened is not None and present is None:
        return [
            FieldError(
                f"{path}.days_present",
                say(
                    "The school was open on {open} days: write on how many of them the child was there, or leave "
                    "both out.",
                    open=opened,
                ),
            )
        ]
    if present is None or opened is None or present <= opened:
        return []
    return [
        FieldError(
            f"{path}.days_present",
            say(
                "{present} days present of {open} days open: no one is there more days than the school "
                "is open. Check both.",
                present=present,
                open=opened,
            ),
        )
    ]


def beyond_a_month(days: int | None, field: str) -> list[FieldError]:
    """Every form and sheet asks for the last month."""
    if days is None or days <= LONGEST_MONTH:
        return []
    return [
        FieldError(
            field,
            say(
                "{days} school days are more than a month has ({most}). Write those of the last month only.",
                days=days,
                most=LONGEST_MONTH,
            ),
        )
    ]


def _in_a_week(work: Work, field: str) -> list[FieldError]:
    """No bound below the whole week: what nobody would believe of a child's work is what must not be refused."""
    economic, chores = work.economic_hours, work.chore_hours
    if economic is None or chores is None or economic + chores <= HOURS_IN_A_WEEK:
        return []
    return [
        FieldError(
            field,
            say(
                "{value} hours of chores and {work} of work are together more than a week has (168).",
                value=str(chores),
                work=str(economic),
            ),
        )
    ]


def _away(education: Education, field: str) -> list[FieldError]:
    missed = _missed(education)
    if education.state not in IN_EDUCATION:
        message = say("Days away in a row are of a child who is in school. Leave them out.")
    elif missed is not None and education.days_away is not None and education.days_away > missed:
        message = say(
            "{present} days present of {open} days open leave {missed} days away, and {away} in a row are more. Ask the "
            "teacher again, and write the numbers that go together.",
            present=education.days_present,
            open=education.days_open,
            missed=missed,
            away=education.days_away,
        )
    elif education.learnt_from not in {LearntFrom.REGISTER, LearntFrom.TEACHER}:
        message = say(
            "Days away in a row are what a register or a teacher tells. Say which of them did, or leave them out."
        )
    else:
        return []
    return [FieldError(field, message)]


def _missed(education: Education) -> int | None:
    """How many days away in a row there can be: once a child came in the period, they were not away since before it."""
    present, opened = education.days_present, education.days_open
    return opened - present if present and opened is not None and present <= opened else None


def day_faults(happened_on: date, *, intake_on: date, today: date) -> list[FieldError]:
    """What is seen is seen between the household's intake and today."""
    return past_faults(
        "happened_on",
        happened_on,
        today=today,
        since=intake_on,
        too_early=say(
            "{day} is before the household's intake on {intake}. Check the day.",
            day=happened_on,
            intake=intake_on,
        ),
    )
