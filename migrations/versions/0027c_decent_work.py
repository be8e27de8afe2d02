"""An alert out of school may close because the young person was found in decent work or training."""

from alembic import op

revision = "0027c_decent_work"
down_revision = "0027b_moved"
branch_labels = None
depends_on = None

OLD_CLOSED = """
  'attending', 'back_in_school', 'confirmed', 'corrected', 'facts_changed', 'left_school', 'closed', 'died', 'moved',
  'turned_18'
"""
CLOSED = f"{OLD_CLOSED}, 'in_decent_work'"

# Working a family out once more says whether what was found of work closes an alert of theirs, or raises one.
MARK = """
INSERT INTO dirty (household_id, office_id, cause)
SELECT id, office_id, 'upgrade' FROM households WHERE id IN (
  SELECT household_id FROM observations WHERE kind IN ('placement', 'work') AND member_id IN (
    SELECT member_id FROM observations WHERE kind = 'education'
  )
)
"""


def upgrade() -> None:
    _closed_because(CLOSED)
    op.execute(MARK)


def downgrade() -> None:
    op.execute("UPDATE alerts SET closed_because = 'facts_changed' WHERE closed_because = 'in_decent_work'")
    _closed_because(OLD_CLOSED)
    # The release before knows no such reason: worked out by it, the alert is open again.
    op.execute(MARK)


def _closed_because(values: str) -> None:
    op.execute("ALTER TABLE alerts DROP CONSTRAINT ck_alerts_closed_because")
    op.execute(
        "ALTER TABLE alerts ADD CONSTRAINT ck_alerts_closed_because "
        f"CHECK (closed_because IN ({values})) NOT VALID"
    )
    op.execute("ALTER TABLE alerts VALIDATE CONSTRAINT ck_alerts_closed_because")
