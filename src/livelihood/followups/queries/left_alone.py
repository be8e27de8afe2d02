"""Children who left without their family: whoever hands families over sees them until one has taken note."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, SmallInteger, any_, bindparam, case, func, literal_column, select, text

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.households.models import Household, Leaving, Member, Place
from livelihood.households.rules import BirthPrecision, MemberLeft

MOST = 200


class LeftAlone(msgspec.Struct):
    """`all_of_them`: how many there are, however many are listed."""

    leaving_id: UUID
    household_id: UUID
    household_code: str
    village_km: str
    village_latin: str
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    left_on: date
    recorded_by: str
    all_of_them: int


# By the latest possible birthday, as everywhere; whose day of birth is not known is at most a year younger.
GROWN_ON = Member.born_on + case(
    (Member.born_precision == literal_column(f"'{BirthPrecision.DAY.value}'"), text("interval '18 years'")),
    else_=text("interval '19 years'"),
)
TO_NOTE = Read(
    select(
        Leaving.id.label("leaving_id"),
        Leaving.household_id,
        Household.code.label("household_code"),
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Leaving.left_on,
        Staff.name.label("recorded_by"),
        func.count().over().label("all_of_them"),
    )
    .join(Member, Member.id == Leaving.member_id)
    .join(Household, Household.id == Leaving.household_id)
    .join(Place, Place.code == Household.village_code)
    .join(Staff, Staff.id == Leaving.recorded_by)
    .where(
        Leaving.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
        Leaving.because != literal_column(f"'{MemberLeft.DIED.value}'"),
        Leaving.ended_on.is_(None),
        Leaving.noted_at.is_(None),
        Leaving.left_on < GROWN_ON,
    )
    .order_by(Leaving.left_on, Leaving.id)
    .limit(bindparam("limit")),
    LeftAlone,
)


async def waiting(reading: Reading, limit: int = MOST) -> list[LeftAlone]:
    """Of the offices whose families the reader may hand over; who left first comes first."""
    offices = sorted(reading.actor.offices_for(Permission.HOUSEHOLDS_HAND_OVER))
    return await TO_NOTE.all(reading, offices=offices, limit=limit) if offices else []
