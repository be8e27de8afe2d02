"""Children who are missing, followed by a plan or not: of a family without a grant, too, and of one whose case is closed."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, SmallInteger, Uuid, any_, bindparam, literal_column, select

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert, FollowedChild
from livelihood.followups.queries.offices import offices_asked
from livelihood.households.models import Household, Member, Place
from livelihood.observations import queries as observations
from livelihood.observations.rules import Elsewhere, last_whereabouts, standing

IS_MISSING = Alert.kind == literal_column("'missing_child'")
# An alert that a child is missing, still open.
OPEN = IS_MISSING & Alert.closed_on.is_(None)


class OpenAlert(msgspec.Struct, frozen=True):
    id: UUID


OF_HOUSEHOLD = Read(
    select(Alert.id)
    .where(Alert.household_id == bindparam("household_id", type_=Uuid), OPEN)
    .order_by(Alert.id),
    OpenAlert,
)


class Missing(msgspec.Struct):
    """`followed_since` is None where no plan asks after the child: then the board of silence has no row of them."""

    alert_id: UUID
    missing_since: date
    member_id: UUID
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    household_id: UUID
    household_code: str
    village_km: str
    village_latin: str
    phone: str | None
    monitor: str | None
    high_risk: bool | None
    followed_since: date | None
    confirmed_on: date | None
    lost_on: date | None
    office_id: int


@cache
def listed(*, monitor: bool) -> Read[Missing]:
    """The newest first, as in the list of alerts. Open alerts have an index of their own, and few are of this kind."""
    statement: Any = (
        select(
            Alert.id.label("alert_id"),
            Alert.opened_on.label("missing_since"),
            Alert.member_id,
            Member.family_name_km,
            Member.given_name_km,
            Member.family_name_latin,
            Member.given_name_latin,
            Alert.household_id,
            Household.code.label("household_code"),
            Place.name_km.label("village_km"),
            Place.name_latin.label("village_latin"),
            Household.phone,
            Staff.name.label("monitor"),
            FollowedChild.high_risk,
            FollowedChild.followed_since,
            FollowedChild.confirmed_on,
            FollowedChild.lost_on,
            Alert.office_id,
        )
        .join(Household, Household.id == Alert.household_id)
        .join(Member, Member.id == Alert.member_id)
        .join(Place, Place.code == Household.village_code)
        .outerjoin(Staff, Staff.id == Household.monitor_id)
        .outerjoin(FollowedChild, FollowedChild.member_id == Alert.member_id)
        .where(
            OPEN,
            Alert.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
        )
        .order_by(Alert.opened_at.desc(), Alert.id.desc())
    )
    if monitor:
        statement = statement.where(Household.monitor_id == bindparam("monitor", type_=Uuid))
    return Read(statement, Missing)


async def missing(
    reading: Reading, *, office: int | None = None, monitor: UUID | None = None
) -> list[Missing]:
    reading.actor.require(Permission.ALERTS_READ)
    of_whom = {"monitor": monitor} if monitor else {}
    return await listed(monitor=monitor is not None).all(
        reading, offices=offices_asked(reading.actor, Permission.ALERTS_READ, office), **of_whom
    )


async def last_known(reading: Reading, children: Sequence[Missing]) -> dict[UUID, Elsewhere]:
    """Where each of them was said to be last, as far as anybody said it; for those who read visits."""
    told = [one for one in children if reading.actor.may(Permission.VISITS_READ, one.office_id)]
    if not told:
        return {}
    records = await observations.of_households(reading, sorted({one.household_id for one in told}))
    found: dict[UUID, Elsewhere] = {}
    for one in told:
        mine = [record for record in records[one.household_id] if record.member_id == one.member_id]
        if last := last_whereabouts(standing(mine)):
            found[one.member_id] = last
    return found


async def alerts_of(reading: Reading, household_id: UUID) -> list[UUID]:
    """The open ones of this household."""
    return [one.id for one in await OF_HOUSEHOLD.all(reading, household_id=household_id)]
