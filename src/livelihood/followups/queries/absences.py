"""Who of a family is away for a season, was, or will be."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Date, Uuid, and_, any_, bindparam, cast, exists, func, null, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Absence, FollowedChild
from livelihood.followups.queries.confirmed import seen
from livelihood.followups.queries.states import TODAY
from livelihood.followups.rules import facts
from livelihood.followups.schemas import AbsenceOut, Away

# `rules.facts.Absence.ended_by`, for as long as it matters: whoever was there after they were to leave is back.
SEEN = and_(FollowedChild.member_id == Absence.member_id, FollowedChild.seen_on > Absence.away_from)
ABSENCES = select(
    Absence.id,
    Absence.household_id,
    Absence.member_id,
    Absence.away_from,
    Absence.away_until,
    Absence.reason,
    cast(null(), Date).label("ended_on"),
)
OF_HOUSEHOLD = Read(
    ABSENCES.where(Absence.household_id == bindparam("household_id", type_=Uuid)).order_by(
        Absence.away_from, Absence.id
    ),
    AbsenceOut,
)
AWAY = Read(
    select(Absence.household_id, Absence.member_id, func.max(Absence.away_until).label("until"))
    .where(
        Absence.household_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        Absence.away_from <= TODAY,
        Absence.away_until > TODAY,
        ~exists().where(SEEN),
    )
    .group_by(Absence.household_id, Absence.member_id)
    .order_by(Absence.household_id, Absence.member_id),
    Away,
)
ONE = Read(ABSENCES.where(Absence.id == bindparam("id", type_=Uuid)), AbsenceOut)


async def of_household(reading: Reading, household_id: UUID) -> list[AbsenceOut]:
    """In the order of the days; nothing for those who follow nobody up."""
    if not reading.actor.may(Permission.FOLLOW_UPS_READ):
        return []
    return await _as_seen(reading, household_id, await OF_HOUSEHOLD.all(reading, household_id=household_id))


async def away_on(reading: Reading, household_ids: Sequence[UUID], today: date) -> list[Away]:
    """The members of these households who are away on a day, with the day of their return."""
    if not reading.actor.may(Permission.FOLLOW_UPS_READ):
        return []
    return await AWAY.all(reading, ids=list(household_ids), today=today)


async def one(reading: Reading, absence_id: UUID) -> AbsenceOut | None:
    found = await ONE.first(reading, id=absence_id)
    return (await _as_seen(reading, found.household_id, [found]))[0] if found else None


async def _as_seen(reading: Reading, household_id: UUID, said: list[AbsenceOut]) -> list[AbsenceOut]:
    """With the day on which each ended by their being seen."""
    if not said:
        return []
    days = await seen(reading, household_id)
    return [
        one
        if (until := _until(one, days.get(one.member_id, ()))) == one.away_until
        else msgspec.structs.replace(one, ended_on=until)
        for one in said
    ]


def _until(one: AbsenceOut, days: Sequence[date]) -> date:
    return facts.Absence(one.away_from, one.away_until).ended_by(days).until
