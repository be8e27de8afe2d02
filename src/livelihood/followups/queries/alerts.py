"""Alerts, with who took note of them."""

from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    DateTime,
    Integer,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.cursors import Instant, packed, unpacked
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import Acknowledgement, Alert, Visit
from livelihood.followups.queries import missing
from livelihood.followups.queries.offices import offices_asked
from livelihood.followups.rules.alerts import AlertKind
from livelihood.followups.schemas import AlertOut
from livelihood.households.models import Household, Member, Place
from livelihood.observations.models import Observation

PAGE_SIZE = 50
LAST = 9, datetime(9999, 12, 31, tzinfo=UTC), UUID(int=0)
Urgency = Annotated[int, msgspec.Meta(ge=0, le=9)]


class LookedFor(msgspec.Struct, frozen=True):
    member_id: UUID


# A missing child before all else; a child at risk waits behind those who are out of school already.
RANK = {AlertKind.MISSING_CHILD: 2, AlertKind.OUT_OF_SCHOOL: 1, AlertKind.AT_RISK: 0}
URGENCY = case(
    *(
        (Alert.kind == literal_column(f"'{kind}'"), literal_column(str(rank), Integer))
        for kind, rank in RANK.items()
    )
)

ACKNOWLEDGEMENTS = (
    select(
        func.coalesce(
            func.jsonb_agg(
                aggregate_order_by(
                    func.jsonb_build_object(
                        literal_column("'id'"),
                        Acknowledgement.id,
                        literal_column("'note'"),
                        Acknowledgement.note,
                        literal_column("'by'"),
                        Staff.name,
                        literal_column("'at'"),
                        Acknowledgement.acknowledged_at,
                        literal_column("'answers'"),
                        Acknowledgement.answers,
                    ),
                    Acknowledgement.acknowledged_at,
                    Acknowledgement.id,
                )
            ),
            literal_column("'[]'::jsonb"),
            type_=JSONB,
        )
    )
    .join(Staff, Staff.id == Acknowledgement.acknowledged_by)
    .where(Acknowledgement.alert_id == Alert.id)
    .correlate(Alert)
    .scalar_subquery()
)


# By what it found, or, where it found nothing of the child, by who was there.
CLOSED_AT = func.coalesce(
    select(Observation.visit_id).where(Observation.id == Alert.closed_by).correlate(Alert).scalar_subquery(),
    select(Visit.id).where(Visit.id == Alert.closed_by).correlate(Alert).scalar_subquery(),
)


def alerts() -> Any:
    return (
        select(
            Alert.id,
            Alert.kind,
            Alert.office_id,
            Alert.household_id,
            Household.code.label("household_code"),
            Place.name_km.label("village_km"),
            Place.name_latin.label("village_latin"),
            Household.phone,
            Alert.member_id,
            Member.family_name_km,
            Member.given_name_km,
            Member.family_name_latin,
            Member.given_name_latin,
            Alert.visit_id,
            Alert.opened_on,
            Alert.opened_at,
            Alert.closed_on,
            Alert.closed_because,
            ACKNOWLEDGEMENTS.label("acknowledgements"),
            Alert.reason,
            Alert.reopened_at,
            CLOSED_AT.label("closed_at_visit"),
        )
        .join(Household, Household.id == Alert.household_id)
        .join(Place, Place.code == Household.village_code)
        .join(Member, Member.id == Alert.member_id)
    )


ONE = Read(alerts().where(Alert.id == bindparam("id", type_=Uuid)), AlertOut)
OF_HOUSEHOLD = Read(
    alerts()
    .where(Alert.household_id == bindparam("household_id", type_=Uuid))
    .order_by(Alert.opened_at.desc(), Alert.id),
    AlertOut,
)
# Found by their households, for which there is an index.
OF_VISITS = Read(
    alerts()
    .where(
        Alert.household_id == any_(bindparam("household_ids", type_=ARRAY(Uuid))),
        Alert.visit_id == any_(bindparam("visit_ids", type_=ARRAY(Uuid))),
    )
    .order_by(Alert.id),
    AlertOut,
)

MISSING = Read(
    select(Alert.member_id).where(Alert.household_id == bindparam("household_id", type_=Uuid), missing.OPEN),
    LookedFor,
)


@cache
def listed(*, closed: bool) -> Read[AlertOut]:
    """The most urgent kind first, and of each the newest."""
    return Read(
        alerts()
        .where(
            Alert.closed_on.is_not(None) if closed else Alert.closed_on.is_(None),
            Alert.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
            tuple_(URGENCY, Alert.opened_at, Alert.id)
            < tuple_(
                bindparam("urgency", type_=Integer),
                bindparam("before", type_=DateTime(timezone=True)),
                bindparam("before_id", type_=Uuid),
            ),
        )
        .order_by(URGENCY.desc(), Alert.opened_at.desc(), Alert.id.desc())
        .limit(bindparam("limit")),
        AlertOut,
    )


async def list_alerts(
    reading: Reading,
    *,
    closed: bool = False,
    office: int | None = None,
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> Page[AlertOut]:
    reading.actor.require(Permission.ALERTS_READ)
    urgency, before, before_id = unpacked(cursor, tuple[Urgency, Instant, UUID]) if cursor else LAST
    rows = await listed(closed=closed).all(
        reading,
        offices=offices_asked(reading.actor, Permission.ALERTS_READ, office),
        urgency=urgency,
        before=before,
        before_id=before_id,
        limit=limit + 1,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], packed(RANK[AlertKind(last.kind)], last.opened_at, last.id) if last else None)


async def looked_for(reading: Reading, household_id: UUID) -> set[UUID]:
    """The children of this household who are missing: nothing that was recorded of them is put right by one person alone."""
    return {one.member_id for one in await MISSING.all(reading, household_id=household_id)}


async def one(reading: Reading, alert_id: UUID) -> AlertOut:
    """Raises `NotFound`."""
    found = await ONE.first(reading, id=alert_id)
    if found is None or not reading.actor.may(Permission.ALERTS_READ, found.office_id):
        raise NotFound(say("There is no such alert here. Look in the list of alerts."))
    return found


async def of_household(reading: Reading, household_id: UUID) -> list[AlertOut]:
    """Open and closed ones, the newest first; nothing for those who may not read the office's alerts."""
    if not reading.actor.may(Permission.ALERTS_READ):
        return []
    found = await OF_HOUSEHOLD.all(reading, household_id=household_id)
    return [one for one in found if reading.actor.may(Permission.ALERTS_READ, one.office_id)]


async def raised_at(reading: Reading, visits: dict[UUID, UUID]) -> dict[UUID, list[AlertOut]]:
    """By visit, what each of these raised, given with the household of each; nothing for those who may not read it."""
    raised: dict[UUID, list[AlertOut]] = {}
    if not visits or not reading.actor.may(Permission.ALERTS_READ):
        return raised
    found = await OF_VISITS.all(reading, household_ids=sorted(set(visits.values())), visit_ids=sorted(visits))
    for one in found:
        if one.visit_id is not None and reading.actor.may(Permission.ALERTS_READ, one.office_id):
            raised.setdefault(one.visit_id, []).append(one)
    return raised
