"""Why a child is away for a season; and one who did not go after all was not away."""

import sqlalchemy as sa
from alembic import op

revision = "0017b_away"
down_revision = "0017_risk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("absences", sa.Column("reason", sa.Text, nullable=False, server_default="other"))
    op.create_check_constraint(
        op.f("ck_absences_reason"),
        "absences",
        "reason IN ('brick_kiln', 'harvest', 'other_work', 'relatives', 'other')",
    )
    op.execute("GRANT DELETE ON absences TO livelihood_app")


def downgrade() -> None:
    op.execute("REVOKE DELETE ON absences FROM livelihood_app")
    op.drop_column("absences", "reason")
