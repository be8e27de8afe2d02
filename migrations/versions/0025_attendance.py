"""Days away from school in a row, the number from which on they are taken for a drop-out, and why an alert was raised."""

import sqlalchemy as sa
from alembic import op

revision = "0025_attendance"
down_revision = "0024_review_mends"
branch_labels = None
depends_on = None

STAFF_SETUP = "00000000-0000-7000-8000-000000000001"
REASONS = """reason IN (
  'days_in_a_row', 'days_in_a_month', 'attendance', 'presumed_gone', 'not_yet_re_enrolled', 'not_re_enrolled'
)"""

# Observations lie below the numbers of policy, and ask for this one when they are recorded. Before the first, the first.
GONE_AFTER = """
CREATE FUNCTION app.presumed_gone_after(day date) RETURNS integer
LANGUAGE sql STABLE AS $$
  SELECT value FROM public.policy_numbers WHERE key = 'presumed_gone_days'
  ORDER BY effective_from <= presumed_gone_after.day DESC,
    CASE WHEN effective_from <= presumed_gone_after.day THEN effective_from END DESC, effective_from
  LIMIT 1
$$
"""

# The release before reads no finding that tells of days away in a row. Whoever is looked for as a presumed drop-out stays
# out of school there, in the one way in which it can say so.
WITHOUT_DAYS = """
UPDATE observations SET details = (details - 'days_away' - 'gone_after') || CASE
  WHEN (details ->> 'days_away')::integer >= (details ->> 'gone_after')::integer THEN '{"state": "none"}'
  ELSE '{}' END::jsonb
WHERE details ? 'days_away'
"""

# Managers may have changed numbers that the release before does not know.
FORGET = """
WITH unknown (key) AS (VALUES
  ('at_risk_days_in_a_month'), ('at_risk_days_in_a_row'), ('not_re_enrolled_days'), ('presumed_gone_days'),
  ('school_age_from'), ('school_days_a_week'), ('school_days_in_window')
), drafts AS (
  DELETE FROM previews USING unknown WHERE what #>> '{number,key}' = unknown.key
)
DELETE FROM policy_numbers USING unknown WHERE policy_numbers.key = unknown.key
"""


def upgrade() -> None:
    op.execute(f"SELECT set_config('app.actor', '{STAFF_SETUP}', true)")
    op.add_column("alerts", sa.Column("reason", sa.Text))
    op.execute(f"ALTER TABLE alerts ADD CONSTRAINT ck_alerts_reason CHECK ({REASONS}) NOT VALID")
    op.execute("ALTER TABLE alerts VALIDATE CONSTRAINT ck_alerts_reason")
    op.execute(
        "INSERT INTO policy_numbers (key, effective_from, value, source) VALUES "
        "('presumed_gone_days', '2024-01-01', 20, "
        "'Proposal of this project, to be confirmed by the programme manager')"
    )
    op.execute(GONE_AFTER)
    op.execute("REVOKE EXECUTE ON FUNCTION app.presumed_gone_after(date) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION app.presumed_gone_after(date) TO livelihood_app, livelihood_worker")
    # Those that stand say why they were raised once their families are worked out again.
    op.execute(
        "INSERT INTO dirty (household_id, office_id, cause) "
        "SELECT DISTINCT household_id, office_id, 'upgrade' FROM alerts WHERE kind <> 'missing_child'"
    )


def downgrade() -> None:
    op.execute(f"SELECT set_config('app.actor', '{STAFF_SETUP}', true)")
    op.execute("DROP FUNCTION app.presumed_gone_after(date)")
    op.execute(WITHOUT_DAYS)
    op.execute(FORGET)
    op.drop_column("alerts", "reason")
