"""Who was last known to go to which school."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    SmallInteger,
    TableValuedAlias,
    Uuid,
    cast,
    column,
    func,
    null,
)

from livelihood.followups.queries.lists import OFFICES

EVERY_SCHOOL = cast(null(), Uuid)


def pupils_of(school: ColumnElement[Any] = EVERY_SCHOOL) -> TableValuedAlias:
    """The children of `offices` in families whose case is open, with the school that was named last for each: all of
    them, or those of one school.
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
