"""One line of a printed sheet, as whoever has the paper in hand names it."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import SmallInteger, Uuid, bindparam, select

from livelihood.db.reader import Read, Reading
from livelihood.errors import DomainError, InvalidInput, NotFound, invalid, say
from livelihood.followups.models import Sheet, SheetLine
from livelihood.followups.queries.elsewhere import given_away
from livelihood.households.queries import handed_over


class LineNamed(msgspec.Struct, frozen=True):
    household_id: UUID
    number: str
    day: date


NAMED = Read(
    select(SheetLine.household_id, Sheet.number, Sheet.day)
    .join(Sheet, Sheet.id == SheetLine.sheet_id)
    .where(
        SheetLine.sheet_id == bindparam("sheet_id", type_=Uuid),
        SheetLine.line == bindparam("line", type_=SmallInteger),
    ),
    LineNamed,
)


async def named(reading: Reading, sheet_id: UUID, number: int) -> LineNamed | None:
    """A line that is still of the reader's office."""
    return await NAMED.first(reading, sheet_id=sheet_id, line=number)


async def line_of(
    reading: Reading, household_id: UUID, sheet_id: UUID | None, number: int | None
) -> LineNamed:
    """The line on which a visit to this household is written. Raises `NotFound`, `HandedOver`, `InvalidInput`."""
    if sheet_id is None or number is None:
        raise no_line()
    found = await named(reading, sheet_id, number)
    if found is None:
        raise await gone_or_no_line(reading, sheet_id, number)
    if found.household_id != household_id:
        raise of_another(number)
    return found


async def gone_or_no_line(reading: Reading, sheet_id: UUID, number: int) -> DomainError:
    household_id = await given_away(reading, sheet_id, number)
    told = await handed_over(reading, household_id) if household_id else None
    return told or no_line()


def no_line() -> NotFound:
    return NotFound(say("There is no such line. Look at the number on the paper."))


def of_another(number: int) -> InvalidInput:
    return invalid(
        "household_id",
        say(
            "Line {line} of the sheet is of another household. Look at the number on the paper.", line=number
        ),
    )
