"""What a trainer's courses ask for."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import func, or_, select

from livelihood.courses.models import Course, Enrolment, Trade
from livelihood.courses.rules import EnrolmentState
from livelihood.db.reader import Read
from livelihood.desk.queries.today.asked import PERSON
from livelihood.followups.queries.states import TODAY


class RunningCourse(msgspec.Struct):
    """A course that is running, starts soon, or ended with trainees not completed."""

    id: UUID
    trade_en: str
    trade_km: str
    place: str
    starts_on: date
    ends_on: date
    seats: int
    enrolled: int
    waitlisted: int
    completed: int


STATES = {
    name: func.count().filter(Enrolment.state == state.value).label(name)
    for name, state in (
        ("enrolled", EnrolmentState.ENROLLED),
        ("waitlisted", EnrolmentState.WAITLISTED),
        ("completed", EnrolmentState.COMPLETED),
    )
}

RUNNING = (
    select(
        Course.id,
        Trade.name_en.label("trade_en"),
        Trade.name_km.label("trade_km"),
        Course.place,
        Course.starts_on,
        Course.ends_on,
        Course.seats,
        *STATES.values(),
    )
    .join(Trade, Trade.key == Course.trade)
    .outerjoin(Enrolment, Enrolment.course_id == Course.id)
    .group_by(Course.id, Trade.key)
    .having(
        or_(
            Course.ends_on >= TODAY, func.count().filter(Enrolment.state == EnrolmentState.ENROLLED.value) > 0
        )
    )
    .order_by(Course.ends_on, Course.id)
)
COURSES = Read(RUNNING.where(Course.trainer_id == PERSON), RunningCourse)
