"""Who was seen is judged anew: by presence alone, and no longer by a word of nobody knows whom.

Nor by a register that has the child away.
"""

from alembic import op

revision = "0030_confirmed"
down_revision = "0030_functions"
branch_labels = None
depends_on = None

# Working a family out once more says who is confirmed, who is silent, and for whom the search goes on.
MARK = """
INSERT INTO dirty (household_id, office_id, cause)
SELECT id, office_id, 'upgrade' FROM households WHERE id IN (
  SELECT household_id FROM visit_people
  UNION
  SELECT household_id FROM observations WHERE kind = 'education' AND visit_id IS NOT NULL AND (
    details ->> 'learnt_from' IS NULL OR details ->> 'days_present' = '0' OR (details ->> 'days_away')::int > 0
  )
)
"""


def upgrade() -> None:
    op.execute(MARK)


def downgrade() -> None:
    # By the release before they are judged as they were.
    op.execute(MARK)
