"""Who came on none of the school days was away on all of them; which families are worked out anew."""

import sqlalchemy as sa
from alembic import op

revision = "0038_sighted"
down_revision = "0037_return"
branch_labels = None
depends_on = None

STAFF_SETUP = "00000000-0000-7000-8000-000000000001"

# A record keeps the number of its day by which it is judged.
JUDGED = """
UPDATE observations
SET details = details || jsonb_build_object('gone_after', app.presumed_gone_after(happened_on))
WHERE kind = 'education' AND details ->> 'days_present' = '0' AND details ->> 'days_open' <> '0'
  AND NOT details ? 'gone_after'
"""

# The release before reads of the days in a row alone: whoever is presumed to have dropped out still is there.
IN_A_ROW = """
UPDATE observations SET details = CASE
  WHEN (details ->> 'days_open')::integer >= (details ->> 'gone_after')::integer
    THEN details || jsonb_build_object('days_away', details -> 'days_open')
  WHEN details ? 'days_away' THEN details
  ELSE details - 'gone_after'
END
WHERE kind = 'education' AND details ->> 'days_present' = '0' AND details ? 'gone_after'
  AND COALESCE((details ->> 'days_away')::integer < (details ->> 'days_open')::integer, true)
"""

MARK = """
INSERT INTO dirty (household_id, office_id, cause)
SELECT id, office_id, 'upgrade' FROM households WHERE id IN (
  -- A register alone ends no search and no time away.
  SELECT household_id FROM absences
  UNION
  -- What was seen of somebody who had left counts.
  SELECT household_id FROM leavings WHERE ended_on IS NULL
  UNION
  SELECT household_id FROM observations WHERE kind = 'education' AND (
    details ->> 'days_present' = '0' OR details ->> 'learnt_from' IN ('register', 'teacher')
  )
)
"""


def upgrade() -> None:
    op.execute(f"SELECT set_config('app.actor', '{STAFF_SETUP}', true)")
    op.add_column("followed_children", sa.Column("seen_on", sa.Date))
    op.add_column("days_to_review", sa.Column("departed", sa.Integer, nullable=False, server_default="0"))
    op.execute(JUDGED)
    op.execute(MARK)


def downgrade() -> None:
    op.execute(f"SELECT set_config('app.actor', '{STAFF_SETUP}', true)")
    op.execute(IN_A_ROW)
    op.drop_column("days_to_review", "departed")
    op.drop_column("followed_children", "seen_on")
    op.execute(MARK)
