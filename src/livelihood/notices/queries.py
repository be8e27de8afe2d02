from collections.abc import Iterable
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, SmallInteger, Text, any_, bindparam, or_, select

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Role
from livelihood.db.reader import Read, Reading
from livelihood.notices.rules import SAFEGUARDING_ROLES


class Recipient(msgspec.Struct):
    id: UUID


RECIPIENTS = Read(
    select(Staff.id)
    .join(StaffRole, StaffRole.staff_id == Staff.id)
    .where(
        Staff.active,
        Staff.kind == StaffKind.PERSON.value,
        StaffRole.role == any_(bindparam("roles", type_=ARRAY(Text))),
        or_(StaffRole.office_id.is_(None), StaffRole.office_id == bindparam("office", type_=SmallInteger)),
    )
    .distinct(),
    Recipient,
)


async def recipients(
    reading: Reading, office_id: int | None, roles: Iterable[Role] = SAFEGUARDING_ROLES
) -> set[UUID]:
    """Who holds one of the roles for this office or for all of them; without an office, for all of them alone."""
    held = [role.value for role in roles]
    return {one.id for one in await RECIPIENTS.all(reading, office=office_id, roles=held)}
