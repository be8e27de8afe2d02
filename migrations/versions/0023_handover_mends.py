"""Leaving and handing over: what was known when, and what stays with the office that did it."""

from alembic import op

revision = "0023_handover_mends"
down_revision = "0022_pupils"
branch_labels = None
depends_on = None

MINE = "office_id = ANY ((SELECT app.money_offices())::smallint[])"
# fund_offices and grants show only those of the actor's own offices.
FUND = "EXISTS (SELECT FROM fund_offices o WHERE o.fund_id = {key})"
GRANT = "EXISTS (SELECT FROM grants g WHERE g.fund_id = funds.id)"
BOOKED = "EXISTS (SELECT FROM grants g WHERE g.id = grant_id AND g.office_id = fund_entries.office_id)"

# As with grants: follow-ups stand below courses and cannot ask them.
SEAT = """
CREATE FUNCTION app.course_seat_until(household uuid, day date) RETURNS date
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT max(e.ends_on) FROM enrolments e
  WHERE e.household_id = course_seat_until.household AND e.state = 'enrolled'
    AND e.ends_on >= course_seat_until.day AND e.office_id = ANY ((SELECT app.case_offices())::smallint[])
$$
"""

# Where the family was when the entry was booked.
GIVEN_BACK = """
UPDATE fund_entries e SET office_id = (
  SELECT h.from_office_id FROM handovers h JOIN grants g USING (household_id)
  WHERE g.id = e.grant_id AND h.handed_at > e.recorded_at ORDER BY h.handed_at, h.id LIMIT 1)
WHERE EXISTS (
  SELECT FROM handovers h JOIN grants g USING (household_id)
  WHERE g.id = e.grant_id AND h.handed_at > e.recorded_at)
"""
TAKEN = "UPDATE fund_entries e SET office_id = g.office_id FROM grants g WHERE g.id = e.grant_id"
STAFF_SETUP = "00000000-0000-7000-8000-000000000001"


def upgrade() -> None:
    # A leaving that is recorded after a search began does not unmake it: the worker has to know when it was.
    op.execute("GRANT SELECT (recorded_at) ON leavings TO livelihood_worker")
    # Whose a support plan is that nobody of its office made, for the digest.
    op.execute("GRANT SELECT (household_id) ON support_plans TO livelihood_worker")
    op.execute(SEAT)
    op.execute("REVOKE EXECUTE ON FUNCTION app.course_seat_until(uuid, date) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION app.course_seat_until(uuid, date) TO livelihood_app")
    op.execute(f"SELECT set_config('app.actor', '{STAFF_SETUP}', true)")
    op.drop_constraint(op.f("fk_fund_entries_grant_id_office_id"), "fund_entries")
    op.execute(GIVEN_BACK)
    op.create_foreign_key(op.f("fk_fund_entries_office_id"), "fund_entries", "offices", ["office_id"], ["id"])
    policies(
        f"{FUND.format(key='funds.id')} OR {GRANT}",
        FUND.format(key="funds.id"),
        f"{MINE} OR office_id IS NULL AND {FUND.format(key='fund_entries.fund_id')}",
        f"{BOOKED} OR grant_id IS NULL AND {FUND.format(key='fund_entries.fund_id')}",
    )


def downgrade() -> None:
    op.execute(f"SELECT set_config('app.actor', '{STAFF_SETUP}', true)")
    op.execute("REVOKE SELECT (household_id) ON support_plans FROM livelihood_worker")
    op.execute("DROP FUNCTION app.course_seat_until(uuid, date)")
    op.execute("REVOKE SELECT (recorded_at) ON leavings FROM livelihood_worker")
    op.drop_constraint(op.f("fk_fund_entries_office_id"), "fund_entries")
    op.execute(TAKEN)
    op.create_foreign_key(
        op.f("fk_fund_entries_grant_id_office_id"),
        "fund_entries",
        "grants",
        ["grant_id", "office_id"],
        ["id", "office_id"],
        onupdate="CASCADE",
    )
    fund, entries = FUND.format(key="funds.id"), FUND.format(key="fund_entries.fund_id")
    entries += f" AND (office_id IS NULL OR {MINE})"
    policies(fund, fund, entries, entries)


def policies(fund: str, new_fund: str, entry: str, new_entry: str) -> None:
    for table, shown, written in (("funds", fund, new_fund), ("fund_entries", entry, new_entry)):
        op.execute(f"DROP POLICY {table}_by_office ON {table}")
        op.execute(
            f"CREATE POLICY {table}_by_office ON {table} TO livelihood_app USING ({shown}) WITH CHECK ({written})"
        )
