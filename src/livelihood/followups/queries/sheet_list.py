"""Printed sheets as a list: of whom, and how much of each was entered."""

from datetime import date, datetime
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, SmallInteger, Uuid, any_, bindparam, func, select

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Sheet, SheetLine
from livelihood.followups.queries.elsewhere import OF_SHEET
from livelihood.followups.queries.offices import offices_asked
from livelihood.observations.queries import withdrawn

SHOWN = 50


class SheetSummary(msgspec.Struct):
    """A sheet in the list, and how many of its lines were entered; `elsewhere` are with another office, and were not."""

    id: UUID
    number: str
    office_id: int
    day: date
    made_by: str
    made_at: datetime
    lines: int
    entered: int
    elsewhere: int


class InAll(msgspec.Struct, frozen=True):
    number: int


NUMBER = Read(
    select(func.count(Sheet.id).label("number")).where(
        Sheet.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger)))
    ),
    InAll,
)


@cache
def latest_of(*, mine: bool) -> Read[SheetSummary]:
    statement = (
        select(
            Sheet.id,
            Sheet.number,
            Sheet.office_id,
            Sheet.day,
            Staff.name.label("made_by"),
            Sheet.made_at,
            func.count(SheetLine.id).label("lines"),
            func.count(SheetLine.visit_id)
            .filter(~withdrawn(SheetLine.__table__.c.visit_id))
            .label("entered"),
            select(func.count())
            .select_from(OF_SHEET)
            .where(~OF_SHEET.c.entered)
            .correlate(Sheet)
            .scalar_subquery()
            .label("elsewhere"),
        )
        .join(Staff, Staff.id == Sheet.made_by)
        .outerjoin(SheetLine, SheetLine.sheet_id == Sheet.id)
        .where(Sheet.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))))
        .group_by(Sheet.id, Staff.id)
        .order_by(Sheet.made_at.desc(), Sheet.id.desc())
        .limit(bindparam("limit"))
    )
    return Read(
        statement.where(Sheet.made_by == bindparam("person", type_=Uuid)) if mine else statement, SheetSummary
    )


async def number_made(reading: Reading) -> int:
    """Of the sheets that `latest` lists."""
    offices = offices_asked(reading.actor, Permission.FOLLOW_UPS_READ, None)
    found = await NUMBER.first(reading, offices=offices)
    assert found is not None, "an aggregate without groups has one row"
    return found.number


async def latest(
    reading: Reading, *, office: int | None = None, mine: bool = False, limit: int | None = SHOWN
) -> list[SheetSummary]:
    """The latest sheets of the actor's offices, or those the actor made."""
    reading.actor.require(Permission.FOLLOW_UPS_READ)
    given: dict[str, object] = {"person": reading.actor.id} if mine else {}
    return await latest_of(mine=mine).all(
        reading,
        offices=offices_asked(reading.actor, Permission.FOLLOW_UPS_READ, office),
        limit=limit,
        **given,
    )
