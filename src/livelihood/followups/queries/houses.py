"""The houses of a route: where they lie, and how far it is there."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Float, SQLColumnExpression, bindparam, case, func, true
from sqlalchemy.orm import aliased

from livelihood.followups.queries.narrowed import COMMUNE_CODE
from livelihood.followups.queries.whose import IN_NO_HANDS, OF_MONITORS
from livelihood.households.models import Household, Place


class HouseholdRow(msgspec.Struct, frozen=True):
    id: UUID
    office_id: int
    code: str
    phone: str | None
    village_code: str
    village_km: str
    village_latin: str
    commune_code: str
    commune_km: str | None
    commune_latin: str | None
    km: float | None
    urgency: date
    in_no_hands: bool


Commune = aliased(Place)
EARTH_KM = 6371.0


def distance() -> ColumnElement[float | None]:
    """From a point given, by the haversine formula; no distance where a village has no coordinates."""
    lat, lng = bindparam("lat", type_=Float), bindparam("lng", type_=Float)
    half_lat = func.sin(func.radians(Place.lat - lat) / 2)
    half_lng = func.sin(func.radians(Place.lng - lng) / 2)
    chord = half_lat * half_lat + func.cos(func.radians(lat)) * func.cos(func.radians(Place.lat)) * (
        half_lng * half_lng
    )
    return 2 * EARTH_KM * func.asin(func.sqrt(case((chord > 1, 1.0), else_=chord)))


def house(km: ColumnElement[Any], urgency: SQLColumnExpression[date], which: tuple[str, ...]) -> list[Any]:
    """The columns of a `HouseholdRow`, for a list narrowed by `which`."""
    # Of the households that somebody works and those in no hands, the others are in none: that costs nothing to say.
    in_no_hands = OF_MONITORS.is_not(true()) if "monitors" in which else IN_NO_HANDS
    return [
        Household.id,
        Household.office_id,
        Household.code,
        Household.phone,
        Household.village_code,
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        COMMUNE_CODE.label("commune_code"),
        Commune.name_km.label("commune_km"),
        Commune.name_latin.label("commune_latin"),
        km.label("km"),
        urgency.label("urgency"),
        in_no_hands.label("in_no_hands"),
    ]
