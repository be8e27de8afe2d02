"""Times away in a row: each puts the check on the return off once, and somebody has to see the child between two."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID, uuid5

import msgspec

from livelihood.followups.rules.facts import Absence, Anchor, AnchorKind, Household, Member

# Within so many days of a return nobody leaves again unseen: the check on the return may be due on any of them.
TO_BE_SEEN = timedelta(days=14)


def overlap(one: Absence, other: Absence) -> bool:
    """To leave again on the day of the return shares no day."""
    return one.since < other.until and other.since < one.until


def unseen_between(
    new: Absence, known: Sequence[Absence], gaps: Sequence[Absence], seen: Sequence[date]
) -> tuple[date, date] | None:
    """The day of a return and that of the second going, where one time away follows right after another with nobody having
    seen the child in between. `gaps`: from a leaving until they came back; `seen`: the days on which they were.
    """
    between = [(one.until, new.since) for one in (*known, *gaps)]
    between += [(new.until, one.since) for one in known]
    return next(
        (
            (back, again)
            for back, again in between
            if timedelta(0) <= again - back < TO_BE_SEEN and not any(back <= day <= again for day in seen)
        ),
        None,
    )


def came_back(member: Member, followed_since: date, seen: Sequence[date]) -> Iterator[Anchor]:
    """What the check on a return counts from, for each time away from which a child is back whom a plan asks after.

    Where somebody saw them after they left, and before it was said that they are back, that was the check. No two times
    away begin on one day, so the day names it, whatever is said later of the return.
    """
    for away in {one.since: one for one in sorted(member.absences, key=lambda one: one.until)}.values():
        known_on = max(away.recorded_on, away.back_known_on)
        # Who came back on the day on which they left was never away.
        if max(followed_since, away.since + timedelta(days=1)) <= away.until and not any(
            away.since < day < max(away.until, known_on) for day in seen
        ):
            yield Anchor(
                id=uuid5(member.id, f"{AnchorKind.RETURN}:{away.since}"),
                kind=AnchorKind.RETURN,
                on=away.until,
                recorded_on=known_on,
                member_id=member.id,
            )


def seen_meanwhile(household: Household, seen: Mapping[UUID, Collection[date]]) -> Household:
    """The family without the times away, or the rest of them, that somebody's eyes have ended."""
    return msgspec.structs.replace(
        household,
        members=tuple(
            msgspec.structs.replace(
                member, absences=tuple(one.ended_by(seen.get(member.id, ())) for one in member.absences)
            )
            if member.absences
            else member
            for member in household.members
        ),
    )
