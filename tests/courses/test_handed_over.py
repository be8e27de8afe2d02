"""A family that moves to another office leaves the waitlists of courses there, and the old office's list is whole."""

import asyncio

from livelihood.courses.labels import MOVED
from livelihood.followups import service as followups
from livelihood.followups.schemas_handover import HandoverIn
from tests.courses.test_withdrawal import given_up, sound
from tests.courses.trainees import CLOCK, enrolled, grown_ups, planned
from tests.desk.test_today import seen
from tests.support.locks import somebody_waits
from tests.support.places import KMP, KPT
from tests.support.world import World

COURSES = {"KPT": {}, "KMP": {"starts_on": "2026-06-01", "ends_on": "2026-07-31"}}
SECRET = "They fled from her uncle"


async def test_a_family_that_moves_gives_its_places_on_waitlists_up(world: World):
    world.clock = CLOCK
    trainer, supervisor = await world.person("trainer@KPT"), await world.person("supervisor@KPT")
    for role in ("monitor@KMP", "caseworker@KMP"):
        await world.person(role)
    (seated,), (mover,), (last,) = [await grown_ups(world, 1) for _ in range(3)]
    course = await planned(world, trainer, seats=1)
    seat, waiting, behind = [await enrolled(world, trainer, course, one) for one in (seated, mover, last)]
    address = f"/households/{waiting.household_id}"
    async with world.browser(supervisor) as browser:
        form = seen((await browser.get(f"{address}/move")).text)
        assert "gives up the place on the waitlist of this course: Animal raising, Mohar village hall" in form
        elsewhere = seen((await browser.get(f"/households/{seat.household_id}/move")).text)
        assert "on the waitlist" not in elsewhere
        moved = await browser.post(f"{address}/move", data={"village_code": KMP, "reason": SECRET})
        assert moved.status_code == 303, moved.text
    (row,) = await world.owner_rows("SELECT * FROM enrolments WHERE id = $1", waiting.id)
    assert (row["office_id"], row["state"], row["waitlist_position"]) == (2, "withdrawn", None)
    assert (row["ended_on"], row["ended_because"]) == (CLOCK.today(), MOVED.text)
    (entry,) = await world.owner_rows(
        "SELECT actor_id FROM audit.entries WHERE table_name = 'enrolments' AND changed::text LIKE '%withdrawn%'"
    )
    assert entry["actor_id"] == supervisor.id
    # What was written of the move is not for every reader of a course.
    assert SECRET not in str(await world.owner_rows("SELECT * FROM audit.entries"))
    async with world.client(trainer) as client:
        shown = (await client.get(f"/courses/{course.id}")).json()
    assert (shown["course"]["waitlist_length"], shown["elsewhere"]) == (1, 0)
    assert [one["waitlist_position"] for one in shown["trainees"]] == [None, 1]
    assert [one.id for one in (await given_up(world, trainer, seat.id)).promoted] == [behind.id]
    assert set(await sound(world, course)) == {seated, mover, last}
    # The history went along: the trade, and no way to a course that is another office's.
    async with world.browser(await world.person("caseworker@KMP")) as browser:
        page = (await browser.get(address)).text
        told = seen(page)
        assert "Gave a course up" in told
        assert "Animal raising" in told
        assert MOVED.text in told
        assert f"/courses/{course.id}" not in page
        await browser.post("/language", data={"language": "km"})
        assert MOVED.text not in (await browser.get(address)).text


async def test_a_move_within_the_office_and_a_course_of_the_new_one_keep_the_place(world: World):
    both = await world.person("trainer@KPT", "trainer@KMP")
    for role in ("monitor@KMP", "caseworker@KMP"):
        await world.person(role)
    (seated,), (mover,) = [await grown_ups(world, 1) for _ in range(2)]
    here, there = [await planned(world, both, office, seats=1, **days) for office, days in COURSES.items()]
    for course in (here, there):
        await enrolled(world, both, course, seated)
        waiting = await enrolled(world, both, course, mover)
    (near,) = await world.owner_rows(
        "SELECT min(code) AS code FROM places WHERE level = 'village' AND code LIKE $1 AND code <> $2",
        KPT[:2] + "%",
        KPT,
    )
    supervisor = await world.person("supervisor@KPT")
    for village, kept in ((near["code"], ["waitlisted"] * 2), (KMP, ["withdrawn", "waitlisted"])):
        async with world.work(supervisor) as uow:
            moving = HandoverIn(village_code=village, reason="To his work")
            await followups.hand_over(uow, waiting.household_id, moving, clock=CLOCK)
        assert [(await sound(world, course))[mover][0] for course in (here, there)] == kept


async def test_a_seat_that_is_given_up_while_the_first_who_waits_is_handed_over_goes_to_the_next(
    world: World,
):
    trainer, supervisor = await world.person("trainer@KPT"), await world.person("supervisor@KPT")
    for role in ("monitor@KMP", "caseworker@KMP"):
        await world.person(role)
    (seated,), (mover,), (last,) = [await grown_ups(world, 1) for _ in range(3)]
    course = await planned(world, trainer, seats=1)
    seat, waiting, behind = [await enrolled(world, trainer, course, one) for one in (seated, mover, last)]
    async with world.work(supervisor) as uow:
        moving = HandoverIn(village_code=KMP, reason=SECRET)
        await followups.hand_over(uow, waiting.household_id, moving, clock=CLOCK)
        other = asyncio.create_task(given_up(world, trainer, seat.id))
        await somebody_waits(world)
    assert [one.id for one in (await other).promoted] == [behind.id]
    found = await sound(world, course)
    assert found[mover] == ("withdrawn", None)
