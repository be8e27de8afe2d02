"""Which school: what the visit form and the correction of a finding offer."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from uuid import UUID

import msgspec

from livelihood.db.reader import Reading
from livelihood.followups.forms import SCHOOL_ID
from livelihood.followups.queries import schools
from livelihood.followups.queries.schools import Near
from livelihood.households.places import find_villages
from livelihood.households.schemas import HouseholdDetail, PlaceOut
from livelihood.observations.rules import Details, Education
from livelihood.web.current import LANGUAGE
from livelihood.web.requests import Form


class Kept(msgspec.Struct, frozen=True):
    """The school that was named last of a child."""

    id: UUID
    name: str
    on: date


class Asked(msgspec.Struct, frozen=True):
    """`here` and `around`: (id, name) of the schools of the village, and of those beyond; `kept` by child."""

    here: list[tuple[str, str]]
    around: list[tuple[str, str]]
    kept: Mapping[UUID, Kept]
    villages: Mapping[str, list[PlaceOut]]


async def schools_asked(reading: Reading, household: HouseholdDetail, form: Form) -> Asked:
    """Whatever the form says already is offered too. Where a village was typed and not chosen, those found for it."""
    known = await schools.last_known(reading, household.id)
    ids = {one.school_id for one in known.values()} | set(_chosen(form))
    near = await schools.near(reading, household.village_code, ids)
    names = {one.id: school_name(one) for one in near}
    typed = {
        name: form.value(name)
        for name in form.values
        if name.endswith("school_village") and form.error(name) and form.value(name)
    }
    return Asked(
        here=[(str(one.id), school_name(one)) for one in near if one.here],
        around=[(str(one.id), f"{school_name(one)} · {_village(one)}") for one in near if not one.here],
        kept={
            one.member_id: Kept(one.school_id, names[one.school_id], one.happened_on)
            for one in known.values()
            if one.school_id in names
        },
        villages={name: await find_villages(reading, words) for name, words in typed.items()},
    )


async def school_names(reading: Reading, told: Iterable[Details]) -> dict[str, str]:
    """The names of the schools that findings tell of, by id."""
    ids = {one.school_id for one in told if isinstance(one, Education) and one.school_id}
    return {str(one.id): school_name(one) for one in await schools.near(reading, "", ids)} if ids else {}


def _chosen(form: Form) -> Iterator[UUID]:
    for name in form.values:
        if name.endswith(("school_id", "school_elsewhere")) and re.fullmatch(SCHOOL_ID, form.value(name)):
            yield UUID(form.value(name))


def school_name(school: Near) -> str:
    return school.name_km if LANGUAGE.get() == "km" else school.name_latin or school.name_km


def _village(school: Near) -> str:
    return school.village_km if LANGUAGE.get() == "km" else school.village_latin
