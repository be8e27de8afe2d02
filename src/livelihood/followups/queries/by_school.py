"""The monitor's list as a day's route by school: whose register to read, and of whom nobody knows the school."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import FollowUp
from livelihood.followups.queries.houses import HouseholdRow
from livelihood.followups.queries.last_tried import last_tried
from livelihood.followups.queries.lists import readable, readable_parameters
from livelihood.followups.queries.looked_for import LookedFor, looked_for
from livelihood.followups.queries.narrowed import SCHOOL_CHECK, Narrowed, narrowed, waiting
from livelihood.followups.queries.people import children
from livelihood.followups.queries.pupils import SCHOOL_TOLD, last_school
from livelihood.followups.queries.schools import Pupil, PupilRow, SchoolName, people_of, roll_row
from livelihood.followups.queries.worklist import Card, bare, card, due_houses, due_there
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.schemas import FollowUpOut
from livelihood.followups.schemas_routes import RouteSchool, SchoolRouteOut
from livelihood.households.models import Household, Place, School
from livelihood.observations.models import Observation

# A school may have forty children to check.
PAGE_SIZE = 10


class SchoolRow(msgspec.Struct, frozen=True):
    id: UUID
    name_km: str
    name_latin: str | None
    village_code: str
    village_km: str
    village_latin: str
    closes_on: date


class ToCheck(msgspec.Struct, frozen=True):
    member_id: UUID
    household_id: UUID
    code: str
    closes_on: date
    school_id: UUID | None
    grade: int | None


class Number(msgspec.Struct, frozen=True):
    number: int


class KnownPupil(msgspec.Struct, frozen=True):
    member_id: UUID


class AtSchool(msgspec.Struct, frozen=True):
    """A school to go to, with the children of all families whose check waits there, by grade."""

    school: SchoolRow
    pupils: list[Pupil]


class SchoolRoute(msgspec.Struct, frozen=True):
    """A page of it. `looked_for`: families whose child is missing, whatever is due there, with the first page.
    `number_of_schools` and `children`: how many there are to go to and to check on all pages; `elsewhere`: how many
    other households have something to be done that no register answers.
    """

    looked_for: list[Card]
    schools: list[AtSchool]
    unknown: list[Card]
    number_of_schools: int
    children: int
    elsewhere: int
    next_start: int | None


class Part(msgspec.Struct, frozen=True):
    """A page of the route before anybody is named: where a child is missing, then schools, then households whose school is
    not known.
    """

    first: LookedFor
    schools: list[AtSchool]
    households: list[HouseholdRow]
    number_of_schools: int
    children: int
    due: dict[UUID, list[FollowUpOut]]
    elsewhere: int
    next_start: int | None


@cache
def to_check(which: tuple[str, ...], *, overdue: bool) -> Read[ToCheck]:
    """The children whose school check waits, each once, with the first of its last days and where they go to school.

    One statement answers for every part of a page: which schools to go to, who is to be checked there, and of whom
    nobody knows the school.
    """
    statement = (
        select(
            FollowUp.member_id,
            FollowUp.household_id,
            Household.code,
            func.min(FollowUp.closes_on).label("closes_on"),
        )
        .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
        .where(waiting(overdue=overdue), SCHOOL_CHECK, readable())
        .group_by(FollowUp.member_id, FollowUp.household_id, Household.code)
    )
    child = narrowed(statement, which).cte("child")
    last = last_school(select(child.c.household_id))
    return Read(
        select(*child.c, last.c.school_id, last.c.grade).select_from(
            child.outerjoin(last, last.c.member_id == child.c.member_id)
        ),
        ToCheck,
    )


SCHOOLS = Read(
    select(
        School.id,
        School.name_km,
        School.name_latin,
        School.village_code,
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
    )
    .join(Place, Place.code == School.village_code)
    .where(School.id == any_(bindparam("ids", type_=ARRAY(Uuid)))),
    SchoolName,
)


@cache
def not_at_school(which: tuple[str, ...], *, overdue: bool) -> Read[Number]:
    statement = (
        select(func.count(FollowUp.household_id.distinct()).label("number"))
        .join_from(FollowUp, Household, Household.id == FollowUp.household_id)
        .where(waiting(overdue=overdue), ~SCHOOL_CHECK, readable())
    )
    return Read(narrowed(statement, which), Number)


WITH_A_SCHOOL = Read(
    select(Observation.member_id)
    .where(Observation.household_id == any_(bindparam("ids", type_=ARRAY(Uuid))), SCHOOL_TOLD)
    .distinct(),
    KnownPupil,
)


async def school_route(
    reading: Reading, asked: Narrowed, *, today: date, start: int = 0, limit: int = PAGE_SIZE
) -> SchoolRoute:
    """A school is listed where a child asked for is to be checked; there, all of its children whose check waits."""
    part = await _part(reading, asked, today, start, limit)
    ids = [row.id for row in (*part.first.rows, *part.households)]
    people = await children(reading, ids, today)
    tried = await last_tried(reading, ids)

    def cards(rows: list[HouseholdRow]) -> list[Card]:
        return [
            card(
                row,
                people[row.id],
                part.due[row.id],
                part.first.missing.get(row.id, []),
                tried.get(row.id),
                today,
            )
            for row in rows
        ]

    return SchoolRoute(
        looked_for=cards(part.first.rows),
        schools=part.schools,
        unknown=cards(part.households),
        number_of_schools=part.number_of_schools,
        children=part.children,
        elsewhere=part.elsewhere,
        next_start=part.next_start,
    )


async def school_route_out(
    reading: Reading, asked: Narrowed, *, today: date, start: int = 0, limit: int = PAGE_SIZE
) -> SchoolRouteOut:
    """The same without what is known of each person."""
    part = await _part(reading, asked, today, start, limit)
    return SchoolRouteOut(
        await bare(reading, part.first.rows, part.due, part.first.missing, today),
        [
            RouteSchool(
                id=one.school.id,
                name_km=one.school.name_km,
                name_latin=one.school.name_latin,
                village_code=one.school.village_code,
                closes_on=one.school.closes_on,
                children=[roll_row(pupil) for pupil in one.pupils],
            )
            for one in part.schools
        ],
        await bare(reading, part.households, part.due, {}, today),
        part.elsewhere,
        part.next_start,
    )


async def _part(reading: Reading, asked: Narrowed, today: date, start: int, limit: int) -> Part:
    """Schools are few, and read whole; the households after them begin where the schools end."""
    reading.actor.require(Permission.FOLLOW_UPS_READ)
    given = asked.given()
    parameters = given | readable_parameters(reading.actor, asked.office) | {"today": today}
    rows = await to_check(tuple(given), overdue=asked.overdue).all(reading, **parameters)
    found = await _schools(reading, rows, asked.school)
    shown = found[start : start + limit]
    all_of_them = await _all_of_them(reading, rows, asked, today)
    there = await people_of(reading, _due_at(shown, all_of_them), today)
    room = limit - len(shown)
    unknown = {row.household_id for row in rows if row.school_id is None}
    first = await looked_for(reading, asked, {}, today=today)
    others = msgspec.structs.replace(asked, besides=tuple(first.missing))
    households: list[HouseholdRow] = await due_houses(
        reading,
        msgspec.structs.replace(others, found=tuple(unknown), purpose=Purpose.SCHOOL),
        today=today,
        start=max(0, start - len(found)),
        limit=room + 1,
    )
    elsewhere = await not_at_school(tuple(others.given()), overdue=asked.overdue).first(
        reading, **parameters | others.given()
    )
    assert elsewhere is not None, "an aggregate without groups has one row"
    first = first if start == 0 else LookedFor([], {})
    schools = {one.id for one in found}
    return Part(
        first=first,
        number_of_schools=len(found),
        children=sum(
            row.school_id in schools if row.school_id else row.household_id in unknown for row in all_of_them
        ),
        schools=[AtSchool(one, [pupil for pupil in there.get(one.id, []) if pupil.due]) for one in shown],
        households=households[:room],
        due=await due_there(reading, [row.id for row in first.rows], today)
        | await _of_unknown_school(reading, households[:room], today),
        elsewhere=elsewhere.number,
        next_start=start + limit if len(households) > room or len(found) > start + limit else None,
    )


async def _schools(reading: Reading, rows: Sequence[ToCheck], only: UUID | None) -> list[SchoolRow]:
    """Those where somebody is to be checked, where it has waited longest first."""
    closes: dict[UUID, date] = {}
    for row in rows:
        if row.school_id is not None and only in (None, row.school_id):
            closes[row.school_id] = min(row.closes_on, closes.get(row.school_id, row.closes_on))
    named = await SCHOOLS.all(reading, ids=sorted(closes))
    found = [SchoolRow(**msgspec.structs.asdict(one), closes_on=closes[one.id]) for one in named]
    return sorted(found, key=lambda one: (one.closes_on, one.village_code, one.id))


async def _all_of_them(
    reading: Reading, rows: Sequence[ToCheck], asked: Narrowed, today: date
) -> Sequence[ToCheck]:
    """Where one goes, everybody whose check waits is shown, whatever else of the list was asked for."""
    if not rows or asked == Narrowed():
        return rows
    parameters = readable_parameters(reading.actor, None) | {"today": today}
    return await to_check((), overdue=False).all(reading, **parameters)


def _due_at(shown: Sequence[SchoolRow], rows: Sequence[ToCheck]) -> list[PupilRow]:
    schools = {one.id for one in shown}
    return [
        PupilRow(row.school_id, row.member_id, row.household_id, row.code, row.grade)
        for row in rows
        if row.school_id is not None and row.school_id in schools
    ]


async def _of_unknown_school(
    reading: Reading, households: list[HouseholdRow], today: date
) -> dict[UUID, list[FollowUpOut]]:
    """The school checks that wait in each of these households for a child whose school nobody knows."""
    ids = [row.id for row in households]
    known = {one.member_id for one in await WITH_A_SCHOOL.all(reading, ids=ids)}
    return {
        household_id: [one for one in due if one.purpose == Purpose.SCHOOL and one.member_id not in known]
        for household_id, due in (await due_there(reading, ids, today)).items()
    }
