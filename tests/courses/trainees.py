"""Courses and people for them, made through the same verbs as real ones."""

from typing import Any
from uuid import UUID

from livelihood.binding import bind
from livelihood.courses import service
from livelihood.courses.models import Course, Enrolment
from livelihood.courses.schemas import CompletionIn, CourseIn, EnrolmentIn
from tests.support.families import consented, member, members_of, registered
from tests.support.places import KMP, KPT
from tests.support.world import OFFICES, Person, World, clock_at

TODAY = "2026-03-02"
CLOCK = clock_at(TODAY)
VILLAGES = {"KPT": KPT, "KMP": KMP}


def course_body(trainer: Person, office: str = "KPT", **changes: object) -> dict[str, Any]:
    """The body that plans an animal raising course, which needs no safeguards."""
    return {
        "office_id": OFFICES[office],
        "trade": "animal_raising",
        "trainer_id": str(trainer.id),
        "place": "Mohar village hall",
        "starts_on": "2026-03-02",
        "ends_on": "2026-05-29",
        "seats": 12,
        **changes,
    }


async def planned(world: World, trainer: Person, office: str = "KPT", **changes: object) -> Course:
    async with world.work(trainer) as uow:
        body = bind(CourseIn, course_body(trainer, office, **changes), typed=True)
        return await service.create_course(uow, body, clock=CLOCK)


async def grown_ups(world: World, count: int, office: str = "KPT", **changes: object) -> list[UUID]:
    """The ids of so many adults of one household, in a fixed order."""
    caseworker = await world.person(f"caseworker@{office}")
    people = [member("Dara", "1980-01-01", "head")]
    people += [member(f"Adult{number:02d}", "1990-05-05", "sibling") for number in range(count - 1)]
    household = await registered(
        world, caseworker, CLOCK, village_code=VILLAGES[office], members=people, **changes
    )
    await consented(world, caseworker, household)
    return [member_id for _, member_id in sorted((await members_of(world, household)).items())]


async def one_born(world: World, born_on: str, precision: str = "day", office: str = "KPT") -> UUID:
    """The id of one child of a household of their own."""
    caseworker = await world.person(f"caseworker@{office}")
    people = [
        member("Dara", "1980-01-01", "head"),
        member("Child", born_on, "daughter", born_precision=precision),
    ]
    household = await registered(world, caseworker, CLOCK, village_code=VILLAGES[office], members=people)
    await consented(world, caseworker, household)
    return (await members_of(world, household))["Child"]


async def enrolled(world: World, trainer: Person, course: Course, member_id: UUID, **body: Any) -> Enrolment:
    async with world.work(trainer) as uow:
        asked = EnrolmentIn(member_id=member_id, **body)
        return (await service.enrol(uow, course.id, asked, clock=CLOCK)).enrolment


async def completed(world: World, trainer: Person, enrolment_id: UUID, day: str = TODAY) -> Enrolment:
    async with world.work(trainer) as uow:
        body = bind(CompletionIn, {"completed_on": day}, typed=True)
        return await service.complete(uow, enrolment_id, body, clock=CLOCK)
