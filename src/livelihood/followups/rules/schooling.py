"""Children brought (back) to school: each return begins a plan of its own."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from uuid import uuid5

from livelihood.followups.rules.facts import Anchor, AnchorKind, Member
from livelihood.observations.rules import Details, Education, Standing, in_education, never_came


def never_came_on(records: Iterable[Standing], day: date) -> bool:
    """Whether it was said of that day that the child, though on a register, had come on none of the days: who was out of
    school is not back by it, whoever else said so.
    """
    return any(record.happened_on == day and said_never_came(record.details) for record in records)


def said_never_came(said: Details) -> bool:
    return isinstance(said, Education) and never_came(said)


def never_back(records: Sequence[Standing]) -> set[date]:
    """The days of which it was said that the child had come on none, and who was out of school, by what was known then of
    the days before: out of it still.
    """
    never = {one.happened_on for one in records if said_never_came(one.details)}
    if not never:
        return never
    answers = [(one.happened_on, said) for one in records if (said := _answer(one)) is not None]
    left = {day for day, said in answers if not said}
    still: set[date] = set()
    out: dict[date, bool] = {}
    for day, _said in answers:
        if day not in out:
            before = max((one for one in out if one < day), default=day)
            if out.get(before) and day in never:
                still.add(day)
            out[day] = day in left or day in still
    return still


def _answer(record: Standing) -> bool | None:
    return in_education(record.details) if isinstance(record.details, Education) else None


def returns(
    member: Member, records: Sequence[Standing], local_day: Callable[[datetime], date]
) -> Iterator[Anchor]:
    """One for each time that a child known to be out of school was found in it on a later day, and had come there.

    In order of arrival: what speaks of an earlier day than is known already changes nothing.
    """
    newest, out = date.min, False
    for record in records:
        education = record.details
        if not isinstance(education, Education) or record.happened_on < newest:
            continue
        answer = in_education(education)
        if answer is None or (answer and out and record.happened_on == newest):
            continue
        if answer and out and never_came_on(records, record.happened_on):
            answer = False
        elif answer and out:
            yield Anchor(
                id=uuid5(member.id, f"{AnchorKind.SCHOOLING}:{record.root_id}"),
                kind=AnchorKind.SCHOOLING,
                on=record.happened_on,
                recorded_on=local_day(record.recorded_at),
                member_id=member.id,
            )
        newest, out = record.happened_on, not answer
