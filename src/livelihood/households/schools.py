from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.households.models import School


async def school_named(uow: UnitOfWork, village_code: str, name: str) -> UUID:
    """The school that people of this village call so; written down when it is first heard of."""
    made = await uow.session.scalar(
        insert(School)
        .values(id=new_id(), village_code=village_code, name_km=name)
        .on_conflict_do_nothing(index_elements=[School.village_code, School.name_km])
        .returning(School.id)
    )
    if made is not None:
        return made
    known = await uow.session.execute(
        select(School.id).where(School.village_code == village_code, School.name_km == name)
    )
    return known.scalar_one()
