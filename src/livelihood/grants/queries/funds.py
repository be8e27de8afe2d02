"""Donors' money and what is left of it."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, SmallInteger, Uuid, any_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.grants.models import Fund, FundOffice
from livelihood.grants.schemas import FundOut

# Filters that may be left out.
FUND = bindparam("fund_id", None, Uuid)
OFFICE = bindparam("office_id", None, SmallInteger)
OPEN_ON = bindparam("open_on", None, Date)

FUNDS = Read(
    select(
        Fund.id,
        Fund.name,
        Fund.donor,
        Fund.currency,
        Fund.starts_on,
        Fund.ends_on,
        Fund.available_minor,
        Fund.reserved_minor,
        Fund.spent_minor,
        func.array_remove(
            func.array_agg(aggregate_order_by(FundOffice.office_id, FundOffice.office_id)), None
        ).label("office_ids"),
    )
    # A fund that a family brought along is shown with its grant, and is none to choose.
    .outerjoin(FundOffice, FundOffice.fund_id == Fund.id)
    .where(
        or_(FUND.is_not(None), FundOffice.office_id.is_not(None)),
        or_(FUND.is_(None), Fund.id == FUND),
        or_(OPEN_ON.is_(None), OPEN_ON.between(Fund.starts_on, Fund.ends_on)),
    )
    .group_by(Fund.id)
    .having(or_(OFFICE.is_(None), any_(func.array_agg(FundOffice.office_id)) == OFFICE))
    .order_by(Fund.ends_on.desc(), Fund.name),
    FundOut,
)


async def funds(
    reading: Reading, *, office_id: int | None = None, open_on: date | None = None
) -> list[FundOut]:
    """The actor's funds; with an office, those that it may use, and with a day, those whose period holds it."""
    reading.actor.require(Permission.FUNDS_READ)
    return await FUNDS.all(reading, office_id=office_id, open_on=open_on)


async def fund(reading: Reading, fund_id: UUID) -> FundOut:
    found = await FUNDS.first(reading, fund_id=fund_id)
    if found is None:
        raise NotFound(say("There is no such fund here. Choose one from the list of funds."))
    return found
