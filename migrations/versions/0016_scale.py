"""An index for the list of what is to be done, in the order of its days."""

import sqlalchemy as sa
from alembic import op

revision = "0016_scale"
down_revision = "0013b_digests"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_follow_ups_in_order",
        "follow_ups",
        ["office_id", "due_on", "id", "lapses_on", "opens_on"],
        postgresql_where=sa.text("settled_on IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_follow_ups_in_order", "follow_ups")
