"""The facts of a batch of households, in one query a table."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select

from livelihood.db.reader import Read, Reading
from livelihood.followups import models
from livelihood.followups.rules.facts import (
    Anchor,
    AnchorKind,
    Because,
    Household,
    Leaving,
    Member,
    Outcome,
    Visit,
)
from livelihood.households import models as households
from livelihood.households.rules import BirthPrecision
from livelihood.observations import queries as observations

# A place's code begins with its province's.
PROVINCE_DIGITS = 2

IDS = bindparam("ids", type_=ARRAY(Uuid))


class Loaded(msgspec.Struct, frozen=True):
    """One household's facts, with its office, in which its follow-ups are."""

    office_id: int
    code: str
    next_change_on: date | None
    household: Household


class HouseholdRow(msgspec.Struct, frozen=True):
    id: UUID
    office_id: int
    code: str
    province: str
    next_change_on: date | None


class MemberRow(msgspec.Struct, frozen=True):
    household_id: UUID
    id: UUID
    born_on: date
    born_precision: str
    joined_on: date
    left_on: date | None
    left_because: str | None

    def member(self) -> Member:
        left = None
        if self.left_on is not None:
            known = self.left_because in {Because.DIED.value, Because.CLOSED.value}
            left = Leaving(self.left_on, Because(self.left_because) if known else Because.MOVED)
        return Member(self.id, self.born_on, BirthPrecision(self.born_precision), self.joined_on, left)


class AnchorRow(msgspec.Struct, frozen=True):
    household_id: UUID
    id: UUID
    kind: str
    anchored_on: date
    recorded_at: datetime
    member_id: UUID | None


class VisitRow(msgspec.Struct, frozen=True):
    household_id: UUID
    id: UUID
    happened_on: date
    outcome: str


HOUSEHOLDS = Read(
    select(
        households.Household.id,
        households.Household.office_id,
        households.Household.code,
        func.left(households.Household.village_code, PROVINCE_DIGITS).label("province"),
        households.Household.next_change_on,
    ).where(households.Household.id == any_(IDS)),
    HouseholdRow,
)
MEMBERS = Read(
    select(
        households.Member.household_id,
        households.Member.id,
        households.Member.born_on,
        households.Member.born_precision,
        households.Member.joined_on,
        households.Member.left_on,
        households.Member.left_because,
    ).where(households.Member.household_id == any_(IDS)),
    MemberRow,
)
ANCHORS = Read(
    select(
        models.Anchor.household_id,
        models.Anchor.id,
        models.Anchor.kind,
        models.Anchor.anchored_on,
        models.Anchor.recorded_at,
        models.Anchor.member_id,
    ).where(models.Anchor.household_id == any_(IDS)),
    AnchorRow,
)
VISITS = Read(
    select(models.Visit.household_id, models.Visit.id, models.Visit.happened_on, models.Visit.outcome).where(
        models.Visit.household_id == any_(IDS)
    ),
    VisitRow,
)


async def load(
    reading: Reading, household_ids: Sequence[UUID], local_day: Callable[[datetime], date]
) -> list[Loaded]:
    ids = list(household_ids)
    members: dict[UUID, list[Member]] = {one: [] for one in ids}
    anchors: dict[UUID, list[Anchor]] = {one: [] for one in ids}
    visits: dict[UUID, list[Visit]] = {one: [] for one in ids}
    for row in await MEMBERS.all(reading, ids=ids):
        members[row.household_id].append(row.member())
    for row in await ANCHORS.all(reading, ids=ids):
        anchors[row.household_id].append(
            Anchor(row.id, AnchorKind(row.kind), row.anchored_on, local_day(row.recorded_at), row.member_id)
        )
    for row in await VISITS.all(reading, ids=ids):
        visits[row.household_id].append(Visit(row.id, row.happened_on, Outcome(row.outcome)))
    seen = await observations.of_households(reading, ids)
    return [
        Loaded(
            row.office_id,
            row.code,
            row.next_change_on,
            Household(
                row.id,
                tuple(members[row.id]),
                tuple(anchors[row.id]),
                tuple(visits[row.id]),
                tuple(seen[row.id]),
                province=row.province,
            ),
        )
        for row in await HOUSEHOLDS.all(reading, ids=ids)
    ]
