from datetime import timedelta
from uuid import UUID

import msgspec
from sqlalchemy import func, select

from livelihood.accounts.models import Office
from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError, invalid, say
from livelihood.followups.models import Sheet, SheetLine
from livelihood.followups.queries.narrowed import Narrowed, worked_by
from livelihood.followups.queries.worklist import due_there, route
from livelihood.followups.schemas_sheets import SheetIn, Whose

AHEAD = timedelta(days=31)


class NothingToPrint(DomainError):
    code = "nothing-to-print"


async def make_sheet(uow: UnitOfWork, data: SheetIn, *, clock: Clock) -> UUID:
    """Keep a day's route under a number, so that what is written on its paper finds its way back.

    The lines stay as they are: what falls due later is for the next sheet. Whoever could not enter what is written on it
    makes none.
    """
    uow.actor.require(Permission.VISITS_RECORD)
    office_id = _office(uow, data)
    uow.actor.require(Permission.VISITS_RECORD, office_id)
    sheet_id = data.id or new_id()
    if data.id is not None and not await uow.claim("sheet", data.id, data):
        return sheet_id
    today = clock.today()
    day = data.day or today
    if not today <= day <= today + AHEAD:
        raise invalid(
            "day",
            say(
                "A sheet is for a day from today to {last}. Choose one of these days.",
                last=today + AHEAD,
            ),
        )
    asked = msgspec.structs.replace(
        await worked_by(uow, uow.actor, day) if data.whose is Whose.MINE else Narrowed(),
        office=office_id,
        village=data.village,
        commune=data.commune,
        school=data.school,
        purpose=data.purpose,
        overdue=data.overdue,
        first=data.first,
    )
    found = await route(uow, asked, today=day, limit=data.limit)
    rows, missing = found.rows, found.missing
    if not rows:
        raise NothingToPrint(
            say(
                "Nothing of what you chose is due on {day}, so the sheet would be empty. Choose another day, or more "
                "villages.",
                day=day,
            )
        )
    due = await due_there(uow, [row.id for row in rows], day)
    uow.session.add(
        Sheet(
            id=sheet_id,
            office_id=office_id,
            number=await _next_number(uow, office_id, today.year),
            day=day,
            made_by=uow.actor.id,
            made_at=clock.now(),
        )
    )
    await uow.session.flush()
    uow.session.add_all(
        SheetLine(
            sheet_id=sheet_id,
            household_id=row.id,
            office_id=office_id,
            line=line,
            member_ids=list(
                dict.fromkeys(
                    one.member_id for one in (*missing.get(row.id, []), *due[row.id]) if one.member_id
                )
            ),
        )
        for line, row in enumerate(rows, 1)
    )
    await uow.session.flush()
    return sheet_id


def _office(uow: UnitOfWork, data: SheetIn) -> int:
    if data.office_id is not None:
        return data.office_id
    offices = uow.actor.offices_for(Permission.VISITS_RECORD)
    if len(offices) != 1:
        raise invalid("office_id", say("A sheet is of one office. Choose the office."))
    return next(iter(offices))


async def _next_number(uow: UnitOfWork, office_id: int, year: int) -> str:
    """As in KPT-2026-0042. Nobody waits for anybody here, so numbers may have gaps; they go on over New Year."""
    prefix = await uow.session.scalar(select(Office.prefix).where(Office.id == office_id))
    number = await uow.session.scalar(select(func.nextval(f"sheet_numbers_{office_id}")))
    return f"{prefix}-{year}-{number:04d}"
