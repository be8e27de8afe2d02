"""Families for tests, registered through the same verb as real ones."""

from typing import Any

from livelihood.binding import bind
from livelihood.clock import Clock
from livelihood.households import service
from livelihood.households.models import Household
from livelihood.households.schemas import ConsentIn, HouseholdIn
from tests.support.places import KPT
from tests.support.world import Person, World, clock_at


def member(given: str, born_on: str, relationship: str = "son", **more: object) -> dict[str, Any]:
    sex = "female" if relationship in {"daughter", "spouse"} else "male"
    return {
        "family_name_latin": "Sok",
        "given_name_latin": given,
        "sex": sex,
        "born_on": born_on,
        "relationship": relationship,
        **more,
    }


def family(**changes: object) -> dict[str, Any]:
    """The body that registers a head and two children of school age, in Kampong Thom."""
    return {
        "village_code": KPT,
        "intake_on": "2026-01-05",
        "phone": "012 345 678",
        "members": [
            member("Dara", "1985-03-02", "head", family_name_km="សុខ", given_name_km="ដារ៉ា"),
            member("Bopha", "2015-06-10", "daughter", family_name_km="សុខ", given_name_km="បុប្ផា"),
            member("Piseth", "2012-11-20"),
        ],
        **changes,
    }


async def registered(
    world: World, person: Person, clock: Clock | None = None, **changes: object
) -> Household:
    """A household that `person` has registered, on the day of its intake."""
    async with world.work(person) as uow:
        body = bind(HouseholdIn, family(**changes), typed=True)
        clock = clock or clock_at(body.intake_on.isoformat())
        return await service.register(uow, body, clock=clock)


async def members_of(world: World, household: Household) -> dict[str, Any]:
    """The ids of the household's members by given name."""
    rows = await world.owner_rows(
        "SELECT given_name_latin, id FROM members WHERE household_id = $1", household.id
    )
    return {row["given_name_latin"]: row["id"] for row in rows}


async def consented(world: World, person: Person, household: Household) -> None:
    """The head's consent to everything, so that a grant may be asked for."""
    people = await members_of(world, household)
    body = {
        "member_id": str(people["Dara"]),
        "purposes": ["services", "follow_up_visits", "reports"],
        "method": "signature",
        "given_on": household.intake_on.isoformat(),
    }
    async with world.work(person) as uow:
        await service.record_consent(uow, household.id, bind(ConsentIn, body, typed=True), clock=world.clock)
