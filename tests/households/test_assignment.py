"""Whose family it is: a caseworker and a monitor who are at work for its office."""

import pytest

from livelihood.accounts.permissions import Role
from livelihood.db.actor import Named
from livelihood.households import service
from tests.support.families import family, registered
from tests.support.world import OFFICES, Person, World


async def gone(world: World, person: Person) -> None:
    async with world.owner.work(Named("setup")) as uow:
        await (await uow.connection()).execute("UPDATE staff SET active = false WHERE id = $1", person.id)


async def test_the_staff_asked_for_are_taken(world: World):
    monitor = await world.person("monitor@KPT")
    everywhere = await world.person("caseworker")
    async with world.client(await world.person("caseworker@KPT")) as client:
        made = await client.post(
            "/households", json=family(caseworker_id=str(everywhere.id), monitor_id=str(monitor.id))
        )
    assert made.status_code == 201, made.text
    assert (made.json()["caseworker_id"], made.json()["monitor_id"]) == (str(everywhere.id), str(monitor.id))


@pytest.mark.parametrize("field", ["caseworker_id", "monitor_id"])
async def test_nobody_is_assigned_who_is_not_at_work_in_that_role_there(world: World, field: str):
    role, other = ("caseworker", "monitor") if field == "caseworker_id" else ("monitor", "caseworker")
    left = await world.person(f"{role}@KPT", name="left")
    await gone(world, left)
    elsewhere = await world.person(f"{role}@KMP")
    another = await world.person(f"{other}@KPT")
    (worker,) = await world.owner_rows("SELECT id FROM staff WHERE username = 'worker'")
    async with world.client(await world.person("caseworker@KPT")) as client:
        for staff_id in (
            left.id,
            elsewhere.id,
            another.id,
            worker["id"],
            "01890000-0000-7000-8000-00000000ffff",
        ):
            refused = await client.post("/households", json=family(**{field: str(staff_id)}))
            assert refused.status_code == 422, refused.text
            (error,) = refused.json()["errors"]
            assert error["field"] == field
            assert f"is a {role} of the office Kampong Thom" in error["message"]
        assert (await client.get("/households")).json()["items"] == []


async def test_a_new_family_goes_to_somebody_at_work(world: World):
    caseworker = await world.person("caseworker@KPT")
    busy = await world.person("monitor@KPT", name="busy")
    await registered(world, caseworker, monitor_id=str(busy.id))
    idle = await world.person("monitor@KPT", name="idle")
    async with world.work(caseworker) as uow:
        assert await service.least_loaded(uow, OFFICES["KPT"], Role.MONITOR) == idle.id
    await gone(world, idle)
    assert (await registered(world, caseworker)).monitor_id == busy.id


async def test_somebody_assigned_who_works_elsewhere_now_does_not_read_the_referral(world: World):
    caseworker = await world.person("caseworker@KPT")
    await registered(world, caseworker, referral_source="Police")
    async with world.owner.work(Named("setup")) as uow:
        await (await uow.connection()).execute(
            "UPDATE staff_roles SET office_id = $2 WHERE staff_id = $1", caseworker.id, OFFICES["KMP"]
        )
    async with world.read(caseworker) as reads:
        assert await reads.conn.fetch("SELECT * FROM household_referrals") == []


async def test_registrations_of_one_office_do_not_wait_for_each_other(world: World):
    caseworker = await world.person("caseworker@KPT")
    async with world.work(caseworker) as first:
        office = await service.serving_office(first, "06020101")
        code = await service.next_code(first, office)
        async with world.work(caseworker) as second:
            await (await second.connection()).execute("SET LOCAL lock_timeout = '2s'")
            assert await service.next_code(second, office) != code
