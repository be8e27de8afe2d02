from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Date, Select, SmallInteger, Uuid, bindparam, case, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.binding import Page
from livelihood.courses.models import Course, Enrolment, Trade
from livelihood.courses.rules import HOLDING
from livelihood.courses.schemas import (
    CourseOut,
    CourseRow,
    EnrolmentOut,
    Person,
    Promoted,
    TradeOut,
    Trainee,
    Trainer,
)
from livelihood.cursors import packed, unpacked
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.queries.policy import PROTOCOLS
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.protocols import in_force
from livelihood.households.models import Household, Member
from livelihood.households.queries import find

PAGE_SIZE = 50
MOST_HOUSEHOLDS = 20


class When(StrEnum):
    """A cut of the list of courses."""

    ALL = "all"
    OPEN = "open"
    ENDED = "ended"


TRADES = Read(
    select(Trade.key, Trade.name_en, Trade.name_km, Trade.hours, Trade.needs_safeguards).order_by(
        Trade.name_en
    ),
    TradeOut,
)


WAITING = (
    select(func.count(Enrolment.waitlist_position))
    .where(Enrolment.course_id == Course.id)
    .correlate(Course)
    .scalar_subquery()
)
Ahead = aliased(Enrolment)
# The number that was drawn orders the list; who stands where in it changes as others leave it.
WAITS_AS = case(
    (
        Enrolment.waitlist_position.is_not(None),
        select(func.count())
        .where(Ahead.course_id == Enrolment.course_id, Ahead.waitlist_position <= Enrolment.waitlist_position)
        .correlate(Enrolment)
        .scalar_subquery(),
    )
)


def _courses() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Course.id,
            Course.office_id,
            Course.trade,
            Trade.name_en.label("trade_en"),
            Trade.name_km.label("trade_km"),
            Trade.needs_safeguards,
            Course.trainer_id,
            Staff.name.label("trainer"),
            Course.place,
            Course.starts_on,
            Course.ends_on,
            Course.seats,
            (Course.seats_taken - func.cardinality(Course.free_seats)).label("seats_taken"),
            WAITING.label("waitlist_length"),
        )
        .join(Trade, Trade.key == Course.trade)
        .join(Staff, Staff.id == Course.trainer_id)
    )


COURSE = Read(_courses().where(Course.id == bindparam("course_id")), CourseRow)


@cache
def _listed(when: When) -> Read[CourseRow]:
    """The latest first, after a cursor."""
    statement = (
        _courses()
        .where(
            Course.office_id == func.any(bindparam("offices", type_=ARRAY(SmallInteger))),
            tuple_(Course.starts_on, Course.id)
            < tuple_(bindparam("before_day", type_=Date), bindparam("before_id", type_=Uuid)),
        )
        .order_by(Course.starts_on.desc(), Course.id.desc())
        .limit(bindparam("limit"))
    )
    if when is When.OPEN:
        statement = statement.where(Course.ends_on >= bindparam("today", type_=Date))
    elif when is When.ENDED:
        statement = statement.where(Course.ends_on < bindparam("today", type_=Date))
    return Read(statement, CourseRow)


TRAINEES = Read(
    select(
        Enrolment.id,
        Enrolment.member_id,
        Enrolment.household_id,
        Household.code.label("household_code"),
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Member.born_on,
        Member.born_precision,
        Enrolment.state,
        Enrolment.seat,
        WAITS_AS.label("waitlist_position"),
        Enrolment.safeguards,
        Enrolment.enrolled_on,
        Enrolment.completed_on,
        Enrolment.ended_on,
        Enrolment.ended_because,
    )
    .join(Member, Member.id == Enrolment.member_id)
    .join(Household, Household.id == Enrolment.household_id)
    .where(Enrolment.course_id == bindparam("course_id"))
    .order_by(
        Enrolment.seat.nulls_last(),
        Enrolment.waitlist_position.nulls_last(),
        Enrolment.ended_on,
        Enrolment.id,
    ),
    Trainee,
)

ENROLMENT = Read(
    select(
        Enrolment.id,
        Enrolment.office_id,
        Enrolment.course_id,
        Enrolment.member_id,
        Enrolment.household_id,
        Enrolment.state,
        Enrolment.seat,
        WAITS_AS.label("waitlist_position"),
        Enrolment.safeguards,
        Enrolment.enrolled_on,
        Enrolment.completed_on,
        Enrolment.ended_on,
        Enrolment.ended_because,
    ).where(Enrolment.id == bindparam("enrolment_id")),
    EnrolmentOut,
)

PROMOTED = Read(
    select(
        Enrolment.id,
        Enrolment.seat,
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Trade.name_en.label("trade_en"),
        Trade.name_km.label("trade_km"),
        Course.place,
    )
    .join(Member, Member.id == Enrolment.member_id)
    .join(Course, Course.id == Enrolment.course_id)
    .join(Trade, Trade.key == Course.trade)
    .where(Enrolment.id == func.any(bindparam("enrolments", type_=ARRAY(Uuid))), Enrolment.seat.is_not(None))
    .order_by(Course.id, Enrolment.seat),
    Promoted,
)

TRAINERS = Read(
    select(Staff.id, Staff.name)
    .where(
        Staff.active,
        Staff.id.in_(
            select(StaffRole.staff_id).where(
                StaffRole.role == bindparam("role"),
                or_(
                    StaffRole.office_id.is_(None),
                    StaffRole.office_id == func.any(bindparam("offices", type_=ARRAY(SmallInteger))),
                ),
            )
        ),
    )
    .order_by(Staff.name, Staff.id),
    Trainer,
)


def _people() -> Select[*tuple[Any, ...]]:
    return select(
        Member.id,
        Member.household_id,
        Household.code.label("household_code"),
        Household.office_id,
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Member.sex,
        Member.born_on,
        Member.born_precision,
    ).join(Household, Household.id == Member.household_id)


PEOPLE = Read(
    _people()
    .where(
        Member.left_on.is_(None), Member.household_id == func.any(bindparam("households", type_=ARRAY(Uuid)))
    )
    .order_by(Household.code, Member.born_on, Member.id),
    Person,
)

PERSON = Read(_people().where(Member.id == bindparam("member_id")), Person)


async def trades(reading: Reading) -> list[TradeOut]:
    reading.actor.require(Permission.COURSES_READ)
    return await TRADES.all(reading)


async def list_courses(
    reading: Reading, *, today: date, when: When = When.ALL, cursor: str = "", limit: int = PAGE_SIZE
) -> Page[CourseRow]:
    """Raises InvalidInput for a cursor that is none."""
    reading.actor.require(Permission.COURSES_READ)
    before_day, before_id = (
        unpacked(cursor, tuple[date, UUID]) if cursor else (date.max, UUID(int=2**128 - 1))
    )
    parameters: dict[str, object] = {
        "offices": sorted(reading.actor.offices_for(Permission.COURSES_READ)),
        "before_day": before_day,
        "before_id": before_id,
        "limit": limit + 1,
    }
    if when is not When.ALL:
        parameters["today"] = today
    rows = await _listed(when).all(reading, **parameters)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], packed(last.starts_on, last.id) if last else None)


async def course(reading: Reading, course_id: UUID) -> CourseRow:
    """Raises NotFound where there is none, or it is another office's."""
    found = await COURSE.first(reading, course_id=course_id)
    if found is None or not reading.actor.may(Permission.COURSES_READ, found.office_id):
        raise no_course()
    return found


async def detail(reading: Reading, course_id: UUID) -> CourseOut:
    found = await course(reading, course_id)
    trainees = await TRAINEES.all(reading, course_id=course_id)
    here = sum(one.state in HOLDING for one in trainees)
    return CourseOut(found, trainees, found.seats_taken - here)


async def enrolment(reading: Reading, enrolment_id: UUID) -> EnrolmentOut:
    found = await ENROLMENT.first(reading, enrolment_id=enrolment_id)
    if found is None or not reading.actor.may(Permission.COURSES_READ, found.office_id):
        raise no_enrolment()
    return found


async def promoted(reading: Reading, enrolment_ids: Sequence[UUID]) -> list[Promoted]:
    """Of these enrolments those that have a seat, for telling who has just got one."""
    return await PROMOTED.all(reading, enrolments=list(enrolment_ids)) if enrolment_ids else []


async def trainers(reading: Reading, offices: Sequence[int]) -> list[Trainer]:
    """Who may be named as the trainer of a course of any of these offices."""
    return await TRAINERS.all(reading, role=Role.TRAINER.value, offices=list(offices))


async def people(reading: Reading, text: str) -> list[Person]:
    """The members of the households that a name in either script, a code or a phone finds."""
    households = await find(reading, text, at_most=MOST_HOUSEHOLDS)
    return await PEOPLE.all(reading, households=households) if households else []


async def person(reading: Reading, member_id: UUID) -> Person:
    found = await PERSON.first(reading, member_id=member_id)
    if found is None or not reading.actor.may(Permission.HOUSEHOLDS_READ, found.office_id):
        raise no_member()
    return found


async def tracer_months(reading: Reading, *, on: date) -> list[int]:
    """How many months after a completion on that day its follow-ups are due, by the protocols in force."""
    protocols = in_force(await PROTOCOLS.all(reading), AnchorKind.COURSE, on)
    return sorted({slot.months for protocol in protocols for slot in protocol.slots if slot.months})


def no_course() -> NotFound:
    return NotFound(
        say("There is no such course here. Check the link, or choose one of your office's courses.")
    )


def no_enrolment() -> NotFound:
    return NotFound(say("There is no such enrolment here. Check the link, or open the course again."))


def no_member() -> NotFound:
    return NotFound(say("There is no such person here. Search for the name again."))
