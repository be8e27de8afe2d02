"""Grants in lists, and one grant with everything about it."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    BigInteger,
    DateTime,
    SmallInteger,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, invalid, say
from livelihood.followups.queries import alerts
from livelihood.grants.models import Disbursement, Fund, Grant, GrantDecision, GrantItem, Tranche
from livelihood.grants.queries.steps import steps
from livelihood.grants.rules.status import Status
from livelihood.grants.schemas import DecisionOut, GrantHead, GrantOut, GrantRow, ItemOut, TrancheOut
from livelihood.households.models import Household, Member
from livelihood.households.queries import HEAD, find

PAGE_SIZE = 50

PREPARER = aliased(Staff)
SUBMITTER = aliased(Staff)

ID = bindparam("id", type_=Uuid)

# Filters that may be left out.
OFFICE = bindparam("office_id", None, SmallInteger)
HOUSEHOLD = bindparam("household_id", None, Uuid)
STATUS = bindparam("status", None, Text)
FOUND = bindparam("found", None, ARRAY(Uuid))
BEFORE_AT = bindparam("before_at", None, DateTime(timezone=True))
BEFORE_ID = bindparam("before_id", None, Uuid)

# Newest first; (created_at, id) of the last row shown is where the next page begins.
GRANTS = Read(
    select(
        Grant.id,
        Grant.household_id,
        Household.code.label("household_code"),
        Grant.office_id,
        Grant.business,
        Grant.currency,
        Grant.amount_minor,
        Grant.status,
        Grant.created_at,
        Grant.submitted_at,
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
    )
    .join(Household, Household.id == Grant.household_id)
    .outerjoin(Member, HEAD)
    .where(
        or_(OFFICE.is_(None), Grant.office_id == OFFICE),
        or_(HOUSEHOLD.is_(None), Grant.household_id == HOUSEHOLD),
        or_(STATUS.is_(None), Grant.status == STATUS),
        or_(FOUND.is_(None), Grant.household_id == any_(FOUND)),
        or_(BEFORE_ID.is_(None), tuple_(Grant.created_at, Grant.id) < tuple_(BEFORE_AT, BEFORE_ID)),
    )
    .order_by(Grant.created_at.desc(), Grant.id.desc())
    .limit(bindparam("most", 50, BigInteger)),
    GrantRow,
)

GRANT_HEAD = Read(
    select(
        Grant.id,
        Grant.household_id,
        Household.code.label("household_code"),
        Grant.office_id,
        Grant.fund_id,
        Fund.name.label("fund_name"),
        Grant.business,
        Grant.currency,
        Grant.amount_minor,
        Grant.monthly_income_minor,
        Grant.status,
        Grant.round,
        Grant.prepared_by,
        PREPARER.name.label("prepared_by_name"),
        Grant.created_at,
        Grant.submitted_at,
        SUBMITTER.name.label("submitted_by_name"),
        Grant.approved_at,
        Grant.approved_on,
        Grant.version,
    )
    .join(Household, Household.id == Grant.household_id)
    .join(Fund, Fund.id == Grant.fund_id)
    .join(PREPARER, PREPARER.id == Grant.prepared_by)
    .outerjoin(SUBMITTER, SUBMITTER.id == Grant.submitted_by)
    .where(Grant.id == ID),
    GrantHead,
)

ITEMS = Read(
    select(GrantItem.number, GrantItem.description, GrantItem.amount_minor)
    .where(GrantItem.grant_id == ID)
    .order_by(GrantItem.number),
    ItemOut,
)

TRANCHES = Read(
    select(
        Tranche.number,
        Tranche.amount_minor,
        Disbursement.paid_on,
        Staff.name.label("paid_by"),
        Disbursement.method,
        Disbursement.receipt_number,
        Disbursement.recipient_member_id,
        Disbursement.id.label("disbursement_id"),
    )
    .outerjoin(
        Disbursement,
        and_(Disbursement.grant_id == Tranche.grant_id, Disbursement.tranche_number == Tranche.number),
    )
    .outerjoin(Staff, Staff.id == Disbursement.paid_by)
    .where(Tranche.grant_id == ID)
    .order_by(Tranche.number),
    TrancheOut,
)

DECISIONS = Read(
    select(
        GrantDecision.round,
        GrantDecision.decision,
        GrantDecision.decided_by,
        Staff.name.label("decided_by_name"),
        GrantDecision.roles,
        GrantDecision.note,
        GrantDecision.decided_at,
    )
    .join(Staff, Staff.id == GrantDecision.decided_by)
    .where(GrantDecision.grant_id == ID)
    .order_by(GrantDecision.decided_at),
    DecisionOut,
)


async def grants(
    reading: Reading,
    *,
    status: Status | None = None,
    office_id: int | None = None,
    household_id: UUID | None = None,
    q: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> Page[GrantRow]:
    """The actor's grants, newest first; `q` is a name in either script, a household's code or its phone."""
    reading.actor.require(Permission.GRANTS_READ)
    before_at, before_id = read_cursor(cursor)
    rows = await GRANTS.all(
        reading,
        status=status,
        found=await find(reading, q) if q else None,
        office_id=office_id,
        household_id=household_id,
        before_at=before_at,
        before_id=before_id,
        most=limit + 1,
    )
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], f"{last.created_at.isoformat()}~{last.id}" if last else None)


def read_cursor(cursor: str) -> tuple[datetime | None, UUID | None]:
    """Raises `InvalidInput` for what is no cursor of ours."""
    if not cursor:
        return None, None
    at, _, key = cursor.partition("~")
    try:
        return datetime.fromisoformat(at).astimezone(UTC), UUID(key)
    except (ValueError, OverflowError) as error:
        raise invalid(
            "cursor",
            say("{value} is no place in this list. Start again from its beginning.", value=cursor[:40]),
        ) from error


async def grant(reading: Reading, grant_id: UUID) -> GrantOut:
    head = await GRANT_HEAD.first(reading, id=grant_id)
    if head is None or not reading.actor.may(Permission.GRANTS_READ, head.office_id):
        raise no_grant()
    tranches = await TRANCHES.all(reading, id=grant_id)
    decisions = await DECISIONS.all(reading, id=grant_id)
    return GrantOut(
        **msgspec.structs.asdict(head),
        items=await ITEMS.all(reading, id=grant_id),
        tranches=tranches,
        steps=await steps(reading, head, decisions),
        decisions=decisions,
        open_alerts=[
            alert
            for alert in await alerts.of_household(reading, head.household_id)
            if alert.closed_on is None
        ],
        paid_minor=sum(tranche.amount_minor for tranche in tranches if tranche.paid_on is not None),
    )


def no_grant() -> NotFound:
    return NotFound(say("There is no such grant here. Check the link, or look in the list of grants."))
