"""Families of missing children: whoever goes out goes there first, also where nothing else is due."""

from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    DateTime,
    Float,
    SmallInteger,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
)

from livelihood.accounts.permissions import Permission
from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert, Visit
from livelihood.followups.queries.houses import Commune, HouseholdRow, distance, house
from livelihood.followups.queries.narrowed import COMMUNE_CODE, Narrowed, narrowed
from livelihood.followups.queries.whose import IN_NO_HANDS, OF_MONITORS
from livelihood.followups.schemas import MissingChild
from livelihood.households.models import Household, Place
from livelihood.observations.models import Observation

# A missing child is no matter of one purpose: whoever narrows the list by these sees them too.
ALWAYS = {"purpose", "besides"}
# Those in no hands are on every list of somebody's households.
WHOSE = {"monitors", "nobodys"}
MISSING = Alert.kind == literal_column("'missing_child'")
ALERT_OFFICES = bindparam("alert_offices", type_=ARRAY(SmallInteger))


class LookedForRow(HouseholdRow, frozen=True):
    alert_id: UUID
    member_id: UUID
    missing_since: date


class LookedFor(msgspec.Struct, frozen=True):
    """The houses in visiting order, and who of each is missing."""

    rows: list[HouseholdRow]
    missing: dict[UUID, list[MissingChild]]


def families_of_missing(*columns: Any, which: tuple[str, ...]) -> Any:
    """A select over alerts and households, a row for each missing child; nobody is sent to a family whose case is closed.

    Of the families that a list narrowed by `which` is asked for, and of those in nobody's hands whoever's are asked for:
    else no monitor would find them where they look. Takes `alert_offices`, and `today` for these.
    """
    statement = (
        select(*columns)
        .join_from(Alert, Household, Household.id == Alert.household_id)
        .where(
            MISSING,
            Alert.closed_on.is_(None),
            Household.closed_on.is_(None),
            Alert.office_id == any_(ALERT_OFFICES),
        )
    )
    if "monitors" in which:
        statement = statement.where(OF_MONITORS | IN_NO_HANDS)
    return narrowed(statement, tuple(name for name in which if name not in ALWAYS | WHOSE))


def alert_offices(actor: Actor, office: int | None) -> list[int]:
    """Where this person is told who is missing, or of that the one office asked for."""
    offices = actor.offices_for(Permission.ALERTS_READ) & actor.offices_for(Permission.FOLLOW_UPS_READ)
    return sorted(offices if office is None else offices & {office})


@cache
def listed(which: tuple[str, ...], *, nearest: bool) -> Read[LookedForRow]:
    km = distance() if nearest else cast(None, Float)
    statement = (
        families_of_missing(
            *house(km, Alert.opened_on, which),
            Alert.id.label("alert_id"),
            Alert.member_id,
            Alert.opened_on.label("missing_since"),
            which=which,
        )
        .join(Place, Place.code == Household.village_code)
        .outerjoin(Commune, Commune.code == COMMUNE_CODE)
        .order_by(
            *((km.nulls_last(),) if nearest else ()),
            Household.village_code,
            Household.code,
            Alert.opened_on,
            Alert.id,
        )
    )
    return Read(statement, LookedForRow)


async def looked_for(
    reading: Reading, asked: Narrowed, point: dict[str, object], *, today: date
) -> LookedFor:
    """Of the families asked for; none for who may not read alerts. `point`: from where one sets out, if that is known."""
    offices = alert_offices(reading.actor, asked.office)
    if not offices:
        return LookedFor([], {})
    given = {name: value for name, value in asked.given().items() if name not in {*ALWAYS, "nobodys"}}
    read = listed(tuple(given), nearest=bool(point))
    rows: dict[UUID, HouseholdRow] = {}
    missing: dict[UUID, list[MissingChild]] = {}
    for row in await read.all(reading, **given, **point, alert_offices=offices, today=today):
        rows[row.id] = row
        child = MissingChild(row.alert_id, row.member_id, row.missing_since)
        missing.setdefault(row.id, []).append(child)
    return LookedFor(list(rows.values()), missing)


# What was known when a sheet was printed: an alert that a later visit or finding closed was open still.
THEN = Read(
    select(Alert.id.label("alert_id"), Alert.member_id, Alert.opened_on.label("missing_since"))
    .outerjoin(Observation, Observation.id == Alert.closed_by)
    .outerjoin(Visit, Visit.id == Alert.closed_by)
    .where(
        MISSING,
        Alert.household_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        Alert.office_id == bindparam("office", type_=SmallInteger),
        Alert.opened_at <= bindparam("at", type_=DateTime(timezone=True)),
        or_(
            Alert.closed_on.is_(None),
            func.coalesce(Observation.recorded_at, Visit.recorded_at)
            > bindparam("at", type_=DateTime(timezone=True)),
        ),
    )
    .order_by(Alert.opened_on, Alert.id),
    MissingChild,
)


async def missing_then(
    reading: Reading, household_ids: list[UUID], office: int, at: datetime
) -> dict[UUID, MissingChild]:
    """Who of these families was missing, by member; nobody for who may not read the office's alerts."""
    if not reading.actor.may(Permission.ALERTS_READ, office):
        return {}
    found = await THEN.all(reading, ids=household_ids, office=office, at=at)
    return {one.member_id: one for one in found}
