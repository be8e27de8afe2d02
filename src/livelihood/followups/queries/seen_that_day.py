"""Missing children who were seen on the very day of the alarm: they stay missing until that day is decided about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import DayToReview
from livelihood.followups.queries.confirmed import seen_all_the_same
from livelihood.followups.rules.facts import Visit
from livelihood.observations.rules import Standing


class SeenThatDay(msgspec.Struct, frozen=True):
    """`waits`: nobody has decided about the records of that day; `decides`: whoever reads it is to."""

    on: date
    waits: bool
    decides: bool


class Searched(msgspec.Struct, frozen=True):
    household_id: UUID
    office_id: int
    member_id: UUID
    since: date


class Waiting(msgspec.Struct, frozen=True):
    household_id: UUID
    happened_on: date


WAITING = Read(
    select(DayToReview.household_id, DayToReview.happened_on).where(
        DayToReview.household_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    ),
    Waiting,
)


async def seen_that_day(
    reading: Reading,
    searched: Iterable[Searched],
    records: Mapping[UUID, Sequence[Standing]],
    visits: Mapping[UUID, Mapping[UUID, Visit]],
) -> dict[UUID, SeenThatDay]:
    """By member, of those who were; `records` as they stand and `visits` are by household."""
    found: list[tuple[Searched, date]] = []
    for one in searched:
        known, made = records[one.household_id], visits[one.household_id]
        if seen := seen_all_the_same(known, made, one.member_id, one.since):
            found.append((one, max(seen)[0]))
    if not found:
        return {}
    ids = sorted({one.household_id for one, _day in found})
    waiting = {(row.household_id, row.happened_on) for row in await WAITING.all(reading, ids=ids)}
    return {
        one.member_id: SeenThatDay(
            day,
            waits=(one.household_id, day) in waiting,
            decides=(one.household_id, day) in waiting
            and reading.actor.may(Permission.VISITS_REVIEW, one.office_id),
        )
        for one, day in found
    }
