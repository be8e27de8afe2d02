from uuid import UUID

from sqlalchemy import func, select

from livelihood.accounts.permissions import Permission
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import invalid, say
from livelihood.households.models import Place, School
from livelihood.households.rules import Level
from livelihood.households.schemas import SchoolIn
from livelihood.households.search_key import normalise

# The first key of the lock, so that it meets no other use of the same number.
SCHOOLS_OF_VILLAGE = 51


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


def same_name(typed: str, known: str | None) -> bool:
    """Whether readers see one name in both; a name without a letter or digit is compared as it was typed."""
    return known is not None and (typed == known or normalise(typed) == normalise(known) != "")


async def _known(uow: UnitOfWork, village_code: str, name: str) -> UUID | None:
    there = await uow.session.execute(
        select(School.id, School.name_km, School.name_latin)
        .where(School.village_code == village_code)
        .order_by(School.name_km != name, School.id)
    )
    for school_id, *names in there:
        if any(same_name(name, one) for one in names):
            return school_id
    return None


async def school_named(uow: UnitOfWork, village_code: str, name: str) -> UUID:
    """The school that people of this village call so, however they space or spell it; written down when it is first
    heard of.
    """
    if known := await _known(uow, village_code, name):
        return known
    # One at a time: two spellings of a new school that come at once would be two schools.
    await uow.session.execute(select(func.pg_advisory_xact_lock(SCHOOLS_OF_VILLAGE, int(village_code))))
    if known := await _known(uow, village_code, name):
        return known
    school = School(id=new_id(), village_code=village_code, name_km=name)
    uow.session.add(school)
    await uow.session.flush()
    return school.id
