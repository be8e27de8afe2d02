"""Work that somebody had in hand who does it there no more."""

import msgspec
from sqlalchemy import ARRAY, SmallInteger, and_, any_, bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Office, Staff
from livelihood.accounts.permissions import Permission
from livelihood.accounts.queries import works_there
from livelihood.courses.models import Course
from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.desk.queries.today.asked import OFFICES, PERSON, SHOWN
from livelihood.desk.queries.today.courses import RUNNING, RunningCourse
from livelihood.desk.queries.today.money import EDITABLE, HEADED, LEFT, UNFINISHED, Head, Unfinished
from livelihood.grants.models import Grant
from livelihood.households.models import Household

Whose = aliased(Staff)


class LeftApplication(Unfinished):
    """`may_go_on`: whether the reader prepares applications in its office."""

    left_by: str
    may_go_on: bool


PREPARES = Grant.office_id == any_(bindparam("prepares", type_=ARRAY(SmallInteger)))

# Any caseworker of the office can go on with it: whoever looks after the family is asked to, and who stands behind the
# office sees that somebody does. Nothing is asked for a family whose case is closed.
LEFT_APPLICATIONS = Read(
    select(*UNFINISHED, Whose.name.label("left_by"), PREPARES.label("may_go_on"))
    .join(Household, Household.id == Grant.household_id)
    .join(Whose, Whose.id == Grant.prepared_by)
    .outerjoin(Head, HEADED)
    .where(
        EDITABLE,
        LEFT,
        Household.closed_on.is_(None),
        or_(Grant.office_id == any_(OFFICES), and_(PREPARES, Household.caseworker_id == PERSON)),
    )
    .order_by(PREPARES.desc(), Grant.created_at, Grant.id)
    .limit(SHOWN),
    LeftApplication,
)


class LeftCourse(RunningCourse):
    left_by: str


LEFT_COURSES = Read(
    RUNNING.add_columns(Whose.name.label("left_by"))
    .join(Whose, Whose.id == Course.trainer_id)
    .where(
        ~works_there(Course.trainer_id, Course.office_id, Permission.COURSES_MANAGE),
        Course.office_id == any_(OFFICES),
    )
    .group_by(Whose.id),
    LeftCourse,
)


class One(msgspec.Struct, frozen=True):
    id: int


WITHOUT_SUPERVISOR = Read(
    select(Office.id).where(
        Office.id == any_(OFFICES),
        ~exists(Staff.id).where(works_there(Staff.id, Office.id, Permission.LOSSES_DECIDE)),
    ),
    One,
)


async def stood_behind(reading: Reading, actor: Actor) -> frozenset[int]:
    """The offices in which what nobody else does is this person's: a supervisor's own, and for a manager those that have
    no supervisor at work.
    """
    own = actor.offices_for(Permission.LOSSES_DECIDE)
    others = actor.offices_for(Permission.LOAD_READ) - own
    if not others:
        return own
    return own | {one.id for one in await WITHOUT_SUPERVISOR.all(reading, offices=sorted(others))}


async def left_applications(reading: Reading, actor: Actor, behind: frozenset[int]) -> list[LeftApplication]:
    prepares = actor.offices_for(Permission.GRANTS_PREPARE)
    if not behind and not prepares:
        return []
    return await LEFT_APPLICATIONS.all(
        reading, offices=sorted(behind), prepares=sorted(prepares), person=actor.id
    )
