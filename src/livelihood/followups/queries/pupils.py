"""Who was last known to go to which school."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    SmallInteger,
    Subquery,
    TableValuedAlias,
    Uuid,
    cast,
    column,
    func,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on

from livelihood.followups.queries.lists import OFFICES
from livelihood.observations.models import Observation
from livelihood.observations.queries import IN_FORCE, STANDS
from livelihood.observations.rules import Kind

EVERY_SCHOOL = cast(null(), Uuid)
SCHOOL_ID = Observation.details["school_id"].astext
# What was said of a child's school and still stands.
SCHOOL_TOLD = (Observation.kind == Kind.EDUCATION.value) & SCHOOL_ID.is_not(None) & STANDS & IN_FORCE


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
            cast(Observation.details["grade"].astext, Integer).label("grade"),
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
