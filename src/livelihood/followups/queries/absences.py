"""Who of a family is away for a season, was, or will be."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Absence
from livelihood.followups.schemas import AbsenceOut

ABSENCES = select(
    Absence.id, Absence.household_id, Absence.member_id, Absence.away_from, Absence.away_until, Absence.reason
)
OF_HOUSEHOLD = Read(
    ABSENCES.where(Absence.household_id == bindparam("household_id", type_=Uuid)).order_by(
        Absence.away_from, Absence.id
    ),
    AbsenceOut,
)
ONE = Read(ABSENCES.where(Absence.id == bindparam("id", type_=Uuid)), AbsenceOut)


async def of_household(reading: Reading, household_id: UUID) -> list[AbsenceOut]:
    """In the order of the days; nothing for those who follow nobody up."""
    if not reading.actor.may(Permission.FOLLOW_UPS_READ):
        return []
    return await OF_HOUSEHOLD.all(reading, household_id=household_id)


async def one(reading: Reading, absence_id: UUID) -> AbsenceOut | None:
    return await ONE.first(reading, id=absence_id)
