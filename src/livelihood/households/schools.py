from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from livelihood.accounts.permissions import Permission
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import invalid, say
from livelihood.households.models import Place, School
from livelihood.households.rules import Level
from livelihood.households.schemas import SchoolIn


async def name_school(uow: UnitOfWork, data: SchoolIn) -> UUID:
    """The school of that name in that village, known already or not. Raises `Forbidden`, `InvalidInput`."""
    uow.actor.require(Permission.VISITS_RECORD)
    name = " ".join(data.name.split())
    if not name:
        raise invalid("name", say("This is needed. Fill it in."))
    village = await uow.session.get(Place, data.village_code)
    if village is None or village.level != Level.VILLAGE:
        raise invalid(
            "village_code",
            say(
                "There is no village {code} in the gazetteer. Choose it from the list.",
                code=data.village_code,
            ),
        )
    return await school_named(uow, data.village_code, name)


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
