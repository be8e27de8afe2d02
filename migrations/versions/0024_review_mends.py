"""Days of records to look at are written down when a family is worked out; a withdrawn visit is replaced once."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0024_review_mends"
down_revision = "0023_handover_mends"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")
ALL = "SELECT, INSERT, UPDATE, DELETE"

# Where a day has more than one record, working the family out once more says whether it waits.
MARK = """
INSERT INTO dirty (household_id, office_id, cause)
SELECT id, office_id, 'upgrade' FROM households WHERE id IN (
  SELECT household_id FROM visits WHERE outcome = 'met' AND mode <> 'register'
  GROUP BY household_id, happened_on HAVING count(*) > 1
  UNION
  SELECT household_id FROM observations WHERE kind = 'education'
  GROUP BY household_id, member_id, happened_on HAVING count(*) > 1
)
"""


# Of several records in the place of one, the first that was made is what replaced it; the others stand by themselves.
ONCE = """
UPDATE visits v SET replaces = NULL WHERE v.replaces IS NOT NULL AND EXISTS (
  SELECT FROM visits first WHERE first.replaces = v.replaces
    AND (first.recorded_at, first.id) < (v.recorded_at, v.id)
)
"""


def upgrade() -> None:
    op.create_table(
        "days_to_review",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("twice", sa.Boolean, nullable=False),
        sa.Column("contested", sa.Integer, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
    )
    op.create_index("ix_days_to_review_household_id", "days_to_review", ["household_id", "happened_on"])
    op.create_index("ix_days_to_review_office_id", "days_to_review", ["office_id", "recorded_at"])
    ddl.grant(op, "days_to_review", app=ALL, worker=ALL)
    ddl.grant(op, "visit_reviews", worker="SELECT")
    # The digest counts plans of open alerts.
    op.execute("GRANT SELECT (alert_id) ON support_plans TO livelihood_worker")
    ddl.show_by_office(op, "days_to_review")
    # Generated: what is audited is the change that caused it.
    op.execute(MARK)
    op.execute("SELECT app.enter_as('setup', true, '0024_review_mends')")
    op.execute(ONCE)
    op.execute("SELECT app.leave(true)")
    op.drop_index("ix_visits_replaces", "visits")
    op.create_index(
        "ix_visits_replaces",
        "visits",
        ["replaces"],
        unique=True,
        postgresql_where=sa.text("replaces IS NOT NULL"),
    )
    op.drop_index("ix_visits_same_day", "visits")
    op.drop_index("ix_observations_same_day", "observations")


def downgrade() -> None:
    op.drop_index("ix_visits_replaces", "visits")
    op.create_index(
        "ix_visits_replaces", "visits", ["replaces"], postgresql_where=sa.text("replaces IS NOT NULL")
    )
    op.create_index(
        "ix_visits_same_day",
        "visits",
        ["office_id", "household_id", "happened_on"],
        postgresql_where=sa.text("outcome = 'met' AND mode <> 'register'"),
    )
    op.create_index(
        "ix_observations_same_day",
        "observations",
        ["office_id", "member_id", "happened_on"],
        postgresql_where=sa.text("kind = 'education'"),
    )
    op.execute("REVOKE SELECT (alert_id) ON support_plans FROM livelihood_worker")
    op.execute("REVOKE SELECT ON visit_reviews FROM livelihood_worker")
    op.drop_table("days_to_review")
