"""Who did what to which record, written by the database and altered by nobody."""

import asyncpg
import pytest

from tests.support.families import registered
from tests.support.world import World


async def test_every_write_is_recorded_with_who_and_what(world: World):
    caseworker = await world.person("caseworker@KPT")
    household = await registered(world, caseworker)
    rows = await world.owner_rows(
        "SELECT table_name, action, changed FROM audit.entries WHERE household_id = $1 AND actor_id = $2 ORDER BY id",
        household.id,
        caseworker.id,
    )
    assert [(row["table_name"], row["action"]) for row in rows] == [
        ("households", "insert"),
        ("members", "insert"),
        ("members", "insert"),
        ("members", "insert"),
    ]
    assert '"KPT-00001"' in rows[0]["changed"]


async def test_protected_columns_are_recorded_by_name_alone(world: World):
    caseworker = await world.person("caseworker@KPT")
    await registered(
        world, caseworker, risk="high", risk_reason="a debt to a broker", referral_source="Police"
    )
    (row,) = await world.owner_rows(
        "SELECT changed FROM audit.entries WHERE table_name = 'household_referrals'"
    )
    assert "risk_reason" in row["changed"]
    assert "broker" not in row["changed"]


@pytest.mark.parametrize("role", ["app", "worker"])
@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit.entries",
        "UPDATE audit.entries SET action = 'x'",
        "TRUNCATE audit.entries",
        "INSERT INTO audit.entries (actor_id, table_name, row_key, action, changed) VALUES (NULL, 'a', 'b', 'c', '{}')",
        "ALTER TABLE households DISABLE TRIGGER households_audit",
        "DROP TRIGGER households_audit ON households",
        "SET session_replication_role = replica",
        "ALTER TABLE audit.entries DISABLE ROW LEVEL SECURITY",
    ],
)
async def test_no_role_of_the_application_can_alter_the_trail(world: World, role: str, statement: str):
    conn = await asyncpg.connect(world.server.url(user=f"livelihood_{role}", database=world.name))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)
    finally:
        await conn.close()


async def test_the_trail_is_read_within_ones_scope(world: World):
    await registered(world, await world.person("caseworker@KPT"))
    for who, sees in (
        ("auditor@KPT", True),
        ("auditor@KMP", False),
        ("auditor", True),
        ("caseworker@KPT", False),
    ):
        async with world.read(await world.person(who)) as reads:
            count = await reads.conn.fetchval(
                "SELECT count(*) FROM audit.entries WHERE table_name = 'households'"
            )
        assert bool(count) is sees, who
