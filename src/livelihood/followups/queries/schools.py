"""Schools, and their pupils as far as the actor's offices follow them."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Integer, SmallInteger, Uuid, any_, bindparam, column, func, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.queries.people import Child, children
from livelihood.followups.queries.worklist import TO_DO_THERE
from livelihood.followups.rules.protocols import Purpose
from livelihood.households.models import Household, Member, Place, School
from livelihood.households.search_key import normalise

SCHOOL_AGE = 6


class SchoolOut(msgspec.Struct):
    """`pupils`: children of the actor's offices who were last known to go there."""

    id: UUID
    name_km: str
    name_latin: str | None
    village_code: str
    village_km: str
    village_latin: str
    pupils: int


class PupilRow(msgspec.Struct, frozen=True):
    member_id: UUID
    household_id: UUID
    code: str
    grade: int | None


class Belongs(msgspec.Struct, frozen=True):
    id: UUID
    household_id: UUID


class Pupil(msgspec.Struct, frozen=True):
    """A child of a school; `grade` as it was last told, `due` where a school check waits."""

    household_id: UUID
    household_code: str
    grade: int | None
    due: bool
    child: Child


PUPILS = (
    func.app.pupils(
        bindparam("offices", type_=ARRAY(SmallInteger)), bindparam("school_id", type_=Uuid), type_=None
    )
    .table_valued(
        column("member_id", Uuid),
        column("household_id", Uuid),
        column("office_id", SmallInteger),
        column("school_id", Uuid),
        column("grade", Integer),
    )
    .alias("pupils")
)
OF_SCHOOL = Read(
    select(PUPILS.c.member_id, PUPILS.c.household_id, Household.code, PUPILS.c.grade).join(
        Household, Household.id == PUPILS.c.household_id
    ),
    PupilRow,
)
SCHOOL_COLUMNS = (
    School.id,
    School.name_km,
    School.name_latin,
    School.village_code,
    Place.name_km.label("village_km"),
    Place.name_latin.label("village_latin"),
)
WITH_PUPILS = Read(
    select(*SCHOOL_COLUMNS, func.count(PUPILS.c.member_id).label("pupils"))
    .join_from(PUPILS, School, School.id == PUPILS.c.school_id)
    .join(Place, Place.code == School.village_code)
    .group_by(School.id, Place.code)
    .order_by(School.village_code, School.name_km, School.id),
    SchoolOut,
)
NAMED = Read(
    select(*SCHOOL_COLUMNS, func.count(PUPILS.c.member_id).label("pupils"))
    .join_from(School, Place, Place.code == School.village_code)
    .outerjoin(PUPILS, PUPILS.c.school_id == School.id)
    .where(School.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .group_by(School.id, Place.code),
    SchoolOut,
)
HOUSEHOLDS_OF = Read(
    select(Member.id, Member.household_id).where(Member.id == any_(bindparam("ids", type_=ARRAY(Uuid)))),
    Belongs,
)


def _offices(reading: Reading) -> list[int]:
    return sorted(reading.actor.offices_for(Permission.VISITS_RECORD))


async def schools(reading: Reading, typed: str = "") -> list[SchoolOut]:
    """Those that children of the actor's offices go to, by village; of those the ones called as was typed."""
    reading.actor.require(Permission.VISITS_RECORD)
    found = await WITH_PUPILS.all(reading, offices=_offices(reading), school_id=None)
    wanted = normalise(typed)
    return [one for one in found if wanted in normalise(_words(one))]


def _words(school: SchoolOut) -> str:
    return " ".join(
        filter(None, (school.name_km, school.name_latin, school.village_km, school.village_latin))
    )


async def school(reading: Reading, school_id: UUID) -> SchoolOut:
    """Raises `NotFound`."""
    found = await NAMED.first(reading, offices=_offices(reading), school_id=school_id, ids=[school_id])
    if found is None:
        raise NotFound(say("There is no such school. Look for it in the list of schools."))
    return found


async def pupils(reading: Reading, school_id: UUID, today: date) -> list[Pupil]:
    """The children of a school by grade and family name; who has left the household or grown up is none any more."""
    reading.actor.require(Permission.VISITS_RECORD)
    rows = await OF_SCHOOL.all(reading, offices=_offices(reading), school_id=school_id)
    households = sorted({row.household_id for row in rows})
    people = {
        child.id: child
        for family in (await children(reading, households, today)).values()
        for child in family
    }
    due = {
        one.member_id
        for one in await TO_DO_THERE.all(reading, ids=households, today=today)
        if one.purpose == Purpose.SCHOOL
    }
    found = [
        Pupil(row.household_id, row.code, row.grade, row.member_id in due, child)
        for row in rows
        if (child := people.get(row.member_id))
        and child.present
        and child.is_child
        and child.age >= SCHOOL_AGE
    ]
    return sorted(found, key=_by_grade)


def _by_grade(pupil: Pupil) -> tuple[int, str, str, UUID]:
    last_of_all = 99
    child = pupil.child
    return (
        last_of_all if pupil.grade is None else pupil.grade,
        child.family_name_km or child.family_name_latin or "",
        child.given_name_km or child.given_name_latin or "",
        child.id,
    )


async def households_of(reading: Reading, member_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The household of each member that the actor's offices hold."""
    found = await HOUSEHOLDS_OF.all(reading, ids=list(member_ids))
    return {one.id: one.household_id for one in found}
