"""Children who left without their family: whoever hands families over sees them until one has taken note."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, SmallInteger, Uuid, and_, any_, bindparam, func, literal_column, select

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.households.models import Household, Leaving, Member, Place
from livelihood.households.queries import LATEST_BIRTH
from livelihood.households.rules import MemberLeft

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


class ToNote(msgspec.Struct, frozen=True):
    leaving_id: UUID


# Who left as a child stays listed on the eighteenth birthday, and when the family's case is closed: nobody has said
# since who looks after them there. In the words of the index `ix_leavings_to_note`.
UNNOTED = and_(
    Leaving.member_id.is_not(None),
    Leaving.because != literal_column(f"'{MemberLeft.DIED.value}'"),
    Leaving.ended_on.is_(None),
    Leaving.noted_at.is_(None),
    Leaving.left_on < LATEST_BIRTH + literal_column("interval '18 years'"),
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
        UNNOTED,
    )
    .order_by(Leaving.left_on, Leaving.id)
    .limit(bindparam("limit")),
    LeftAlone,
)

OF_HOUSEHOLD = Read(
    select(Leaving.id.label("leaving_id"))
    .join(Member, Member.id == Leaving.member_id)
    .where(Leaving.household_id == bindparam("household_id", type_=Uuid), UNNOTED),
    ToNote,
)


async def of_household(reading: Reading, household_id: UUID) -> set[UUID]:
    """The leavings of this family that wait for somebody to take note, by the rule by which they are listed."""
    return {one.leaving_id for one in await OF_HOUSEHOLD.all(reading, household_id=household_id)}


async def waiting(reading: Reading, limit: int | None = MOST) -> list[LeftAlone]:
    """Of the offices whose families the reader may hand over; who left first comes first."""
    offices = sorted(reading.actor.offices_for(Permission.HOUSEHOLDS_HAND_OVER))
    return await TO_NOTE.all(reading, offices=offices, limit=limit) if offices else []
