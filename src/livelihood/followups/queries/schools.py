"""Schools, and their pupils as far as the actor's offices follow them."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Select,
    TableValuedAlias,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    func,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import FollowUp
from livelihood.followups.queries.narrowed import SCHOOL_CHECK
from livelihood.followups.queries.numbers import numbers
from livelihood.followups.queries.people import Child, children
from livelihood.followups.queries.pupils import GRADES, GradeTold, pupils_of
from livelihood.followups.queries.states import TO_DO
from livelihood.followups.queries.worklist import TO_DO_THERE
from livelihood.followups.rules.numbers import NumberKey
from livelihood.followups.rules.out_of_school import GROWN
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.schemas import RollRow
from livelihood.households.models import Household, Member, Place, School
from livelihood.households.rules import surely
from livelihood.households.search_key import normalise
from livelihood.observations.models import Observation
from livelihood.observations.queries import IN_FORCE, STANDS
from livelihood.observations.rules import Kind

COMMUNE_DIGITS = 6
MOST_NEAR = 60


class SchoolName(msgspec.Struct):
    id: UUID
    name_km: str
    name_latin: str | None
    village_code: str
    village_km: str
    village_latin: str


class SchoolOut(SchoolName):
    """`pupils`: children of the actor's offices who were last known to go there; `waiting`: whose school check waits."""

    pupils: int
    waiting: int


class PupilRow(msgspec.Struct, frozen=True):
    school_id: UUID
    member_id: UUID
    household_id: UUID
    code: str
    grade: int | None


class Belongs(msgspec.Struct, frozen=True):
    id: UUID
    household_id: UUID
    code: str
    born_on: date
    born_precision: str

    def is_child(self, day: date) -> bool:
        return not surely(self, GROWN, day)


class Pupil(msgspec.Struct, frozen=True):
    """A child of a school; `grade` as it was last told there, `closes_on` of the first school check that waits.
    `grade_told_on`: what was learnt since says nothing of a grade.
    """

    household_id: UUID
    household_code: str
    grade: int | None
    closes_on: date | None
    child: Child
    grade_told_on: date | None = None

    @property
    def due(self) -> bool:
        return self.closes_on is not None


OF_ONE = pupils_of(bindparam("school_id", type_=Uuid))
PUPILS = pupils_of()


def _rows(of: TableValuedAlias) -> Select[*tuple[Any, ...]]:
    return select(of.c.school_id, of.c.member_id, of.c.household_id, Household.code, of.c.grade).join(
        Household, Household.id == of.c.household_id
    )


OF_SCHOOL = Read(_rows(OF_ONE), PupilRow)
SCHOOL_COLUMNS = (
    School.id,
    School.name_km,
    School.name_latin,
    School.village_code,
    Place.name_km.label("village_km"),
    Place.name_latin.label("village_latin"),
)
WAITING = func.count(FollowUp.member_id.distinct())
WITH_PUPILS = Read(
    select(
        *SCHOOL_COLUMNS,
        func.count(PUPILS.c.member_id.distinct()).label("pupils"),
        WAITING.label("waiting"),
    )
    .join_from(PUPILS, School, School.id == PUPILS.c.school_id)
    .join(Place, Place.code == School.village_code)
    .outerjoin(FollowUp, and_(FollowUp.member_id == PUPILS.c.member_id, SCHOOL_CHECK, TO_DO))
    .group_by(School.id, Place.code)
    .order_by(WAITING == 0, School.village_code, School.name_km, School.id),
    SchoolOut,
)
NAMED = Read(
    select(*SCHOOL_COLUMNS)
    .join_from(School, Place, Place.code == School.village_code)
    .where(School.id == bindparam("school_id", type_=Uuid)),
    SchoolName,
)
HOUSEHOLDS_OF = Read(
    select(Member.id, Member.household_id, Household.code, Member.born_on, Member.born_precision)
    .join(Household, Household.id == Member.household_id)
    .where(Member.id == any_(bindparam("ids", type_=ARRAY(Uuid)))),
    Belongs,
)


class Near(msgspec.Struct, frozen=True):
    """A school that a child of the village may go to; `here`: it is in the village itself."""

    id: UUID
    name_km: str
    name_latin: str | None
    village_km: str
    village_latin: str
    here: bool


class LastKnown(msgspec.Struct, frozen=True):
    """The school that was named last of a child, and when."""

    member_id: UUID
    school_id: UUID
    happened_on: date


LAST_KNOWN = Read(
    select(
        Observation.member_id,
        cast(Observation.details["school_id"].astext, Uuid).label("school_id"),
        Observation.happened_on,
    )
    .ext(distinct_on(Observation.member_id))
    .where(
        Observation.household_id == bindparam("household_id", type_=Uuid),
        Observation.kind == Kind.EDUCATION.value,
        Observation.details["school_id"].astext.is_not(None),
        STANDS,
        IN_FORCE,
    )
    .order_by(
        Observation.member_id,
        Observation.happened_on.desc(),
        Observation.recorded_at.desc(),
        Observation.id.desc(),
    ),
    LastKnown,
)
VILLAGE = bindparam("village", type_=Text)
# Those of the commune, the village's own first; and whichever were named before, wherever they are.
NEAR = Read(
    select(
        School.id,
        School.name_km,
        School.name_latin,
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        (School.village_code == VILLAGE).label("here"),
    )
    .join(Place, Place.code == School.village_code)
    .where(
        or_(
            func.left(School.village_code, COMMUNE_DIGITS) == func.left(VILLAGE, COMMUNE_DIGITS),
            School.id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        )
    )
    .order_by(School.village_code != VILLAGE, Place.name_latin, School.name_km, School.id)
    .limit(MOST_NEAR),
    Near,
)


async def near(reading: Reading, village_code: str, known: Iterable[UUID]) -> list[Near]:
    """The schools to choose from for a child of this village."""
    return await NEAR.all(reading, village=village_code, ids=sorted(set(known)))


async def last_known(reading: Reading, household_id: UUID) -> dict[UUID, LastKnown]:
    """Of each child of whom a school was ever named."""
    return {one.member_id: one for one in await LAST_KNOWN.all(reading, household_id=household_id)}


def _offices(reading: Reading) -> list[int]:
    return sorted(reading.actor.offices_for(Permission.VISITS_RECORD))


async def schools(reading: Reading, typed: str = "", *, today: date) -> list[SchoolOut]:
    """Those that children of the actor's offices go to, first where a check waits, by village; of those the ones
    called as was typed.
    """
    reading.actor.require(Permission.VISITS_RECORD)
    found = await WITH_PUPILS.all(reading, offices=_offices(reading), today=today)
    wanted = normalise(typed)
    return [one for one in found if wanted in normalise(_words(one))]


def _words(school: SchoolName) -> str:
    return " ".join(
        filter(None, (school.name_km, school.name_latin, school.village_km, school.village_latin))
    )


async def school(reading: Reading, school_id: UUID) -> SchoolName:
    """Raises `NotFound`."""
    found = await NAMED.first(reading, school_id=school_id)
    if found is None:
        raise NotFound(say("There is no such school. Look for it in the list of schools."))
    return found


async def pupils(reading: Reading, school_id: UUID, today: date) -> list[Pupil]:
    """The children of a school by grade and family name; who has left the household or grown up is none any more."""
    reading.actor.require(Permission.VISITS_RECORD)
    rows = await OF_SCHOOL.all(reading, offices=_offices(reading), school_id=school_id)
    return (await people_of(reading, rows, today)).get(school_id, [])


async def others_pupils(reading: Reading, member_ids: Collection[UUID], today: date) -> list[Pupil]:
    """The same of members of the actor's offices who are on no list of the school, or not any more."""
    belong = await households_of(reading, sorted(member_ids))
    families = sorted({one.household_id for one in belong.values()})
    people = await children(reading, families, today)
    return [
        Pupil(family, belong[child.id].code, None, None, child)
        for family in families
        for child in people[family]
        if child.id in belong
    ]


async def people_of(reading: Reading, rows: Sequence[PupilRow], today: date) -> dict[UUID, list[Pupil]]:
    """Each school's children by grade and family name: those of school age, and whoever has a check waiting there; by
    its protocol they may be younger.
    """
    households = sorted({row.household_id for row in rows})
    people = {
        child.id: child
        for family in (await children(reading, households, today)).values()
        for child in family
    }
    closes: dict[UUID | None, date] = {}
    for one in await TO_DO_THERE.all(reading, ids=households, today=today):
        if one.purpose == Purpose.SCHOOL:
            closes.setdefault(one.member_id, one.closes_on)
    from_age = (await numbers(reading)).on(NumberKey.SCHOOL_AGE_FROM, today)
    grades = await _grades_told(reading, rows)
    found: dict[UUID, list[Pupil]] = {}
    for row in rows:
        child = people.get(row.member_id)
        due = closes.get(row.member_id)
        if child and child.present and child.is_child and (due or child.age >= from_age):
            told = grades.get((row.member_id, row.school_id))
            grade, told_on = (told.grade, told.on) if told else (row.grade, None)
            pupil = Pupil(row.household_id, row.code, grade, due, child, told_on)
            found.setdefault(row.school_id, []).append(pupil)
    for there in found.values():
        there.sort(key=_by_grade)
    return found


async def _grades_told(reading: Reading, rows: Sequence[PupilRow]) -> dict[tuple[UUID, UUID], GradeTold]:
    """The last known grade of those whose last record says nothing of it, by child and school."""
    without = [row for row in rows if row.grade is None]
    if not without:
        return {}
    households = sorted({row.household_id for row in without})
    members = sorted({row.member_id for row in without})
    found = await GRADES.all(reading, households=households, members=members)
    return {(one.member_id, one.school_id): one for one in found}


def _by_grade(pupil: Pupil) -> tuple[int, str, str, UUID]:
    last_of_all = 99
    child = pupil.child
    return (
        last_of_all if pupil.grade is None else pupil.grade,
        child.family_name_km or child.family_name_latin or "",
        child.given_name_km or child.given_name_latin or "",
        child.id,
    )


def roll_row(pupil: Pupil) -> RollRow:
    return RollRow(
        member_id=pupil.child.id,
        household_id=pupil.household_id,
        household_code=pupil.household_code,
        family_name_km=pupil.child.family_name_km,
        given_name_km=pupil.child.given_name_km,
        family_name_latin=pupil.child.family_name_latin,
        given_name_latin=pupil.child.given_name_latin,
        grade=pupil.grade,
        grade_told_on=pupil.grade_told_on,
        due=pupil.due,
        away_until=pupil.child.away_until,
        missing_since=pupil.child.missing_since,
        lost_on=pupil.child.lost_on,
    )


async def households_of(reading: Reading, member_ids: Sequence[UUID]) -> dict[UUID, Belongs]:
    """Each member that the actor's offices hold, with their household."""
    found = await HOUSEHOLDS_OF.all(reading, ids=list(member_ids))
    return {one.id: one for one in found}
