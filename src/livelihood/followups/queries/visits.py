"""Visits, what was found, and what it changed."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Date,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.cursors import packed, unpacked
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import FollowUp, Present, Visit
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.schemas import VisitOut
from livelihood.households.models import Household, Member
from livelihood.observations.models import Observation, Withdrawal
from livelihood.observations.queries import IN_FORCE, withdrawn

PAGE_SIZE = 50


class OfDay(msgspec.Struct):
    """A record of a household of one day: what came of it, who made it, and when."""

    household_id: UUID
    happened_on: date
    id: UUID
    outcome: str
    mode: str
    recorded_by: str
    recorder_id: UUID
    recorded_at: datetime


class Attempts(msgspec.Struct, frozen=True):
    days: int


class AnsweredCheck(msgspec.Struct, frozen=True):
    id: UUID


Taker = aliased(Staff)
Newer = aliased(Visit)

# As they stand after their corrections.
FINDINGS = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object(
                        literal_column("'id'"),
                        Observation.id,
                        literal_column("'member_id'"),
                        Observation.member_id,
                        literal_column("'details'"),
                        Observation.details,
                    ),
                    Observation.recorded_at,
                    Observation.id,
                )
            ),
            literal_column("'[]'::jsonb"),
            type_=JSONB,
        )
    )
    .where(
        Observation.visit_id == Visit.id,
        IN_FORCE,
    )
    .correlate(Visit)
    .scalar_subquery()
)

PRESENT = func.array(
    select(Present.member_id)
    .where(Present.visit_id == Visit.id)
    .order_by(Present.member_id)
    .correlate(Visit)
    .scalar_subquery(),
    type_=ARRAY(Uuid),
)
WITHDRAWN = (
    select(
        func.jsonb_build_object(
            literal_column("'reason'"),
            Withdrawal.reason,
            literal_column("'by'"),
            Taker.name,
            literal_column("'at'"),
            Withdrawal.withdrawn_at,
            type_=JSONB,
        )
    )
    .join(Taker, Taker.id == Withdrawal.withdrawn_by)
    .where(Withdrawal.visit_id == Visit.id)
    .correlate(Visit)
    .scalar_subquery()
)
REPLACED_BY = func.array(
    select(Newer.id).where(Newer.replaces == Visit.id).order_by(Newer.id).correlate(Visit).scalar_subquery(),
    type_=ARRAY(Uuid),
)
HAPPENED = ~withdrawn(Visit.__table__.c.id)
# Somebody of those who were found is still with the family, or it was about the family as a whole.
FOUND = Observation.visit_id == Visit.__table__.c.id
STILL_THERE = (
    ~select(Observation.id).where(FOUND, Observation.member_id.is_not(None)).exists()
    | select(Observation.id)
    .join(Member, Member.id == Observation.member_id)
    .where(FOUND, Member.left_on.is_(None))
    .exists()
)
TO_THE_FAMILY = Visit.mode != literal_column(f"'{Mode.REGISTER.value}'")
MET = Visit.outcome == literal_column(f"'{Outcome.MET.value}'")


def visits() -> Any:
    return (
        select(
            Visit.id,
            Visit.household_id,
            Household.code.label("household_code"),
            Visit.office_id,
            Visit.happened_on,
            Visit.mode,
            Visit.outcome,
            Visit.met,
            Visit.school_id,
            Visit.note,
            Staff.name.label("recorded_by"),
            Visit.recorded_by.label("recorder_id"),
            Visit.recorded_at,
            Visit.replaces,
            REPLACED_BY.label("replaced_by"),
            WITHDRAWN.label("withdrawn"),
            PRESENT.label("present"),
            FINDINGS.label("findings"),
        )
        .join(Household, Household.id == Visit.household_id)
        .join(Staff, Staff.id == Visit.recorded_by)
    )


ONE = Read(visits().where(Visit.id == bindparam("id", type_=Uuid)), VisitOut)

OF_HOUSEHOLD = Visit.household_id == bindparam("household_id", type_=Uuid)
ON_DAY = bindparam("happened_on", type_=Date)
OF_DAYS = (
    select(
        Visit.household_id,
        Visit.happened_on,
        Visit.id,
        Visit.outcome,
        Visit.mode,
        Staff.name.label("recorded_by"),
        Visit.recorded_by.label("recorder_id"),
        Visit.recorded_at,
    )
    .join(Staff, Staff.id == Visit.recorded_by)
    .where(HAPPENED, TO_THE_FAMILY)
    .order_by(Visit.happened_on, Visit.recorded_at, Visit.id)
)
RECORDED = Read(OF_DAYS.where(OF_HOUSEHOLD, Visit.happened_on == ON_DAY), OfDay)
RECORDED_SINCE = Read(
    OF_DAYS.where(
        Visit.household_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        Visit.happened_on >= bindparam("since", type_=Date),
    ),
    OfDay,
)
# A register that was read that day answers too.
ANSWERED = Read(
    select(FollowUp.id)
    .outerjoin(Observation, Observation.id == FollowUp.settled_by)
    .join(Visit, Visit.id == func.coalesce(Observation.visit_id, FollowUp.settled_by))
    .where(
        OF_HOUSEHOLD,
        FollowUp.household_id == Visit.household_id,
        Visit.happened_on == ON_DAY,
        Visit.id != bindparam("id", type_=Uuid),
    )
    .limit(1),
    AnsweredCheck,
)
LAST_MET = (
    select(func.max(Visit.happened_on)).where(
        OF_HOUSEHOLD, HAPPENED, TO_THE_FAMILY, MET, Visit.happened_on <= ON_DAY
    )
).scalar_subquery()
# By days, as the missing-child alert counts them: two colleagues at one closed door are one attempt.
ATTEMPTS = Read(
    select(func.count(func.distinct(Visit.happened_on)).label("days")).where(
        OF_HOUSEHOLD,
        HAPPENED,
        TO_THE_FAMILY,
        ~MET,
        Visit.happened_on <= ON_DAY,
        or_(LAST_MET.is_(None), Visit.happened_on > LAST_MET),
    ),
    Attempts,
)


@cache
def listed(*, household: bool) -> Read[VisitOut]:
    """The newest first."""
    statement = (
        visits()
        .where(
            Visit.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
            tuple_(Visit.happened_on, Visit.id)
            < tuple_(bindparam("before", type_=Date), bindparam("before_id", type_=Uuid)),
        )
        .order_by(Visit.happened_on.desc(), Visit.id.desc())
        .limit(bindparam("limit"))
    )
    if household:
        statement = statement.where(Visit.household_id == bindparam("household_id", type_=Uuid))
    return Read(statement, VisitOut)


async def list_visits(
    reading: Reading, *, household_id: UUID | None = None, cursor: str = "", limit: int = PAGE_SIZE
) -> Page[VisitOut]:
    reading.actor.require(Permission.VISITS_READ)
    before, before_id = unpacked(cursor, tuple[date, UUID]) if cursor else (date.max, UUID(int=0))
    parameters: dict[str, object] = {
        "offices": sorted(reading.actor.offices_for(Permission.VISITS_READ)),
        "before": before,
        "before_id": before_id,
        "limit": limit + 1,
    }
    parameters |= {"household_id": household_id} if household_id else {}
    rows = await listed(household=household_id is not None).all(reading, **parameters)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], packed(last.happened_on, last.id) if last else None)


async def one(reading: Reading, visit_id: UUID) -> VisitOut:
    """Raises `NotFound`."""
    found = await ONE.first(reading, id=visit_id)
    if found is None or not reading.actor.may(Permission.VISITS_READ, found.office_id):
        raise NotFound(say("There is no such visit here. Look for the household it was made to."))
    return found


async def attempts(reading: Reading, household_id: UUID, on: date) -> int:
    """On how many days in a row up to this one nobody was met; 0 where somebody was met since, or nobody went."""
    found = await ATTEMPTS.first(reading, household_id=household_id, happened_on=on)
    assert found is not None, "an aggregate without groups has one row"
    return found.days


async def of_day(reading: Reading, household_id: UUID, day: date) -> list[OfDay]:
    """What stands of visits to a family on one day, in the order in which it was recorded."""
    return await RECORDED.all(reading, household_id=household_id, happened_on=day)


async def by_day(reading: Reading, ids: Sequence[UUID], since: date) -> dict[UUID, dict[date, list[OfDay]]]:
    """The same of several families and of each day from that one on on which somebody went or called."""
    found: dict[UUID, dict[date, list[OfDay]]] = {one: {} for one in ids}
    for one in await RECORDED_SINCE.all(reading, ids=list(ids), since=since):
        found[one.household_id].setdefault(one.happened_on, []).append(one)
    return found


async def answered_besides(reading: Reading, visit: VisitOut) -> bool:
    """Whether another record of the family of that day has settled a check."""
    found = await ANSWERED.first(
        reading, household_id=visit.household_id, happened_on=visit.happened_on, id=visit.id
    )
    return found is not None
