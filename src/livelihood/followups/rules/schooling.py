"""Children brought (back) to school: each return begins a plan of its own."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from uuid import uuid5

from livelihood.followups.rules.facts import Anchor, AnchorKind, Member
from livelihood.observations.rules import Education, Standing, in_education


def returns(
    member: Member, records: Sequence[Standing], local_day: Callable[[datetime], date]
) -> Iterator[Anchor]:
    """One for each time that a child known to be out of school was found in it on a later day.

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
        if answer and out:
            yield Anchor(
                id=uuid5(member.id, f"{AnchorKind.SCHOOLING}:{record.root_id}"),
                kind=AnchorKind.SCHOOLING,
                on=record.happened_on,
                recorded_on=local_day(record.recorded_at),
                member_id=member.id,
            )
        newest, out = record.happened_on, not answer
