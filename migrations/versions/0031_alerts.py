"""An alert says when it was opened again; whoever hands a family on can name who has it now."""

import sqlalchemy as sa
from alembic import op

revision = "0031_alerts"
down_revision = "0029_enter"
branch_labels = None
depends_on = None

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
SIGNATURE = "app.handed_to(uuid)"


def upgrade() -> None:
    op.add_column("alerts", sa.Column("reopened_at", sa.DateTime(timezone=True)))
    op.execute(HANDED_TO)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO livelihood_app")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.drop_column("alerts", "reopened_at")
