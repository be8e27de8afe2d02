"""An alert says when it was opened again."""

import sqlalchemy as sa
from alembic import op

revision = "0031_alerts"
down_revision = "0029_enter"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alerts", sa.Column("reopened_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("alerts", "reopened_at")
