from uuid import UUID

from sqlalchemy import or_, select

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.courses import rules
from livelihood.courses.models import Course, Trade
from livelihood.courses.queries import no_course
from livelihood.courses.schemas import CourseIn
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import invalid, say


async def create_course(uow: UnitOfWork, data: CourseIn, *, clock: Clock) -> Course:
    """Raises InvalidInput for an unlikely date or seat count, or a trainer who is none in that office."""
    uow.actor.require(Permission.COURSES_MANAGE)
    if data.office_id not in uow.actor.offices_for(Permission.COURSES_MANAGE):
        raise invalid(
            "office_id",
            say("You run courses in no office {office}. Choose one of your own.", office=data.office_id),
        )
    course_id = data.id or new_id()
    if data.id is not None and not await uow.claim("course", course_id, data):
        return await _planned(uow, course_id)
    rules.check_course(starts_on=data.starts_on, ends_on=data.ends_on, seats=data.seats, today=clock.today())
    if await uow.session.get(Trade, data.trade) is None:
        raise invalid(
            "trade", say("{trade} is not a trade that is taught. Choose one of the list.", trade=data.trade)
        )
    await _check_trainer(uow, data.trainer_id, data.office_id)
    course = Course(
        id=course_id,
        office_id=data.office_id,
        trade=data.trade,
        trainer_id=data.trainer_id,
        place=data.place.strip(),
        starts_on=data.starts_on,
        ends_on=data.ends_on,
        seats=data.seats,
    )
    uow.session.add(course)
    await uow.session.flush()
    return course


async def _check_trainer(uow: UnitOfWork, trainer_id: UUID, office_id: int) -> None:
    found = await uow.session.scalar(
        select(Staff.id)
        .join(StaffRole, StaffRole.staff_id == Staff.id)
        .where(
            Staff.id == trainer_id,
            Staff.kind == StaffKind.PERSON,
            Staff.active,
            StaffRole.role == Role.TRAINER,
            or_(StaffRole.office_id.is_(None), StaffRole.office_id == office_id),
        )
        .limit(1)
    )
    if found is None:
        raise invalid(
            "trainer_id",
            say(
                "Nobody with this id is a trainer of this office. Choose a trainer from the list, or have an "
                "administrator give the role."
            ),
        )


async def _planned(uow: UnitOfWork, course_id: UUID) -> Course:
    course = await uow.session.get(Course, course_id)
    if course is None:
        raise no_course()
    return course
