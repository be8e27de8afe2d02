"""An index for how long anything of an office stays open, which says where its list begins."""

import sqlalchemy as sa
from alembic import op

revision = "0036_longest"
down_revision = "0035_closed_checks"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_follow_ups_longest",
        "follow_ups",
        ["office_id", sa.text("(lapses_on - due_on)")],
        postgresql_where=sa.text("settled_on IS NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_follow_ups_longest", "follow_ups")
