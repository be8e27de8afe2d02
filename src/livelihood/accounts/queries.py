from uuid import UUID

import msgspec
from sqlalchemy import Uuid, bindparam, select

from livelihood.accounts.actor import Actor
from livelihood.accounts.models import Office, Staff, StaffRole
from livelihood.accounts.permissions import Role
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
