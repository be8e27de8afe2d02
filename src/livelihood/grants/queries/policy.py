"""The approval policy, and which of the staff hold which roles."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Date, SmallInteger, Text, any_, bindparam, func, or_, select

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Role
from livelihood.db.reader import Read, Reading
from livelihood.grants.models import ApprovalBand, TrancheSplit
from livelihood.grants.rules.approvals import Band
from livelihood.grants.rules.money import Currency


class StaffRoles(msgspec.Struct):
    """Someone with the roles they hold for the office in question."""

    id: UUID
    name: str
    roles: list[str]


STAFF_OF_OFFICE = Read(
    select(Staff.id, Staff.name, func.array_agg(StaffRole.role.distinct()).label("roles"))
    .join(StaffRole, StaffRole.staff_id == Staff.id)
    .where(
        Staff.active,
        Staff.kind == StaffKind.PERSON,
        or_(StaffRole.office_id.is_(None), StaffRole.office_id == bindparam("office_id", type_=SmallInteger)),
        StaffRole.role == any_(bindparam("roles", type_=ARRAY(Text))),
    )
    .group_by(Staff.id)
    .order_by(Staff.name),
    StaffRoles,
)


class BandRow(msgspec.Struct):
    currency: str
    up_to_minor: int | None
    steps: list[list[Role]]
    effective_from: date


BANDS = Read(
    select(ApprovalBand.currency, ApprovalBand.up_to_minor, ApprovalBand.steps, ApprovalBand.effective_from),
    BandRow,
)


class SplitRow(msgspec.Struct):
    shares: list[int]


SPLIT = Read(
    select(TrancheSplit.shares)
    .where(TrancheSplit.effective_from <= bindparam("today", type_=Date))
    .order_by(TrancheSplit.effective_from.desc())
    .limit(1),
    SplitRow,
)


async def roles_for(reading: Reading, person: UUID, office_id: int) -> frozenset[Role]:
    """The roles that someone holds for the office now."""
    every = [role.value for role in Role]
    staff = await STAFF_OF_OFFICE.all(reading, office_id=office_id, roles=every)
    return frozenset(Role(role) for held in staff if held.id == person for role in held.roles)


async def bands(reading: Reading) -> list[Band]:
    """Every version of the approval policy."""
    return [
        Band(
            currency=Currency(row.currency),
            up_to_minor=row.up_to_minor,
            steps=tuple(frozenset(step) for step in row.steps),
            effective_from=row.effective_from,
        )
        for row in await BANDS.all(reading)
    ]


async def shares(reading: Reading, today: date) -> list[int]:
    """How an amount is split into tranches, by the policy of the day."""
    found = await SPLIT.first(reading, today=today)
    return found.shares if found else [100]
