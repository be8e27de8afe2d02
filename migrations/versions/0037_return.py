"""Whoever was away is checked on the return, counted from the day on which it was said that they are back;
and who works families out knows where they lived before.
"""

import sqlalchemy as sa
from alembic import op

revision = "0037_return"
down_revision = "0036_longest"
branch_labels = None
depends_on = None

OLD_ANCHORS = "'course', 'grant', 'high_risk', 'out_of_school', 'schooling'"
ANCHORS = "'course', 'grant', 'high_risk', 'out_of_school', 'return', 'schooling'"
MAY_READ = "GRANT SELECT (id, household_id, from_village, to_village, handed_on, handed_at) ON handovers TO livelihood_worker"
KINDS = [("anchors", "kind"), ("follow_ups", "anchor_kind")]

# Whoever is away, was, or came back after they had left: working the family out once more plans the check. What was due
# before a family moved to another province goes back to where it was.
MARK = """
INSERT INTO dirty (household_id, office_id, cause)
SELECT id, office_id, 'upgrade' FROM households WHERE id IN (
  SELECT household_id FROM absences UNION SELECT household_id FROM leavings WHERE ended_on IS NOT NULL
  UNION SELECT household_id FROM handovers WHERE left(from_village, 2) <> left(to_village, 2)
)
"""


def upgrade() -> None:
    for table, column in KINDS:
        _one_of(table, column, ANCHORS)
    op.add_column("absences", sa.Column("back_known_on", sa.Date))
    op.execute("GRANT UPDATE (back_known_on) ON absences TO livelihood_app")
    op.execute("GRANT SELECT (ended_at) ON leavings TO livelihood_worker")
    op.execute(MAY_READ)
    op.execute(MARK)


def downgrade() -> None:
    op.execute("DELETE FROM follow_ups WHERE anchor_kind = 'return'")
    op.execute(MAY_READ.replace("GRANT", "REVOKE").replace(" TO ", " FROM "))
    op.execute("REVOKE SELECT (ended_at) ON leavings FROM livelihood_worker")
    op.drop_column("absences", "back_known_on")
    for table, column in KINDS:
        _one_of(table, column, OLD_ANCHORS)


def _one_of(table: str, column: str, values: str) -> None:
    name = f"ck_{table}_{column}"
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({values})) NOT VALID")
    op.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
