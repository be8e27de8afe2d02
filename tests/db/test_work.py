"""One transaction per request: what failed is an error to the client, and nothing of it stays."""

import asyncio

import pytest
from sqlalchemy import text
from uuid_utils.compat import uuid7

from livelihood.db.actor import Named
from tests.support.families import family, registered
from tests.support.world import World

# A rule that is only looked at when the transaction commits.
DEFERRED = """
CREATE FUNCTION refuse_late() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'refused at commit'; END $$;
CREATE CONSTRAINT TRIGGER late AFTER INSERT ON households DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION refuse_late();
"""


async def test_a_commit_that_fails_is_an_error_to_the_client(world: World):
    world.server.sql(DEFERRED, database=world.name)
    caseworker = await world.person("caseworker@KPT")
    async with world.client(caseworker) as client:
        answer = await client.post("/households", json=family())
        assert answer.status_code == 500
        assert "refused at commit" not in answer.text
        assert (await client.get("/households")).json()["items"] == []
    async with world.browser(caseworker) as browser:
        form = {
            "village_code": "06020101", "intake_on": "2026-01-05", "members-0-family_name_latin": "Sok",
            "members-0-given_name_latin": "Dara", "members-0-sex": "male", "members-0-born_on": "1985-03-02",
            "members-0-relationship": "head",
        }  # fmt: skip
        assert (await browser.post("/households/new", data=form)).status_code == 500


async def test_a_handler_that_raises_leaves_nothing(world: World):
    caseworker = await world.person("caseworker@KPT")
    with pytest.raises(RuntimeError):
        async with world.work(caseworker) as uow:
            await uow.session.execute(
                text("UPDATE staff SET language = 'km' WHERE id = :id"), {"id": caseworker.id}
            )
            raise RuntimeError
    (row,) = await world.owner_rows("SELECT language FROM staff WHERE id = $1", caseworker.id)
    assert row["language"] == "en"


async def test_a_savepoint_undoes_its_body_and_the_rest_goes_on(world: World):
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker, phone=None)
    async with world.work(caseworker) as uow:
        with pytest.raises(RuntimeError):
            async with uow.savepoint():
                await uow.session.execute(text("UPDATE households SET phone = '+85512000000'"))
                raise RuntimeError
        await uow.session.execute(
            text("UPDATE staff SET language = 'km' WHERE id = :id"), {"id": caseworker.id}
        )
    (row,) = await world.owner_rows("SELECT phone FROM households WHERE id = $1", household.id)
    (person,) = await world.owner_rows("SELECT language FROM staff WHERE id = $1", caseworker.id)
    assert (row["phone"], person["language"]) == (None, "km")


async def test_one_id_sent_by_many_connections_at_once_makes_one_record(world: World):
    body = family(id=str(uuid7()))
    async with world.client(await world.person("caseworker@KPT")) as client:
        answers = await asyncio.gather(*(client.post("/households", json=body) for _ in range(24)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["code"] for answer in answers}) == 1


async def test_codes_of_an_office_have_no_doubles_however_many_register_at_once(world: World):
    caseworker = await world.person("caseworker@KPT")
    made = await asyncio.gather(*(registered(world, caseworker) for _ in range(24)))
    assert sorted(household.code for household in made) == [f"KPT-{number:05d}" for number in range(1, 25)]


async def test_the_workers_are_pinged_after_the_commit_and_a_dead_redis_harms_nobody(world: World):
    pings = asyncio.Event()

    async def wake() -> None:
        pings.set()
        raise ConnectionError

    household = await registered(world, await world.person("caseworker@KPT"))
    world.owner.on_commit = wake
    async with world.owner.work(Named("setup")) as uow:
        await uow.mark_dirty(household.id, household.office_id, "test")
        assert not pings.is_set()
    async with asyncio.timeout(5):
        await pings.wait()
