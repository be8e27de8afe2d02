"""An alert says why a child is missing, and when it was opened again; whoever hands a family on can name who has it now."""

import sqlalchemy as sa
from alembic import op

revision = "0031_alerts"
down_revision = "0030_confirmed"
branch_labels = None
depends_on = None

OLD_REASONS = """
  'days_in_a_row', 'days_in_a_month', 'attendance', 'presumed_gone', 'not_yet_re_enrolled', 'not_re_enrolled'
"""
NEW_REASONS = "'away_alone', 'unknown', 'nobody_met'"
# Working a family out once more says why its children are missing, looks on for those whose search had ended with a plan,
# and looks after who left school whatever was entered first.
MARK = """
INSERT INTO dirty (household_id, office_id, cause)
SELECT id, office_id, 'upgrade' FROM households WHERE id IN (
  SELECT household_id FROM alerts WHERE kind IN ('at_risk', 'missing_child')
  UNION SELECT household_id FROM observations WHERE kind IN ('placement', 'work') AND member_id IN (
    SELECT member_id FROM observations WHERE kind = 'education'
  )
)
"""
# The new office's staff are to hear at once that a child of the family is missing, and the old office, which knows it,
# sees no more of the family: it is told two ids, and of its own handovers alone.
HANDED_TO = """
CREATE FUNCTION app.handed_to(handover uuid) RETURNS TABLE (monitor_id uuid, caseworker_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT h.monitor_id, h.caseworker_id
  FROM handovers o JOIN households h ON h.id = o.household_id
  WHERE o.id = handed_to.handover AND o.handed_by = app.actor() AND h.office_id = o.to_office_id
$$
"""
FORGET = "UPDATE alerts SET reason = NULL WHERE reason IN ('away_alone', 'unknown', 'nobody_met')"
SIGNATURE = "app.handed_to(uuid)"


def upgrade() -> None:
    op.add_column("alerts", sa.Column("reopened_at", sa.DateTime(timezone=True)))
    _reason(f"{OLD_REASONS}, {NEW_REASONS}")
    op.execute(MARK)
    op.execute(HANDED_TO)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO livelihood_app")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.execute(FORGET)
    _reason(OLD_REASONS)
    op.drop_column("alerts", "reopened_at")


def _reason(values: str) -> None:
    op.execute("ALTER TABLE alerts DROP CONSTRAINT ck_alerts_reason")
    op.execute(f"ALTER TABLE alerts ADD CONSTRAINT ck_alerts_reason CHECK (reason IN ({values})) NOT VALID")
    op.execute("ALTER TABLE alerts VALIDATE CONSTRAINT ck_alerts_reason")
