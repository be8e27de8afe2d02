"""What the two roles may do is no more than their work asks for, whatever statement reaches the database."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from livelihood.db.actor import Named
from livelihood.embedded import Postgres
from tests.support.world import World

TEMPLATE = "livelihood_template"

WORKER_READS = {
    "absences", "alerts", "anchors", "consequences", "days_to_review", "dirty", "follow_ups", "followed_children", "holiday_overrides",
    "household_imports", "households", "losses", "members", "observations", "policy_numbers", "previews",
    "protocols", "school_vacations", "school_years", "visit_people", "visit_reviews", "visit_withdrawals", "visits",
}  # fmt: skip
WORKER_WRITES = {"alerts", "consequences", "days_to_review", "dirty", "follow_ups", "followed_children"}
# Whom to tell, and what of: messages are read, marked column by column and forgotten.
WORKER_READS |= {"channels", "offices", "outbox", "staff_roles", "telegram_bots"}
WORKER_WRITES |= {"telegram_bots"}
# How their own jobs went.
WORKER_READS |= {"worker_runs"}
WORKER_WRITES |= {"worker_runs"}
# Columns and not the tables.
WORKER_FORGETS = {"sessions", "sign_in_failures"}


async def test_every_trusted_function_looks_for_names_in_temporary_tables_last(world: World):
    rows = await world.owner_rows(
        "SELECT oid::regprocedure::text AS name, proconfig FROM pg_proc "
        "WHERE prosecdef AND pronamespace = 'app'::regnamespace"
    )
    assert len(rows) >= 7
    assert {row["name"]: row["proconfig"] for row in rows} == {
        row["name"]: ["search_path=pg_catalog, public, pg_temp"] for row in rows
    }
    elsewhere = await world.owner_rows(
        "SELECT FROM pg_proc WHERE prosecdef AND pronamespace <> 'app'::regnamespace"
    )
    assert elsewhere == []


async def test_every_trusted_function_is_for_whom_it_was_made(world: World):
    """What runs with the owner's rights is called by the pages; the workers state who they are, and that is all."""
    rows = await world.owner_rows(
        "SELECT p.proname AS name, has_function_privilege('livelihood_app', p.oid, 'EXECUTE') AS pages, "
        "has_function_privilege('livelihood_worker', p.oid, 'EXECUTE') AS workers "
        "FROM pg_proc p WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype"
    )
    assert rows
    assert [row["name"] for row in rows if not row["pages"]] == []
    assert [row["name"] for row in rows if row["workers"]] == ["enter_as"]


@pytest.mark.parametrize("role", ["app", "worker"])
async def test_no_role_of_the_application_makes_temporary_tables(postgres: Postgres, role: str):
    # In the migrated database itself: what may be done in a database as a whole does not come along with a copy.
    conn = await asyncpg.connect(postgres.url(user=f"livelihood_{role}", database=TEMPLATE))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("CREATE TEMPORARY TABLE staff_roles (staff_id uuid)")
    finally:
        await conn.close()


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO staff_roles (id, staff_id, role) VALUES (uuidv7(), app.actor(), 'manager')",
        "UPDATE staff_roles SET role = 'manager'",
        "DELETE FROM staff_roles",
        "INSERT INTO staff (id, username, name) VALUES (uuidv7(), 'ghost', 'Ghost')",
        "UPDATE staff SET password_hash = 'mine'",
        "UPDATE staff SET active = true",
        "DELETE FROM staff",
        "INSERT INTO sessions (digest, staff_id, expires_at) VALUES ('forged', app.actor(), now() + interval '1 year')",
        (
            "INSERT INTO sessions (digest, staff_id, expires_at) "
            "SELECT 'forged', id, now() + interval '1 year' FROM staff WHERE username = 'manager'"
        ),
        "UPDATE sessions SET expires_at = now() + interval '1 year'",
        "DELETE FROM sign_in_failures",
    ],
)
async def test_nobody_gives_themselves_a_role_a_sign_in_or_a_password(world: World, statement: str):
    await world.person("manager")
    trainer = await world.person("trainer@KPT")
    with pytest.raises(DBAPIError, match=r"permission denied|row-level security"):
        async with world.work(trainer) as uow:
            await uow.session.execute(text(statement))


async def test_ones_own_sign_ins_are_all_that_is_seen_and_ended(world: World):
    manager, trainer = await world.person("manager"), await world.person("trainer@KPT")
    async with world.work(trainer) as uow:
        assert await uow.conn.fetchval("SELECT array_agg(staff_id) FROM sessions") == [trainer.id]
        await uow.session.execute(text("DELETE FROM sessions"))
    (left,) = await world.owner_rows("SELECT staff_id FROM sessions")
    assert left["staff_id"] == manager.id


async def test_the_workers_have_the_rights_that_their_work_needs(world: World):
    for privilege, tables in (
        ("SELECT", WORKER_READS),
        ("INSERT", WORKER_WRITES),
        (
            "DELETE",
            (WORKER_WRITES | WORKER_FORGETS | {"outbox"})
            - {"alerts", "consequences", "telegram_bots", "worker_runs"},
        ),
        ("UPDATE", WORKER_WRITES - {"consequences", "dirty"}),
        ("TRUNCATE", set[str]()),
    ):
        rows = await world.owner_rows(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'v') AND relnamespace = 'public'::regnamespace "
            "AND has_table_privilege('livelihood_worker', oid, $1)",
            privilege,
        )
        assert {row["relname"] for row in rows} == tables, privilege


async def test_the_workers_know_of_staff_whom_to_tell_and_no_password(world: World):
    async with world.worker.read(Named("worker")) as reads:
        await reads.conn.fetch("SELECT id, username, language, active FROM staff")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await reads.conn.fetch("SELECT password_hash FROM staff")
