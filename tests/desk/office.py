"""An office in the middle of its work: something waits for every role."""

from dataclasses import dataclass
from uuid import UUID

from livelihood.binding import bind
from livelihood.courses import service as courses
from livelihood.courses.schemas import CourseIn
from livelihood.followups import service as followups
from livelihood.followups.reconcile import tick
from livelihood.followups.schemas import VisitIn
from livelihood.households.models import Household
from tests.grants.stories import approved, decided, opened_fund, paid, submitted
from tests.support.families import consented, members_of, registered
from tests.support.world import World, clock_at

PAID_ON = "2026-01-12"
SEEN_ON = "2026-02-12"
TODAY = "2026-04-08"


@dataclass(frozen=True)
class Office:
    """`followed` has a paid grant and a child out of school; `waiting` and `approved` are grants on tables."""

    followed: Household
    paid: UUID
    waiting: UUID
    approved: UUID
    course: UUID
    visit: UUID
    children: dict[str, UUID]


async def at_work(world: World) -> Office:
    """Today is 8 April 2026: month 1 was visited, month 2 is overdue, month 3 is due."""
    world.clock = clock_at(PAID_ON)
    preparer = await world.person("caseworker@KPT", name="preparer")
    colleague = await world.person("caseworker@KPT", name="colleague")
    finance = await world.person("finance@KPT")
    fund = await opened_fund(world)
    monitor = await world.person("monitor@KPT")
    followed = await registered(world, preparer, monitor_id=str(monitor.id))
    await consented(world, preparer, followed)
    grant = await submitted(world, fund, household=followed)
    await decided(world, colleague, grant, "approve")
    await paid(world, finance, grant)
    await tick(world.worker, world.clock)

    world.clock = clock_at(SEEN_ON)
    children = await members_of(world, followed)
    visit = await visited(world, followed, children)
    await tick(world.worker, world.clock)

    world.clock = clock_at(TODAY)
    waiting = await submitted(world, fund)
    ready = await approved(world, fund)
    course = await planned(world)
    return Office(followed, grant, waiting, ready, course, visit, children)


async def visited(world: World, household: Household, children: dict[str, UUID]) -> UUID:
    """Bopha is in school, Piseth is not; both were there."""
    found = [("Bopha", "formal"), ("Piseth", "none")]
    body = {
        "household_id": str(household.id),
        "happened_on": SEEN_ON,
        "outcome": "met",
        "present": [str(children[name]) for name, _ in found],
        "note": "The elder boy helps at the brick kiln.",
        "findings": [
            {"member_id": str(children[name]), "details": {"kind": "education", "state": state}}
            for name, state in found
        ],
    }
    async with world.work(await world.person("monitor@KPT")) as uow:
        return await followups.record_visit(uow, bind(VisitIn, body, typed=True), clock=world.clock)


async def planned(world: World) -> UUID:
    trainer = await world.person("trainer@KPT")
    body = {
        "office_id": 1,
        "trade": "animal_raising",
        "trainer_id": str(trainer.id),
        "place": "Mohar village hall",
        "starts_on": TODAY,
        "ends_on": "2026-06-26",
        "seats": 12,
    }
    async with world.work(trainer) as uow:
        return (await courses.create_course(uow, bind(CourseIn, body, typed=True), clock=world.clock)).id
