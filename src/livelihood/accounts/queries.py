from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, SQLColumnExpression, Text, Uuid, bindparam, literal_column, or_, select
from sqlalchemy.orm import aliased

from livelihood.accounts.actor import Actor
from livelihood.accounts.models import Office, Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from livelihood.db.actor import OfficeName
from livelihood.db.reader import Read, Reading

PERSON = bindparam("person", type_=Uuid)


class Somebody(msgspec.Struct):
    id: UUID
    name: str
    username: str
    language: str


class Held(msgspec.Struct):
    role: Role
    office_id: int | None


SOMEBODY = Read(
    select(Staff.id, Staff.name, Staff.username, Staff.language).where(Staff.id == PERSON), Somebody
)
HELD = Read(
    select(StaffRole.role, StaffRole.office_id)
    .where(StaffRole.staff_id == PERSON)
    .distinct()
    .order_by(StaffRole.role, StaffRole.office_id),
    Held,
)
OFFICES = Read(
    select(Office.id, Office.prefix, Office.name_en, Office.name_km).order_by(Office.id), OfficeName
)


async def actor_of(reading: Reading, staff_id: UUID) -> Actor | None:
    """Somebody as they would be when signed in, for a worker that counts what waits for them: it reads past every
    policy, so whatever it asks in their name has to name their offices.
    """
    found = await SOMEBODY.first(reading, person=staff_id)
    if found is None:
        return None
    held = await HELD.all(reading, person=staff_id)
    everywhere = any(one.office_id is None for one in held)
    reached = {one.office_id for one in held}
    offices = [office for office in await OFFICES.all(reading) if everywhere or office.id in reached]
    return Actor(
        id=found.id,
        name=found.name,
        username=found.username,
        language=found.language,
        roles=tuple((one.role, one.office_id) for one in held),
        offices=tuple(offices),
    )


def works_there(
    person: SQLColumnExpression[Any], office: SQLColumnExpression[Any], permission: Permission
) -> ColumnElement[bool]:
    """Whether the person of a row is at work, and may do this for the row's office: what was theirs is theirs still.

    Of whoever left, went to another office or does other work now, it is somebody else's.
    """
    there, held = aliased(Staff), aliased(StaffRole)
    # By columns and words of the statement itself: the worker that counts for the digest may read no more.
    roles = [
        literal_column(f"'{role.value}'", Text) for role, may in ROLE_PERMISSIONS.items() if permission in may
    ]
    return (
        select(there.id)
        .join(held, held.staff_id == there.id)
        .where(
            there.id == person,
            there.active,
            there.kind == literal_column(f"'{StaffKind.PERSON.value}'"),
            held.role.in_(roles),
            or_(held.office_id.is_(None), held.office_id == office),
        )
        .correlate_except(there, held)
        .exists()
    )
