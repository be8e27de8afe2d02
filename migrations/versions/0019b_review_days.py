"""Days with more than one record are found in an index alone, and what a visit found without a walk through all."""

import sqlalchemy as sa
from alembic import op

revision = "0019b_review_days"
down_revision = "0019_visit_reviews"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
    op.create_index("ix_observations_visit_id", "observations", ["visit_id"])


def downgrade() -> None:
    op.drop_index("ix_observations_visit_id", "observations")
    op.drop_index("ix_observations_same_day", "observations")
    op.drop_index("ix_visits_same_day", "visits")
