"""A family that is closed or handed over while somebody of it is enrolled: one of the two is refused, in either order."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from livelihood.courses import service as courses
from livelihood.courses.schemas import EnrolmentIn
from livelihood.db.work import UnitOfWork
from livelihood.errors import DomainError
from livelihood.followups import service as followups
from livelihood.followups.schemas_handover import HandoverIn
from livelihood.followups.schemas_leaving import CloseIn
from livelihood.households.rules import CaseClosed
from tests.courses.trainees import CLOCK, grown_ups, planned
from tests.support.locks import somebody_waits
from tests.support.places import KMP
from tests.support.world import Person, World


@pytest.mark.parametrize("leaving", ["close", "hand over"])
@pytest.mark.parametrize("first", ["leaving", "enrolling"])
async def test_an_enrolment_and_the_end_of_its_family_here_are_never_both(
    world: World, leaving: str, first: str
):
    trainer = await world.person("trainer@KPT")
    for role in ("monitor@KMP", "caseworker@KMP"):
        await world.person(role)
    course = await planned(world, trainer)
    (person,) = await grown_ups(world, 1)
    (household,) = await world.owner_rows("SELECT id FROM households")
    supervisor = await world.person("supervisor@KPT")
    closing = CloseIn(closed_on=CLOCK.today(), because=CaseClosed.FINISHED)
    moving = HandoverIn(village_code=KMP, reason="They live with relatives")

    async def leave(uow: UnitOfWork) -> object:
        if leaving == "close":
            return await followups.close(uow, household["id"], closing, clock=CLOCK)
        return await followups.hand_over(uow, household["id"], moving, clock=CLOCK)

    async def enrol(uow: UnitOfWork) -> object:
        return await courses.enrol(uow, course.id, EnrolmentIn(member_id=person), clock=CLOCK)

    verbs: dict[str, tuple[Person, Callable[[UnitOfWork], Awaitable[object]]]] = {
        "leaving": (supervisor, leave),
        "enrolling": (trainer, enrol),
    }
    (second,) = verbs.keys() - {first}

    async def attempt(name: str) -> None:
        who, verb = verbs[name]
        async with world.work(who) as uow:
            await verb(uow)

    who, verb = verbs[first]
    async with world.work(who) as uow:
        await verb(uow)
        other = asyncio.create_task(attempt(second))
        await somebody_waits(world)
    with pytest.raises(DomainError):
        await other
    (found,) = await world.owner_rows(
        "SELECT h.closed_on IS NULL AND h.office_id = 1 AS here, count(e.id) AS seats "
        "FROM households h LEFT JOIN enrolments e ON e.household_id = h.id GROUP BY h.id"
    )
    assert (found["here"], found["seats"]) == ((False, 0) if first == "leaving" else (True, 1))
