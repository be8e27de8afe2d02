"""Whom to turn to: who of an office may do what the reader may not."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import ARRAY, SmallInteger, Text, any_, bindparam, func, or_, select

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import ROLE_PERMISSIONS, Permission
from livelihood.db.reader import Read, Reading


class Colleague(msgspec.Struct, frozen=True):
    name: str
    of_office: bool


COLLEAGUES = Read(
    select(Staff.name, func.bool_or(StaffRole.office_id.is_not(None)).label("of_office"))
    .join(StaffRole, StaffRole.staff_id == Staff.id)
    .where(
        Staff.active,
        Staff.kind == StaffKind.PERSON,
        or_(StaffRole.office_id.is_(None), StaffRole.office_id == bindparam("office", type_=SmallInteger)),
        StaffRole.role == any_(bindparam("roles", type_=ARRAY(Text))),
    )
    .group_by(Staff.id)
    .order_by(Staff.name, Staff.id),
    Colleague,
)


async def who_may(reading: Reading, permission: Permission, office: int) -> Sequence[str]:
    """Their names; those of all offices only where the office has nobody of its own."""
    roles = [role.value for role, may in ROLE_PERMISSIONS.items() if permission in may]
    found = await COLLEAGUES.all(reading, office=office, roles=roles)
    return [one.name for one in found if one.of_office] or [one.name for one in found]
