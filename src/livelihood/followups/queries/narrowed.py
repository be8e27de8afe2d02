"""Which households of a list are asked for."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, ColumnElement, Text, Uuid, all_, any_, bindparam, func, select, true

from livelihood.accounts.permissions import Permission
from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import FollowUp
from livelihood.followups.queries.lists import OFFICES
from livelihood.followups.queries.pupils import pupils_of
from livelihood.followups.queries.states import IN_STATE, TO_DO
from livelihood.followups.queries.whose import NOBODYS, OF_MONITORS, nobodys, whose
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import State
from livelihood.households.models import Household, Place


class Narrowed(msgspec.Struct, frozen=True):
    """What of the list is asked for. `monitors`: whose households (none: everybody's); `nobodys`: offices of which those
    in no hands are asked for beside these; `first`: the village from which one sets out, after which the nearest comes
    first; `found`: households that a search has found; `besides`: those that are listed already.
    """

    monitors: tuple[UUID, ...] | None = None
    nobodys: tuple[int, ...] = ()
    office: int | None = None
    village: str = ""
    commune: str = ""
    school: UUID | None = None
    purpose: Purpose | None = None
    overdue: bool = False
    first: str = ""
    found: tuple[UUID, ...] | None = None
    besides: tuple[UUID, ...] = ()

    def given(self) -> dict[str, object]:
        """The parameters of what is asked for, by the name of its condition."""
        given: dict[str, object | None] = {
            "monitors": None if self.monitors is None else list(self.monitors),
            "nobodys": None if self.monitors is None else list(self.nobodys) or None,
            "village": self.village or None,
            "commune": self.commune or None,
            "purpose": self.purpose.value if self.purpose else None,
            "found": None if self.found is None else list(self.found),
            "school": self.school,
            "besides": list(self.besides) or None,
        }
        return {name: value for name, value in given.items() if value is not None}


async def worked_by(reading: Reading, actor: Actor, today: date) -> Narrowed:
    """The list of what this person works that day, whoever reads: their own, what they cover for others, and what is in
    no hands where it is theirs to give.
    """
    return Narrowed(monitors=tuple(await whose(reading, actor.id, today)), nobodys=nobodys(actor))


class Asked(msgspec.Struct, frozen=True):
    """A place of which the list is asked for, and whether any family of the reader's offices lives there."""

    name_km: str
    name_latin: str
    families: bool


COMMUNE_CODE = func.left(Household.village_code, 6)


def waiting(*, overdue: bool) -> ColumnElement[bool]:
    """What is to be done now, or of that only what is late."""
    return IN_STATE[State.OVERDUE] & FollowUp.reminds if overdue else TO_DO


OF_SCHOOL = pupils_of(bindparam("school", type_=Uuid))
SCHOOL_CHECK = FollowUp.purpose == Purpose.SCHOOL.value


def narrowed(statement: Any, which: tuple[str, ...]) -> Any:
    """The same select over follow-ups and households, with a condition for each of `which`, as `given` names them."""
    conditions = {
        "monitors": OF_MONITORS | NOBODYS if "nobodys" in which else OF_MONITORS,
        "nobodys": true(),
        "village": Household.village_code == bindparam("village", type_=Text),
        "commune": bindparam("commune", type_=Text) == COMMUNE_CODE,
        "purpose": FollowUp.purpose == bindparam("purpose", type_=Text),
        "found": Household.id == any_(bindparam("found", type_=ARRAY(Uuid))),
        "school": Household.id.in_(select(OF_SCHOOL.c.household_id)),
        "besides": Household.id != all_(bindparam("besides", type_=ARRAY(Uuid))),
    }
    for name in which:
        statement = statement.where(conditions[name])
    return statement


PLACE = Read(
    select(
        Place.name_km,
        Place.name_latin,
        select(Household.id)
        .where(func.left(Household.village_code, func.length(Place.code)) == Place.code)
        .where(Household.office_id == any_(OFFICES))
        .exists()
        .label("families"),
    ).where(Place.code == bindparam("code", type_=Text)),
    Asked,
)


async def place_asked(reading: Reading, code: str) -> Asked | None:
    """None where no place has this code."""
    offices = sorted(reading.actor.offices_for(Permission.FOLLOW_UPS_READ))
    return await PLACE.first(reading, code=code, offices=offices)
