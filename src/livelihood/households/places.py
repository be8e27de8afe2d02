"""Villages found by typing: a name in either script, or the digits of a code."""

from functools import cache

from sqlalchemy import SmallInteger, Text, bindparam, case, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import aliased

from livelihood.accounts.models import OfficeProvince
from livelihood.db.reader import Read, Reading
from livelihood.households.models import Place
from livelihood.households.rules import Level
from livelihood.households.schemas import PlaceOut
from livelihood.households.search_key import normalise, query_tokens

MOST_FOUND = 20
LONGEST_TYPED = 100

_Commune = aliased(Place)
_District = aliased(Place)
_Province = aliased(Place)


@cache
def _villages(*, by_code: bool) -> Read[PlaceOut]:
    """The reader's own provinces first, then names that begin as typed, then the shorter ones."""
    mine = select(OfficeProvince.province_code).where(
        OfficeProvince.office_id == func.any(bindparam("offices", type_=ARRAY(SmallInteger)))
    )
    wanted = (
        func.starts_with(Place.code, bindparam("typed", type_=Text))
        if by_code
        else Place.search.op("@>")(bindparam("wanted", type_=ARRAY(Text)))
    )
    begins = or_(
        func.starts_with(func.lower(Place.name_latin), bindparam("typed", type_=Text)),
        func.starts_with(Place.name_km, bindparam("typed", type_=Text)),
    )
    return Read(
        select(
            Place.code,
            Place.name_km,
            Place.name_latin,
            _Commune.name_km.label("commune_km"),
            _Commune.name_latin.label("commune_latin"),
            _District.name_km.label("district_km"),
            _District.name_latin.label("district_latin"),
            _Province.name_km.label("province_km"),
            _Province.name_latin.label("province_latin"),
        )
        .outerjoin(_Commune, _Commune.code == func.left(Place.code, 6))
        .outerjoin(_District, _District.code == func.left(Place.code, 4))
        .outerjoin(_Province, _Province.code == func.left(Place.code, 2))
        .where(Place.level == literal_column(f"'{Level.VILLAGE}'"), wanted)
        .order_by(
            case((func.left(Place.code, 2).in_(mine), 0), else_=1),
            *(() if by_code else (case((begins, 0), else_=1), func.length(Place.name_latin))),
            Place.code,
        )
        .limit(bindparam("at_most")),
        PlaceOut,
    )


async def find_villages(reading: Reading, typed: str, *, at_most: int = MOST_FOUND) -> list[PlaceOut]:
    """Villages whose name holds what was typed, or whose code begins with it; none for nothing typed."""
    text = normalise(typed[:LONGEST_TYPED])
    by_code = text.isascii() and text.isdecimal()
    wanted = query_tokens(text)
    if not text or not (by_code or wanted):
        return []
    found: dict[str, object] = {} if by_code else {"wanted": wanted}
    return await _villages(by_code=by_code).all(
        reading, typed=text, offices=[office.id for office in reading.actor.offices], at_most=at_most, **found
    )
