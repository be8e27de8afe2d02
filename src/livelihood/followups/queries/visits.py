"""Visits, what was found, and what it changed."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Date,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.cursors import packed, unpacked
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import Alert, FollowUp, Visit
from livelihood.followups.queries.alerts import alerts
from livelihood.followups.queries.lists import follow_ups
from livelihood.followups.queries.states import OPEN, TODAY
from livelihood.followups.schemas import AlertOut, FollowUpOut, VisitEffect, VisitOut
from livelihood.households.models import Household
from livelihood.observations.models import Observation

PAGE_SIZE = 50

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
    .where(Observation.visit_id == Visit.id)
    .correlate(Visit)
    .scalar_subquery()
)


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
            Visit.note,
            Staff.name.label("recorded_by"),
            Visit.recorded_at,
            FINDINGS.label("findings"),
        )
        .join(Household, Household.id == Visit.household_id)
        .join(Staff, Staff.id == Visit.recorded_by)
    )


ONE = Read(visits().where(Visit.id == bindparam("id", type_=Uuid)), VisitOut)

OF_VISIT = select(Observation.id).where(Observation.visit_id == bindparam("id", type_=Uuid))
SETTLED = Read(
    follow_ups().where(FollowUp.settled_by.in_(OF_VISIT)).order_by(FollowUp.due_on, FollowUp.id), FollowUpOut
)
# What the alerts raised by a visit have added to the plan.
EXTRA = Read(
    follow_ups()
    .where(
        FollowUp.anchor_id.in_(select(Alert.id).where(Alert.visit_id == bindparam("id", type_=Uuid))), OPEN
    )
    .order_by(FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)
NEXT = Read(
    follow_ups()
    .where(FollowUp.household_id == bindparam("household_id", type_=Uuid), OPEN, FollowUp.closes_on >= TODAY)
    .order_by(FollowUp.due_on, FollowUp.id)
    .limit(1),
    FollowUpOut,
)
OPENED = Read(alerts().where(Alert.visit_id == bindparam("id", type_=Uuid)).order_by(Alert.id), AlertOut)
CLOSED = Read(alerts().where(Alert.closed_by.in_(OF_VISIT)).order_by(Alert.id), AlertOut)


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


async def effect(reading: Reading, visit: VisitOut, today: date) -> VisitEffect:
    """What a visit has settled and raised, and what comes next, as it stands now."""
    may_read_alerts = reading.actor.may(Permission.ALERTS_READ, visit.office_id)
    upcoming = await NEXT.first(reading, household_id=visit.household_id, today=today)
    return VisitEffect(
        visit=visit,
        settled=await SETTLED.all(reading, id=visit.id, today=today),
        alerts_opened=await OPENED.all(reading, id=visit.id) if may_read_alerts else [],
        alerts_closed=await CLOSED.all(reading, id=visit.id) if may_read_alerts else [],
        extra_checks=await EXTRA.all(reading, id=visit.id, today=today),
        next_follow_up=upcoming,
    )
