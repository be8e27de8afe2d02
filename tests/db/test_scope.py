"""With the code's permission checks out of the way, the database alone keeps the offices apart."""

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from livelihood.accounts.permissions import ROLE_PERMISSIONS, Permission, Role
from livelihood.households import queries
from tests.support.families import consented, members_of, registered
from tests.support.world import Person, World

CASE_TABLES = ("households", "members", "consents")


# Tables of an office or a household that have no policy, and why that tells nobody anything.
OPEN = {
    "dirty": "marks for the workers; the application may add some and read none",
    "office_provinces": "which office serves which province is on the door",
    "staff_roles": "who does what in the organisation is known within it",
}
# Narrower than the office: tests/concerns asks of each role what it sees of them.
FOCAL = {"concerns", "concern_readings"}
SCOPED = [
    "absences", "alert_acknowledgements", "alert_steps", "alerts", "anchors", "closed_checks", "consents", "consequences",
    "courses", "cover", "days_to_review", "disbursements", "enrolments", "follow_ups", "followed_children", "fund_entries",
    "fund_offices", "grant_decisions", "grant_items", "grant_preparers", "grant_requirements", "grants", "handovers",
    "household_referrals", "households", "leavings", "losses", "members", "observations", "risk_reasons", "sheet_lines",
    "sheets", "spot_checks", "support_plans", "tranches", "visit_people", "visit_reviews", "visit_withdrawals", "visits",
]  # fmt: skip

NOBODYS = "00000000-0000-7000-8000-0000000000ff"

# Every column that has to have a value gets one of its type; what a value means is nothing to a policy. The
# triggers are out of the way while the row is made, and with them the foreign keys.
MADE_UP = """
DO $$
DECLARE
  rule record;
  names text;
  expressions text;
BEGIN
  SET LOCAL session_replication_role = replica;
  FOR rule IN SELECT conname FROM pg_constraint WHERE conrelid = '{table}'::regclass AND contype = 'c' LOOP
    EXECUTE format('ALTER TABLE {table} DROP CONSTRAINT %I', rule.conname);
  END LOOP;
  SELECT string_agg(quote_ident(attname), ', '), string_agg(CASE
      WHEN attname = 'office_id' THEN '1'
      WHEN attname = 'household_id' THEN quote_literal('{household}')
      WHEN attname = 'fund_id' THEN quote_literal('00000000-0000-7000-8000-00000000000f')
      WHEN atttypid = 'uuid'::regtype THEN 'uuidv7()'
      WHEN atttypid = 'date'::regtype THEN 'current_date'
      WHEN atttypid = 'timestamptz'::regtype THEN 'now()'
      WHEN atttypid = 'boolean'::regtype THEN 'false'
      WHEN atttypid IN ('json'::regtype, 'jsonb'::regtype) THEN quote_literal('{{}}')
      WHEN typcategory = 'A' THEN quote_literal('{{}}')
      WHEN typcategory = 'N' THEN '1'
      ELSE quote_literal('x')
    END, ', ')
  INTO names, expressions
  FROM pg_attribute JOIN pg_type t ON t.oid = atttypid
  WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
    AND (attnotnull OR attname = 'office_id');
  EXECUTE 'INSERT INTO {table} (' || names || ') VALUES (' || expressions || ')';
END $$
"""


@pytest.fixture
async def two_offices(world: World) -> tuple[Person, Person]:
    """A caseworker of Kampong Thom, whose office has a household, and one of Kampot."""
    ours = await world.person("caseworker@KPT")
    household = await registered(world, ours)
    await consented(world, ours, household)
    return ours, await world.person("caseworker@KMP")


@pytest.mark.parametrize("table", CASE_TABLES)
async def test_another_office_reads_nothing(world: World, two_offices: tuple[Person, Person], table: str):
    ours, theirs = two_offices
    for person, sees in ((ours, True), (theirs, False)):
        async with world.read(person) as reads:
            count = await reads.conn.fetchval(f"SELECT count(*) FROM {table}")
        assert bool(count) is sees


async def test_every_table_of_an_office_or_a_household_has_policies(world: World):
    rows = await world.owner_rows(
        "SELECT relname, relrowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
        "WHERE relkind IN ('r', 'p') AND nspname = 'public' AND EXISTS (SELECT FROM pg_attribute "
        "WHERE attrelid = c.oid AND attname IN ('office_id', 'household_id') AND NOT attisdropped)"
    )
    assert {row["relname"] for row in rows if row["relrowsecurity"]} == set(SCOPED) | FOCAL
    assert {row["relname"] for row in rows if not row["relrowsecurity"]} == OPEN.keys()
    conn = await asyncpg.connect(world.database.url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("SELECT FROM dirty")
    finally:
        await conn.close()


async def test_no_table_shows_a_row_to_another_office(world: World):
    """With every role there is: what a role sees is one question, in which office another."""
    ours, theirs = [
        await world.person(
            *(f"{role}@{office}" for role in Role if role is not Role.ADMIN), name=office.lower()
        )
        for office in ("KPT", "KMP")
    ]
    for table in SCOPED:
        world.server.sql(MADE_UP.format(table=table, household=NOBODYS), database=world.name)
    for person, sees in ((ours, 1), (theirs, 0)):
        async with world.read(person) as reads:
            seen = {table: await reads.conn.fetchval(f"SELECT count(*) FROM {table}") for table in SCOPED}
        assert seen == dict.fromkeys(SCOPED, sees)


async def test_the_search_that_goes_past_the_policies_keeps_to_the_office(
    world: World, two_offices: tuple[Person, Person]
):
    for person, finds in zip(two_offices, (1, 0), strict=True):
        async with world.read(person) as reads:
            assert len(await queries.find(reads, "dara")) == finds


@pytest.mark.parametrize("table", CASE_TABLES)
async def test_another_office_changes_nothing(world: World, two_offices: tuple[Person, Person], table: str):
    _, theirs = two_offices
    async with world.work(theirs) as uow:
        changed = await uow.conn.execute(
            f"UPDATE {table} SET household_id = household_id"
            if table != "households"
            else "UPDATE households SET phone = NULL"
        )
        assert changed == "UPDATE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await uow.conn.execute(f"DELETE FROM {table}")
        await uow.session.rollback()


@pytest.mark.parametrize("office", [1, 2])
async def test_no_row_can_be_hung_on_another_offices_household(
    world: World, two_offices: tuple[Person, Person], office: int
):
    """With the household's office the policy refuses, with one's own the composite foreign key does."""
    _, theirs = two_offices
    (household,) = await world.owner_rows("SELECT id FROM households")
    with pytest.raises(DBAPIError, match=r"row-level security|fk_members_household_id"):
        async with world.work(theirs) as uow:
            await uow.session.execute(
                text(
                    "INSERT INTO members (id, household_id, office_id, family_name_latin, given_name_latin, sex, "
                    "born_on, born_precision, relationship, joined_on, search) VALUES (uuidv7(), :household, "
                    ":office, 'A', 'B', 'male', '2015-01-01', 'day', 'son', '2026-01-01', '{}')"
                ),
                {"household": household["id"], "office": office},
            )


async def test_a_household_cannot_be_taken_to_ones_own_office(
    world: World, two_offices: tuple[Person, Person]
):
    ours, _ = two_offices
    with pytest.raises(DBAPIError, match="row-level security"):
        async with world.work(ours) as uow:
            await uow.session.execute(text("UPDATE households SET office_id = 2"))


async def test_the_scopes_of_the_database_are_those_of_the_permissions(world: World):
    """`app.enter` names roles in SQL; the permission table is in Python. They say the same."""
    for role in Role:
        person = await world.person(f"{role}@KPT")
        async with world.read(person) as reads:
            row = await reads.conn.fetchrow(
                "SELECT app.case_offices(), app.money_offices(), app.focal_offices(), app.audit_offices()"
            )
        assert row is not None
        held = ROLE_PERMISSIONS[role]
        expected = (
            Permission.HOUSEHOLDS_READ in held,
            Permission.GRANTS_READ in held,
            role is Role.FOCAL_POINT,
            Permission.AUDIT_READ in held,
        )
        assert tuple(scope == [1] for scope in row) == expected, role


async def test_a_member_of_another_household_is_refused_by_name(
    world: World, two_offices: tuple[Person, Person]
):
    ours, _ = two_offices
    other = await registered(world, ours)
    (first,) = await world.owner_rows("SELECT id FROM households ORDER BY code LIMIT 1")
    stranger = (await members_of(world, other))["Dara"]
    async with world.client(ours) as client:
        refused = await client.post(
            f"/households/{first['id']}/consents",
            json={
                "member_id": str(stranger),
                "purposes": ["services"],
                "method": "signature",
                "given_on": "2026-01-05",
            },
        )
    assert [error["field"] for error in refused.json()["errors"]] == ["member_id"]
