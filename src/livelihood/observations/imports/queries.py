from collections.abc import Collection
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import Date, SmallInteger, Text, Uuid, bindparam, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from livelihood.accounts.models import OfficeProvince
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.households.intake.household import recognised_by
from livelihood.households.intake.shapes import ListedPlace
from livelihood.households.models import Household, Member, Place
from livelihood.households.rules import BirthPrecision, Level, Relationship
from livelihood.observations.imports.models import HouseholdImport
from livelihood.observations.imports.schemas import ImportListed, ImportRow

MOST_LISTED = 20


class _Village(msgspec.Struct):
    code: str
    name_km: str
    name_latin: str
    office_id: int | None


class _Head(msgspec.Struct):
    code: str
    idpoor_card: str | None
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    born_on: date
    born_precision: BirthPrecision


class Registered(msgspec.Struct):
    """A household by its head."""

    id: UUID
    code: str
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None


_VILLAGES = Read(
    select(Place.code, Place.name_km, Place.name_latin, OfficeProvince.office_id)
    .outerjoin(OfficeProvince, OfficeProvince.province_code == func.left(Place.code, 2))
    .where(
        Place.level == literal_column(f"'{Level.VILLAGE}'"),
        Place.code == func.any(bindparam("codes", type_=ARRAY(Text))),
    ),
    _Village,
)

_HEADS = Read(
    select(
        Household.code,
        Household.idpoor_card,
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Member.born_on,
        Member.born_precision,
    )
    .join(Member, Member.household_id == Household.id)
    .where(
        Member.relationship == literal_column(f"'{Relationship.HEAD}'"),
        Member.left_on.is_(None),
        Household.office_id == func.any(bindparam("offices", type_=ARRAY(SmallInteger))),
        or_(
            Household.idpoor_card == func.any(bindparam("cards", type_=ARRAY(Text))),
            Member.born_on == func.any(bindparam("births", type_=ARRAY(Date))),
        ),
    )
    .order_by(Household.code.desc()),
    _Head,
)

_REGISTERED = Read(
    select(
        Household.id,
        Household.code,
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
    )
    .join(Member, Member.household_id == Household.id)
    .where(
        Member.relationship == literal_column(f"'{Relationship.HEAD}'"),
        Member.left_on.is_(None),
        Household.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
    ),
    Registered,
)

_LISTED = select(
    HouseholdImport.id,
    HouseholdImport.filename,
    HouseholdImport.state,
    HouseholdImport.uploaded_at,
    HouseholdImport.imported_at,
    HouseholdImport.ready,
    HouseholdImport.refused,
)
LATEST = Read(
    _LISTED.where(HouseholdImport.uploaded_by == bindparam("actor"))
    .order_by(HouseholdImport.uploaded_at.desc())
    .limit(MOST_LISTED),
    ImportListed,
)
DETAIL = Read(
    select(
        HouseholdImport.id,
        HouseholdImport.filename,
        HouseholdImport.state,
        HouseholdImport.uploaded_at,
        HouseholdImport.imported_at,
        HouseholdImport.ready,
        HouseholdImport.people,
        HouseholdImport.refused,
        HouseholdImport.plan,
        HouseholdImport.faults,
        HouseholdImport.outcome,
    ).where(HouseholdImport.id == bindparam("id"), HouseholdImport.uploaded_by == bindparam("actor")),
    ImportRow,
)


async def listed_places(reading: Reading, codes: Collection[str]) -> dict[str, ListedPlace]:
    """The villages that a list names, with the offices that serve them and whether the actor may import there."""
    may_import = reading.actor.offices_for(Permission.HOUSEHOLDS_IMPORT)
    return {
        found.code: ListedPlace(
            found.code, found.name_km, found.name_latin, found.office_id, found.office_id in may_import
        )
        for found in await _VILLAGES.all(reading, codes=list(codes))
    }


async def known_households(
    reading: Reading, cards: Collection[str], births: Collection[date]
) -> dict[str, str]:
    """Keys by which registered households of the actor's offices are recognised, to their codes."""
    heads = await _HEADS.all(
        reading,
        cards=list(cards),
        births=list(births),
        offices=[office.id for office in reading.actor.offices],
    )
    return {key: head.code for head in heads for key in recognised_by(head, head.idpoor_card)}


async def registered(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Registered]:
    """Those of the households that are there, in the actor's offices."""
    return {found.id: found for found in await _REGISTERED.all(reading, ids=list(ids))}


async def latest(reading: Reading) -> list[ImportListed]:
    """The actor's own imports, the newest first."""
    return await LATEST.all(reading, actor=reading.actor.id)


async def detail(reading: Reading, import_id: UUID) -> ImportRow:
    """Raises `NotFound` where there is none, or somebody else uploaded it."""
    found = await DETAIL.first(reading, id=import_id, actor=reading.actor.id)
    if found is None:
        raise no_import()
    return found


def no_import() -> NotFound:
    return NotFound(say("There is no such import of yours. Upload the list again."))
