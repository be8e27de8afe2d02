"""Lines of printed sheets whose family is with another office now: which ones, and which office."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Boolean, SmallInteger, Uuid, bindparam, column, func, select
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Office
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Sheet
from livelihood.households.models import Handover


class LineElsewhere(msgspec.Struct):
    """A line whose family was handed over to another office since: all that the office which holds the paper sees."""

    sheet_id: UUID
    line: int
    household_id: UUID
    household_code: str
    office_en: str
    office_km: str
    handed_on: date
    entered: bool


LOST = func.app.lines_elsewhere(bindparam("sheets", type_=ARRAY(Uuid))).table_valued(
    column("sheet_id", Uuid),
    column("line", SmallInteger),
    column("household_id", Uuid),
    column("entered", Boolean),
)
Latest = aliased(Handover)
# The office's own handover; a family may go on to a third one.
GIVEN = (
    select(Latest.id)
    .where(
        Latest.household_id == LOST.c.household_id,
        Latest.from_office_id == Sheet.office_id,
        Latest.to_office_id != Sheet.office_id,
    )
    .order_by(Latest.handed_at.desc())
    .limit(1)
    .correlate(LOST, Sheet)
    .scalar_subquery()
)
ELSEWHERE = Read(
    select(
        LOST.c.sheet_id,
        LOST.c.line,
        LOST.c.household_id,
        Handover.code.label("household_code"),
        Office.name_en.label("office_en"),
        Office.name_km.label("office_km"),
        Handover.handed_on,
        LOST.c.entered,
    )
    .join(Sheet, Sheet.id == LOST.c.sheet_id)
    .join(Handover, Handover.id == GIVEN)
    .join(Office, Office.id == Handover.to_office_id)
    .order_by(LOST.c.line),
    LineElsewhere,
)
OF_SHEET = func.app.lines_elsewhere(array([Sheet.id])).table_valued(column("entered", Boolean))


async def given_away(reading: Reading, sheet_id: UUID, number: int) -> UUID | None:
    """The household of a line that is with another office now."""
    found = await ELSEWHERE.all(reading, sheets=[sheet_id])
    return next((one.household_id for one in found if one.line == number), None)
