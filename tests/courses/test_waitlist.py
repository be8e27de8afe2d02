"""A seat that is free while people wait is theirs first, as soon as one of them can take it; and locks have one order."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest

from livelihood.courses import service
from livelihood.courses.models import Course, Enrolment
from livelihood.courses.schemas import EnrolmentIn
from livelihood.courses.service import Seated
from livelihood.courses.service.seats import NobodyCanTakeTheSeat
from livelihood.errors import DomainError, Forbidden, NotFound
from livelihood.followups import service as followups
from livelihood.followups.schemas_leaving import CloseIn
from livelihood.households.rules import CaseClosed
from tests.courses.test_service import many_connections
from tests.courses.test_withdrawal import given_up, gone, sound
from tests.courses.trainees import CLOCK, enrolled, grown_ups, planned
from tests.desk.test_today import seen
from tests.support.locks import somebody_waits
from tests.support.world import Person, World, clock_at

SETUP = "00000000-0000-7000-8000-000000000001"
MEANWHILE = {"trade": "sewing", "starts_on": "2026-05-01", "ends_on": "2026-06-30"}


async def passed_over(world: World, trainer: Person, *, people: list[UUID]) -> tuple[Course, Enrolment]:
    """A course of one seat that is free, and for which the second of two waits; and what stands in their way."""
    course, other = await planned(world, trainer, seats=1), await planned(world, trainer, **MEANWHILE)
    seat = await enrolled(world, trainer, course, people[0])
    await enrolled(world, trainer, course, people[1])
    busy = await enrolled(world, trainer, other, people[1])
    assert (await given_up(world, trainer, seat.id)).promoted == []
    assert (await sound(world, course))[people[1]] == ("waitlisted", None)
    return course, busy


async def freed_past_the_verbs(world: World, enrolment: Enrolment) -> None:
    """The other course ended long before, so its days are in nobody's way."""
    changed = (
        f"UPDATE enrolments SET starts_on = '2026-01-05', ends_on = '2026-01-30' WHERE id = '{enrolment.id}'"
    )
    world.server.sql(f"SET app.actor = '{SETUP}'; {changed}", database=world.name)


async def given(world: World, trainer: Person, course: Course) -> list[UUID]:
    async with world.work(trainer) as uow:
        return [one.member_id for one in await service.give_free_seats(uow, course.id, clock=CLOCK)]


async def test_who_gives_up_what_stood_in_the_way_has_the_seat_that_is_free(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    course, busy = await passed_over(world, trainer, people=people)
    promoted = (await given_up(world, trainer, busy.id)).promoted
    assert [(one.member_id, one.course_id) for one in promoted] == [(people[1], course.id)]
    assert (await sound(world, course))[people[1]] == ("enrolled", 1)


async def test_a_seat_that_is_given_up_once_the_course_is_over_is_nobodys(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    course = await planned(world, trainer, seats=1)
    seat = await enrolled(world, trainer, course, people[0])
    await enrolled(world, trainer, course, people[1])
    over = clock_at((course.ends_on + timedelta(days=1)).isoformat())
    async with world.work(trainer) as uow:
        ended = await service.withdraw(uow, seat.id, gone("dropped_out", course.ends_on), clock=over)
    assert ended.promoted == []
    async with world.work(trainer) as uow:
        assert await service.give_free_seats(uow, course.id, clock=over) == []
    assert (await sound(world, course))[people[1]] == ("waitlisted", None)


async def test_whoever_is_new_waits_behind_those_who_can_take_the_seat_by_now(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 3)
    course, busy = await passed_over(world, trainer, people=people)
    await freed_past_the_verbs(world, busy)
    async with world.work(trainer) as uow:
        seated = await service.enrol(uow, course.id, EnrolmentIn(member_id=people[2]), clock=CLOCK)
    assert [one.member_id for one in seated.promoted] == [people[1]]
    found = await sound(world, course)
    assert found[people[1]] == ("enrolled", 1)
    assert found[people[2]] == ("waitlisted", None)


async def test_whoever_is_new_has_the_seat_that_nobody_who_waits_can_take(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 3)
    course, _ = await passed_over(world, trainer, people=people)
    assert (await enrolled(world, trainer, course, people[2])).seat == 1
    assert (await sound(world, course))[people[1]] == ("waitlisted", None)


async def test_a_free_seat_is_given_to_who_waits_or_it_is_said_what_stands_in_the_way(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    course, busy = await passed_over(world, trainer, people=people)
    with pytest.raises(NobodyCanTakeTheSeat) as refusal:
        await given(world, trainer, course)
    (fault,) = refusal.value.errors
    assert "is in another course" in str(fault.message)
    for role, error in (("caseworker@KPT", Forbidden), ("manager", Forbidden), ("trainer@KMP", NotFound)):
        with pytest.raises(error):
            await given(world, await world.person(role), course)
    await freed_past_the_verbs(world, busy)
    assert await given(world, trainer, course) == [people[1]]
    assert await given(world, trainer, course) == [], "no seat is free, and nobody waits"
    assert (await sound(world, course))[people[1]] == ("enrolled", 1)


async def test_the_pages_and_the_api_offer_the_seat(world: World):
    world.clock = CLOCK
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 3)
    course, busy = await passed_over(world, trainer, people=people)
    address, here = f"/courses/{course.id}/free-seats", f"/courses/{course.id}"
    async with world.client(trainer) as client:
        refused = await client.post(address)
        assert (refused.status_code, refused.json()["code"]) == (409, "nobody-can-take-the-seat")
        assert "is in another course" in refused.json()["errors"][0]["message"]
    async with world.browser(trainer) as browser:
        assert address in (await browser.get(here)).text
        told = await browser.post(address)
        assert told.status_code == 409
        assert "is in another course" in seen(told.text)
        newcomer = await browser.get(f"{here}/enrolments/new?member_id={people[2]}")
        assert "a free seat is offered to them first" in seen(newcomer.text)
        await freed_past_the_verbs(world, busy)
        told = await browser.post(address, follow_redirects=True)
        assert "who waited, has seat 1 of the course Animal raising" in seen(told.text)
        assert address not in told.text
        again = await browser.post(address, follow_redirects=True)
        assert "Nothing was changed" in seen(again.text)
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        assert address not in (await browser.get(here)).text
        assert (await browser.post(address)).status_code == 403
    async with world.client(trainer) as client:
        assert (await client.post(address)).json()["items"] == []


# Several at once


async def test_two_waitlists_in_opposite_orders_hold_up_nobody_for_ever(world: World):
    """Both first ones of both lists are passed over, so each withdrawal asks after all families, in one order."""
    trainer = await world.person("trainer@KPT")
    left, right, *holders = [(await grown_ups(world, 1))[0] for _ in range(4)]
    first, second = [
        await planned(world, trainer, seats=1, trade=trade) for trade in ("sewing", "hairdressing")
    ]
    seats = [
        await enrolled(world, trainer, course, holder)
        for course, holder in zip((first, second), holders, strict=True)
    ]
    for course, order in ((first, (left, right)), (second, (right, left))):
        for person in order:
            await enrolled(world, trainer, course, person)
    elsewhere = await planned(world, trainer, **MEANWHILE | {"trade": "animal_raising"})
    for person in (left, right):
        await enrolled(world, trainer, elsewhere, person)
    held = await world.owner_rows(
        "SELECT household_id AS id FROM members WHERE id = ANY($1) ORDER BY 1", [left, right]
    )
    async with many_connections(world) as database:

        async def gives_up(enrolment: Enrolment) -> Seated:
            async with database.work(trainer.identity) as uow:
                return await service.withdraw(uow, enrolment.id, gone(), clock=CLOCK)

        # Somebody has the family that comes first in the one order: both wait there, and hold no other.
        async with world.work(trainer) as uow:
            await uow.conn.fetch("SELECT FROM households WHERE id = $1 FOR UPDATE", held[0]["id"])
            both = [asyncio.create_task(gives_up(seat)) for seat in seats]
            await somebody_waits(world, 2)
            await uow.conn.fetch("SELECT FROM households WHERE id = $1 FOR UPDATE NOWAIT", held[1]["id"])
        assert [seated.promoted for seated in await asyncio.gather(*both)] == [[], []]
    for course in (first, second):
        found = await sound(world, course)
        assert {found[left], found[right]} == {("waitlisted", None)}


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_comes_goes_and_closes_at_once_in_courses_that_share_people_is_answered(
    world: World, seed: int
):
    """No deadlock, whatever meets whatever; and no seat is free for which somebody waits who could take it."""
    trainer, supervisor = await world.person("trainer@KPT"), await world.person("supervisor@KPT")
    people = [(await grown_ups(world, 1))[0] for _ in range(10)]
    holders, waiting, new = people[:4], people[4:8], people[8:]
    courses = [await planned(world, trainer, seats=2, trade=trade) for trade in ("sewing", "animal_raising")]
    inside = [
        await enrolled(world, trainer, courses[number // 2], person) for number, person in enumerate(holders)
    ]
    for course in courses:
        for person in Random(f"{seed} {course.trade}").sample(waiting, 4):
            await enrolled(world, trainer, course, person)
    families = await world.owner_rows("SELECT household_id AS id FROM members WHERE id = $1", waiting[0])
    async with many_connections(world) as database:
        ready = asyncio.Barrier(len(inside) + len(courses) + 1)

        async def goes(enrolment: Enrolment) -> None:
            async with database.work(trainer.identity) as uow:
                await ready.wait()
                await service.withdraw(uow, enrolment.id, gone(), clock=CLOCK)

        async def comes(course: Course, person: UUID) -> None:
            async with database.work(trainer.identity) as uow:
                await ready.wait()
                await service.enrol(uow, course.id, EnrolmentIn(member_id=person), clock=CLOCK)

        async def closes() -> None:
            async with database.work(supervisor.identity) as uow:
                await ready.wait()
                closing = CloseIn(closed_on=CLOCK.today(), because=CaseClosed.FINISHED)
                await followups.close(uow, families[0]["id"], closing, clock=CLOCK)

        ended = await asyncio.gather(
            *(goes(one) for one in inside),
            *(comes(course, person) for course, person in zip(courses, new, strict=True)),
            closes(),
            return_exceptions=True,
        )
    assert all(one is None or isinstance(one, DomainError) for one in ended), ended
    for course in courses:
        found = await sound(world, course)
        assert sum(state == "enrolled" for state, _ in found.values()) == 2
        with suppress(NobodyCanTakeTheSeat):
            assert await given(world, trainer, course) == []
