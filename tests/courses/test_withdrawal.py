"""Who gives a course up frees a seat for the first who waits; however many do so at once, no seat is sold twice."""

import asyncio
from datetime import date, timedelta
from random import Random
from uuid import UUID

import pytest

from livelihood.courses import rules, service
from livelihood.courses.models import Course
from livelihood.courses.rules_withdrawal import WithdrawalRefused
from livelihood.courses.schemas import EnrolmentIn, WithdrawalIn
from livelihood.courses.service import Seated
from livelihood.errors import Forbidden, InvalidInput, NotFound
from livelihood.followups import service as followups
from livelihood.followups.schemas_leaving import CloseIn
from livelihood.followups.service.closing import SeatTaken
from livelihood.households.rules import CaseClosed
from tests.courses.test_service import many_connections
from tests.courses.trainees import CLOCK, completed, enrolled, grown_ups, planned
from tests.desk.test_today import seen
from tests.support.locks import somebody_waits
from tests.support.world import Person, World

TODAY = CLOCK.today()


def gone(state: str = "withdrawn", on: date = TODAY, because: str = "Has work at home") -> WithdrawalIn:
    return WithdrawalIn(state=state, ended_on=on, because=because)  # type: ignore[arg-type]


async def given_up(world: World, trainer: Person, enrolment_id: UUID, **changes: object) -> Seated:
    async with world.work(trainer) as uow:
        return await service.withdraw(uow, enrolment_id, gone(**changes), clock=CLOCK)  # type: ignore[arg-type]


async def sound(world: World, course: Course) -> dict[UUID, tuple[str, int | None]]:
    """Who is in the course and how; and that its seats and counts add up."""
    rows = await world.owner_rows(
        "SELECT member_id, state, seat, waitlist_position FROM enrolments WHERE course_id = $1 "
        "ORDER BY created_at",
        course.id,
    )
    (counts,) = await world.owner_rows("SELECT * FROM courses WHERE id = $1", course.id)
    held = sorted(row["seat"] for row in rows if row["seat"] is not None)
    assert len(held) == len(set(held)) <= course.seats
    assert sorted([*held, *counts["free_seats"]]) == list(range(1, counts["seats_taken"] + 1))
    drawn = sorted(row["waitlist_position"] for row in rows if row["state"] == "waitlisted")
    assert all(number <= counts["waitlist_length"] for number in drawn)
    return {row["member_id"]: (row["state"], row["seat"]) for row in rows}


async def test_the_first_who_waits_has_the_seat_and_a_free_seat_is_given_anew(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 5)
    course = await planned(world, trainer, seats=2)
    asked = [await enrolled(world, trainer, course, person) for person in people[:4]]
    first = await given_up(world, trainer, asked[0].id, state="dropped_out")
    assert [one.id for one in first.promoted] == [asked[2].id]
    again = await given_up(world, trainer, asked[0].id, state="dropped_out")
    assert again.promoted == [], "the same again changes nothing"
    assert (await given_up(world, trainer, asked[3].id)).promoted == [], "who waited waits no more"
    assert (await given_up(world, trainer, asked[2].id)).promoted == [], "nobody waits"
    found = await sound(world, course)
    assert found[people[0]] == ("dropped_out", None)
    assert found[people[1]] == ("enrolled", 2)
    assert (await enrolled(world, trainer, course, people[4])).seat == 1
    # Who is back is enrolled anew, and stands behind whoever came meanwhile.
    assert (await enrolled(world, trainer, course, people[0])).state == "waitlisted"
    await sound(world, course)


async def test_who_cannot_take_the_seat_keeps_their_place_and_the_next_has_it(world: World):
    trainer = await world.person("trainer@KPT")
    (seated,), (closed,), (busy, last) = [await grown_ups(world, number) for number in (1, 1, 2)]
    course, other = await planned(world, trainer, seats=1), await planned(world, trainer, trade="sewing")
    seat = await enrolled(world, trainer, course, seated)
    for person in (closed, busy, last):
        await enrolled(world, trainer, course, person)
    await enrolled(world, trainer, other, busy)
    (row,) = await world.owner_rows("SELECT household_id AS id FROM members WHERE id = $1", closed)
    async with world.work(await world.person("supervisor@KPT")) as uow:
        closing = CloseIn(closed_on=TODAY, because=CaseClosed.FINISHED)
        await followups.close(uow, row["id"], closing, clock=CLOCK)
    promoted = (await given_up(world, trainer, seat.id)).promoted
    assert [one.member_id for one in promoted] == [last]
    found = await sound(world, course)
    assert {found[closed], found[busy]} == {("waitlisted", None)}


async def test_two_withdrawals_at_once_promote_two(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 4)
    course = await planned(world, trainer, seats=2)
    asked = [await enrolled(world, trainer, course, person) for person in people]
    async with world.work(trainer) as uow:
        first = await service.withdraw(uow, asked[0].id, gone(), clock=CLOCK)
        other = asyncio.create_task(given_up(world, trainer, asked[1].id))
        await somebody_waits(world)
    second = await other
    assert [one.id for each in (first, second) for one in each.promoted] == [asked[2].id, asked[3].id]
    assert {value for value in (await sound(world, course)).values() if value[0] == "enrolled"} == {
        ("enrolled", 1),
        ("enrolled", 2),
    }


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_comes_and_goes_at_once_no_seat_is_sold_twice(world: World, seed: int):
    random = Random(seed)
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 24)
    course = await planned(world, trainer, seats=6)
    asked = [await enrolled(world, trainer, course, person) for person in people[:12]]
    leaving, coming = random.sample(asked, 8), people[12:]
    ready = asyncio.Barrier(len(leaving) + len(coming))
    async with many_connections(world) as database:

        async def leaves(enrolment_id: UUID) -> None:
            async with database.work(trainer.identity) as uow:
                await ready.wait()
                await service.withdraw(uow, enrolment_id, gone(), clock=CLOCK)

        async def comes(person: UUID) -> None:
            async with database.work(trainer.identity) as uow:
                await ready.wait()
                await service.enrol(uow, course.id, EnrolmentIn(member_id=person), clock=CLOCK)

        await asyncio.gather(*(leaves(one.id) for one in leaving), *(comes(one) for one in coming))
    found = await sound(world, course)
    assert sum(state == "enrolled" for state, _ in found.values()) == 6, "16 want six seats"
    assert sum(state == "waitlisted" for state, _ in found.values()) == 10


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"on": TODAY + timedelta(days=1)}, "ended_on"),
        ({"on": date(2026, 2, 1)}, "ended_on"),
        ({"state": "dropped_out", "on": TODAY - timedelta(days=1)}, "ended_on"),
    ],
)
async def test_what_cannot_be_is_refused_by_name(world: World, changes: dict[str, object], field: str):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    course = await planned(world, trainer, seats=1)
    seat, waiting = [await enrolled(world, trainer, course, person) for person in people]
    with pytest.raises(InvalidInput) as refusal:
        await given_up(world, trainer, seat.id, **changes)
    assert [error.field for error in refusal.value.errors] == [field]
    with pytest.raises(InvalidInput) as refusal:
        await given_up(world, trainer, waiting.id, state="dropped_out")
    assert [error.field for error in refusal.value.errors] == ["state"]
    assert {state for state, _ in (await sound(world, course)).values()} == {"enrolled", "waitlisted"}


async def test_what_is_over_stays_as_it_is(world: World):
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 2)
    course = await planned(world, trainer)
    done, left = [await enrolled(world, trainer, course, person) for person in people]
    await completed(world, trainer, done.id)
    await given_up(world, trainer, left.id)
    for enrolment in (done, left):
        with pytest.raises(WithdrawalRefused):
            await given_up(world, trainer, enrolment.id, state="dropped_out")
    with pytest.raises(rules.CompletionRefused, match="gave the course up"):
        await completed(world, trainer, left.id)


async def test_who_may_say_so(world: World):
    trainer = await world.person("trainer@KPT")
    (person,) = await grown_ups(world, 1)
    enrolment = await enrolled(world, trainer, await planned(world, trainer), person)
    for role, refusal in (
        ("caseworker@KPT", Forbidden),
        ("supervisor@KPT", Forbidden),
        ("manager", Forbidden),
        ("trainer@KMP", NotFound),
    ):
        with pytest.raises(refusal):
            await given_up(world, await world.person(role), enrolment.id)
    await given_up(world, trainer, enrolment.id)
    entries = await world.owner_rows(
        "SELECT action FROM audit.entries WHERE table_name = 'enrolments' AND actor_id = $1 ORDER BY id",
        trainer.id,
    )
    assert [row["action"] for row in entries] == ["insert", "update"]


async def test_the_family_can_go_once_the_seat_is_given_up(world: World):
    trainer, supervisor = await world.person("trainer@KPT"), await world.person("supervisor@KPT")
    (person,) = await grown_ups(world, 1)
    enrolment = await enrolled(world, trainer, await planned(world, trainer), person)
    closing = CloseIn(closed_on=TODAY, because=CaseClosed.FINISHED)
    with pytest.raises(SeatTaken, match="the seat is given up"):
        async with world.work(supervisor) as uow:
            await followups.close(uow, enrolment.household_id, closing, clock=CLOCK)
    await given_up(world, trainer, enrolment.id)
    async with world.work(supervisor) as uow:
        await followups.close(uow, enrolment.household_id, closing, clock=CLOCK)


async def test_the_pages_and_the_api_tell_who_left_and_who_has_the_seat(world: World):
    world.clock = CLOCK
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 3)
    course = await planned(world, trainer, seats=1)
    seat, next_one, last = [await enrolled(world, trainer, course, person) for person in people]
    address = f"/enrolments/{seat.id}/withdrawal"
    async with world.browser(trainer) as browser:
        assert address in (await browser.get(f"/courses/{course.id}")).text
        form = seen((await browser.get(address)).text)
        assert "The seat goes to the first who waits and can take it: 2 people wait." in form
        refused = await browser.post(address, data={"state": "dropped_out", "ended_on": "2026-03-02"})
        assert refused.status_code == 422
        assert 'id="f-because-error"' in refused.text
        body = {"state": "dropped_out", "ended_on": "2026-03-02", "because": "Sells at the market"}
        told = await browser.post(address, data=body, follow_redirects=True)
        page = seen(told.text)
        assert "has given the course up." in page
        assert (
            "who waited, has seat 1 of the course Animal raising, Mohar village hall now: tell them." in page
        )
        assert "Sells at the market" in page
        assert "1 of 1 taken" in page
        assert "waitlist, number 1" in page
        assert "Gave the course up on" in seen((await browser.get(address)).text)
    async with world.browser(await world.person("caseworker@KPT")) as browser:
        assert address not in (await browser.get(f"/courses/{course.id}")).text
        assert (await browser.get(address)).status_code == 403
        family = seen((await browser.get(f"/households/{seat.household_id}")).text)
        assert "Stopped coming to a course" in family
        assert "Sells at the market" in family
    async with world.client(trainer) as client:
        body["because"] = "No way to get there"
        answer = await client.post(f"/enrolments/{next_one.id}/withdrawal", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["enrolment"]["state"] == "dropped_out"
        assert [one["id"] for one in answer.json()["promoted"]] == [str(last.id)]
        shown = (await client.get(f"/courses/{course.id}")).json()
        assert (shown["course"]["seats_taken"], shown["course"]["waitlist_length"], shown["elsewhere"]) == (
            1,
            0,
            0,
        )


async def test_who_waits_is_told_the_same_number_everywhere_as_others_leave_the_list(world: World):
    world.clock = CLOCK
    trainer = await world.person("trainer@KPT")
    people = await grown_ups(world, 4)
    course = await planned(world, trainer, seats=1)
    asked = [await enrolled(world, trainer, course, person) for person in people[:3]]
    await given_up(world, trainer, asked[1].id)
    async with world.client(trainer) as client:
        body = {"member_id": str(people[3])}
        last = (await client.post(f"/courses/{course.id}/enrolments", json=body)).json()
        listed = (await client.get(f"/courses/{course.id}")).json()["trainees"]
    numbers = {one["id"]: one["waitlist_position"] for one in listed if one["state"] == "waitlisted"}
    assert numbers == {str(asked[2].id): 1, last["id"]: 2}
    assert last["waitlist_position"] == 2
