"""Whoever hands a family on can name who works its households now, whoever stands in for a monitor on leave among them.

And of what silence led to it is known when that silence was over, so that a new one is told from the beginning; of a child
out of child labour, since when that holds no more, and why.
"""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0039_again"
down_revision = "0038_sighted"
branch_labels = None
depends_on = None

# As `app.handed_to`, which yesterday's code still asks: the old office sees neither the family nor the new office's leave.
WHO_HAS_IT = """
CREATE FUNCTION app.who_has_it(handover uuid, day date) RETURNS TABLE (staff_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH theirs AS (
    SELECT h.monitor_id, h.caseworker_id
    FROM handovers o JOIN households h ON h.id = o.household_id
    WHERE o.id = who_has_it.handover AND o.handed_by = app.actor() AND h.office_id = o.to_office_id
  )
  SELECT monitor_id FROM theirs WHERE monitor_id IS NOT NULL
  UNION SELECT caseworker_id FROM theirs WHERE caseworker_id IS NOT NULL
  UNION SELECT c.by_id FROM theirs JOIN cover c ON c.staff_id = theirs.monitor_id
    WHERE who_has_it.day BETWEEN c.from_on AND c.until_on
$$
"""
# Working these families out once more says which of the silences that were told of are over, and who is not out of child
# labour after all.
MARK = """
INSERT INTO dirty (household_id, office_id, cause)
SELECT DISTINCT household_id, office_id, 'upgrade' FROM consequences WHERE since IS NOT NULL OR kind = 'remediated'
"""
SIGNATURE = "app.who_has_it(uuid, date)"


def upgrade() -> None:
    op.execute(WHO_HAS_IT)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO livelihood_app")
    op.add_column("consequences", sa.Column("ended_on", sa.Date))
    op.add_column("consequences", sa.Column("ended_because", sa.Text))
    why = "ended_because IN ('contrary', 'taken_back')"
    op.execute(
        f"ALTER TABLE consequences ADD CONSTRAINT ck_consequences_ended_because CHECK ({why}) NOT VALID"
    )
    op.execute("ALTER TABLE consequences VALIDATE CONSTRAINT ck_consequences_ended_because")
    columns = "UPDATE (ended_on, ended_because)"
    ddl.grant(op, "consequences", app=columns, worker=columns)
    op.execute(MARK)


def downgrade() -> None:
    op.drop_column("consequences", "ended_because")
    op.drop_column("consequences", "ended_on")
    op.execute(f"DROP FUNCTION {SIGNATURE}")
