"""Families that are said to have moved are listed until somebody hands them over."""

import sqlalchemy as sa
from alembic import op

revision = "0027b_moved"
down_revision = "0027_sheets"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_visits_moved",
        "visits",
        ["office_id", "household_id"],
        postgresql_where=sa.text("outcome = 'moved'"),
    )


def downgrade() -> None:
    op.drop_index("ix_visits_moved", "visits")
