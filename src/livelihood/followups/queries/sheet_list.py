"""Printed sheets as a list: of whom, and how much of each was entered."""

from datetime import UTC, date, datetime
from functools import cache
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, DateTime, SmallInteger, Uuid, any_, bindparam, func, select, tuple_

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.cursors import Instant, packed, unpacked
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Sheet, SheetLine
from livelihood.followups.queries.elsewhere import OF_SHEET
from livelihood.followups.queries.offices import offices_asked
from livelihood.observations.queries import withdrawn

PAGE_SIZE = 50
# Above every sheet there is.
LAST = datetime.max.replace(tzinfo=UTC), UUID(int=2**128 - 1)


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


@cache
def latest_of(*, mine: bool) -> Read[SheetSummary]:
    page = (
        select(Sheet.id)
        .where(
            Sheet.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
            tuple_(Sheet.made_at, Sheet.id)
            < tuple_(bindparam("before", type_=DateTime(timezone=True)), bindparam("before_id", type_=Uuid)),
        )
        .order_by(Sheet.made_at.desc(), Sheet.id.desc())
        .limit(bindparam("limit"))
    )
    if mine:
        page = page.where(Sheet.made_by == bindparam("person", type_=Uuid))
    return Read(
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
        # The lines of a page's sheets are counted, and of no others.
        .where(Sheet.id.in_(page))
        .group_by(Sheet.id, Staff.id)
        .order_by(Sheet.made_at.desc(), Sheet.id.desc()),
        SheetSummary,
    )


async def latest(
    reading: Reading,
    *,
    office: int | None = None,
    mine: bool = False,
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> Page[SheetSummary]:
    """The latest sheets of the actor's offices, or those the actor made. Raises InvalidInput for a cursor that is none."""
    reading.actor.require(Permission.FOLLOW_UPS_READ)
    before, before_id = unpacked(cursor, tuple[Instant, UUID]) if cursor else LAST
    given: dict[str, object] = {"person": reading.actor.id} if mine else {}
    rows = await latest_of(mine=mine).all(
        reading,
        offices=offices_asked(reading.actor, Permission.FOLLOW_UPS_READ, office),
        before=before,
        before_id=before_id,
        limit=limit + 1,
        **given,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], packed(last.made_at, last.id) if last else None)
