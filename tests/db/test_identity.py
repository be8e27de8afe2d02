"""Nobody acts in another's name, on any connection, and nobody acts without one."""

import asyncio
import logging
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from livelihood.accounts.actor import decode_actor
from livelihood.db.actor import Named, Token
from livelihood.db.work import Database, SignInEnded
from tests.support.families import family, registered
from tests.support.world import World

ROUNDS = 2000
WHO = "SELECT app.actor(), app.case_offices()"


@pytest.fixture
async def narrow(world: World):
    """The same database over pools of one connection, so that every request follows another on it."""
    database = Database(world.database.url, decode_actor=decode_actor, pool_size=1)
    await database.start()
    yield database
    await database.stop()


async def test_an_identity_never_stays_on_a_read_connection(world: World, narrow: Database):
    people = [
        await world.person("caseworker@KPT"),
        await world.person("manager"),
        await world.person("trainer@SVR"),
    ]
    expected = {people[0].id: [1], people[1].id: [1, 2, 3, 4, 5, 6], people[2].id: [3]}

    async def ask(turn: int) -> None:
        person = people[turn % 3]
        async with narrow.read(person.identity) as reads:
            row = await reads.conn.fetchrow(WHO)
        assert row is not None
        assert (row[0], sorted(row[1])) == (person.id, expected[person.id])

    for start in range(0, ROUNDS, 20):
        await asyncio.gather(*(ask(turn) for turn in range(start, start + 20)))


async def test_an_identity_never_stays_on_a_writing_connection(world: World, narrow: Database):
    people = [await world.person("caseworker@KPT"), await world.person("caseworker@KMP")]

    async def ask(turn: int) -> None:
        person = people[turn % 2]
        async with narrow.work(person.identity) as uow:
            row = (await uow.session.execute(text(WHO))).one()
            assert (row[0], row[1]) == (person.id, [turn % 2 + 1])
            if turn % 3 == 0:
                await uow.session.rollback()  # what a refused request does to the transaction

    for start in range(0, ROUNDS, 20):
        await asyncio.gather(*(ask(turn) for turn in range(start, start + 20)))
    async with narrow.engine.connect() as connection:
        assert tuple((await connection.execute(text(WHO))).one()) == (None, None)


async def test_each_role_and_office_is_known_once(world: World):
    """However many roles reach an office, and however many offices a role reaches."""
    people = {
        ("caseworker@SVR", "caseworker@KPT", "supervisor@KPT"): (
            (("caseworker", 1), ("caseworker", 3), ("supervisor", 1)),
            [1, 3],
        ),
        ("manager", "auditor", "supervisor@KMP"): (
            (("auditor", None), ("manager", None), ("supervisor", 2)),
            [1, 2, 3, 4, 5, 6],
        ),
    }
    for roles, (held, offices) in people.items():
        person = await world.person(*roles)
        async with world.read(person) as reads:
            assert reads.actor.id == person.id
            assert getattr(reads.actor, "roles", None) == held
            assert [office.id for office in reads.actor.offices] == offices
    nobody = await world.person("monitor@KPT")
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(text("DELETE FROM staff_roles"))
    async with world.read(nobody) as reads:
        assert (getattr(reads.actor, "roles", None), reads.actor.offices) == ((), ())


async def test_an_unknown_token_leaves_nothing_of_the_last_one(world: World, narrow: Database):
    manager = await world.person("manager")
    async with narrow.read(manager.identity) as reads:
        assert await reads.conn.fetchval("SELECT app.actor()") == manager.id
    with pytest.raises(SignInEnded):
        async with narrow.read(Token.of("no such token")):
            pytest.fail("an unknown token was let in")
    async with narrow.pool.held() as conn:
        assert tuple(await conn.fetchrow(WHO)) == (None, None)


@pytest.mark.parametrize(
    "ended", ["UPDATE sessions SET expires_at = now()", "UPDATE staff SET active = false"]
)
async def test_an_ended_sign_in_is_ended_at_once(world: World, ended: str):
    monitor = await world.person("monitor@KPT")
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(text(ended))
    for door in (world.database.read, world.database.work):
        with pytest.raises(SignInEnded):
            async with door(monitor.identity):
                pytest.fail("an ended sign-in was let in")


@pytest.mark.parametrize("name", ["worker", "setup", "nobody"])
async def test_the_application_cannot_take_an_identity_that_is_not_its_own(world: World, name: str):
    with pytest.raises(SignInEnded):
        async with world.database.work(Named(name)):
            pytest.fail(f"the application acted as {name}")


async def test_without_an_identity_nothing_is_read_and_nothing_written(world: World):
    household = await registered(world, await world.person("caseworker@KPT"))
    conn = await asyncpg.connect(world.database.url)
    try:
        assert await conn.fetchval("SELECT count(*) FROM households") == 0
        assert await conn.execute("UPDATE households SET phone = NULL") == "UPDATE 0"
        with pytest.raises(asyncpg.PostgresError):
            await conn.execute(
                "INSERT INTO staff (id, username, name) VALUES ($1, 'ghost', 'Ghost')", uuid4()
            )
    finally:
        await conn.close()
    # The owner of the tables passes every policy, and still cannot write as nobody.
    conn = await asyncpg.connect(world.owner.url)
    try:
        with pytest.raises(asyncpg.NotNullViolationError):
            await conn.execute("UPDATE households SET phone = NULL WHERE id = $1", household.id)
    finally:
        await conn.close()


async def test_a_sign_in_that_is_used_lasts_on(world: World):
    monitor = await world.person("monitor@KPT")
    async with world.owner.work(Named("setup")) as uow:
        await uow.session.execute(
            text(
                "UPDATE sessions SET used_at = now() - interval '50 minutes', expires_at = now() + interval '10 minutes'"
            )
        )
    async with world.read(monitor):
        pass
    (row,) = await world.owner_rows(
        "SELECT expires_at > now() + interval '50 minutes' AS lasts FROM sessions"
    )
    assert row["lasts"]


@pytest.mark.parametrize("state", ["P0001", "22012", "23514"])
async def test_an_error_of_the_database_names_no_value_to_the_client(
    world: World, state: str, caplog: pytest.LogCaptureFixture
):
    phone = "+85512345678"
    world.server.sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION 'not %', NEW.phone USING ERRCODE = '{state}', DETAIL = NEW.phone; END $$; "
        "CREATE TRIGGER refuse BEFORE INSERT ON households FOR EACH ROW EXECUTE FUNCTION refuse()",
        database=world.name,
    )
    caplog.set_level(logging.DEBUG)
    async with world.client(await world.person("caseworker@KPT")) as client:
        answer = await client.post("/households", json=family(phone=phone))
    assert answer.status_code == (409 if state == "23514" else 500)
    assert any(record.name == "livelihood.web.errors" for record in caplog.records)
    for written in (answer.text, caplog.text, *(str(record.__dict__) for record in caplog.records)):
        assert phone.removeprefix("+855") not in written


async def test_an_error_that_is_passed_on_names_no_parameter(world: World):
    caseworker = await world.person("caseworker@KPT")
    with pytest.raises(DBAPIError) as refused:
        async with world.work(caseworker) as uow:
            await uow.session.execute(
                text("SELECT 1 / (length(CAST(:phone AS text)) - 12)"), {"phone": "+85512345678"}
            )
    assert "12345678" not in str(refused.value)
