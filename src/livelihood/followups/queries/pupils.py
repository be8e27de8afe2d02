"""Who was last known to go to which school."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    Subquery,
    TableValuedAlias,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from livelihood.db.reader import Read
from livelihood.followups.queries.lists import OFFICES
from livelihood.observations.models import Observation
from livelihood.observations.queries import IN_FORCE, STANDS
from livelihood.observations.rules import Kind

EVERY_SCHOOL = cast(null(), Uuid)
SCHOOL_ID = Observation.details["school_id"].astext
# What was said of a child's school and still stands.
SCHOOL_TOLD = (Observation.kind == Kind.EDUCATION.value) & SCHOOL_ID.is_not(None) & STANDS & IN_FORCE
GRADE = cast(Observation.details["grade"].astext, Integer)


class GradeTold(msgspec.Struct, frozen=True):
    """In which grade of a school a child was, and when that was told."""

    member_id: UUID
    school_id: UUID
    grade: int
    on: date


# The last of each school, for those of whom a later record names the school and no grade.
GRADES = Read(
    select(
        Observation.member_id,
        cast(SCHOOL_ID, Uuid).label("school_id"),
        GRADE.label("grade"),
        Observation.happened_on.label("on"),
    )
    .ext(distinct_on(Observation.member_id, SCHOOL_ID))
    .where(
        Observation.household_id == any_(bindparam("households", type_=ARRAY(Uuid))),
        Observation.member_id == any_(bindparam("members", type_=ARRAY(Uuid))),
        SCHOOL_TOLD,
        GRADE.is_not(None),
    )
    .order_by(
        Observation.member_id,
        SCHOOL_ID,
        Observation.happened_on.desc(),
        Observation.recorded_at.desc(),
        Observation.id.desc(),
    ),
    GradeTold,
)


def pupils_of(school: ColumnElement[Any] = EVERY_SCHOOL) -> TableValuedAlias:
    """The children of `offices` in families whose case is open, with the school that was named last for each: all of
    them, or those of one school. It reads all that was ever found of them: for the children of a list, see
    `last_school`.
    """
    return (
        func.app.pupils(OFFICES, school, type_=None)
        .table_valued(
            column("member_id", Uuid),
            column("household_id", Uuid),
            column("office_id", SmallInteger),
            column("school_id", Uuid),
            column("grade", Integer),
        )
        .alias("pupils")
    )


def last_school(households: Select[Any]) -> Subquery:
    """The school that was named last for each child of some households."""
    return (
        select(
            Observation.member_id,
            cast(SCHOOL_ID, Uuid).label("school_id"),
            GRADE.label("grade"),
        )
        .ext(distinct_on(Observation.member_id))
        .where(Observation.household_id.in_(households), SCHOOL_TOLD)
        .order_by(
            Observation.member_id,
            Observation.happened_on.desc(),
            Observation.recorded_at.desc(),
            Observation.id.desc(),
        )
        .subquery("last_school")
    )
