"""A loss to follow-up that was said in error: who took it back, when and why. Whether who read an alert answers it."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0040_alert_pages"
down_revision = "0039_again"
branch_labels = None
depends_on = None

# The release before knows no loss that was taken back: it would give the child up once more.
FORGET = """
WITH forgotten AS (DELETE FROM losses WHERE taken_back_at IS NOT NULL RETURNING household_id, office_id)
INSERT INTO dirty (household_id, office_id, cause)
SELECT DISTINCT household_id, office_id, 'upgrade' FROM forgotten
"""


def upgrade() -> None:
    op.add_column("losses", sa.Column("taken_back_by", sa.Uuid, sa.ForeignKey("staff.id")))
    op.add_column("losses", sa.Column("taken_back_at", sa.DateTime(timezone=True)))
    op.add_column("losses", sa.Column("taken_back_because", sa.Text))
    op.create_check_constraint(
        op.f("ck_losses_taken_back"),
        "losses",
        "num_nonnulls(taken_back_by, taken_back_at, taken_back_because) IN (0, 3)",
    )
    ddl.grant(op, "losses", app="UPDATE (taken_back_by, taken_back_at, taken_back_because)")
    # Why a child was given up, or is not, is nothing for those who read who did what.
    op.execute("DROP TRIGGER losses_audit ON losses")
    ddl.audit(op, "losses", values=False)
    op.add_column(
        "alert_acknowledgements",
        sa.Column("answers", sa.Boolean, nullable=False, server_default=sa.text("true")),
    )


def downgrade() -> None:
    # To the release before an alert that anybody read is answered.
    op.execute("DROP TRIGGER alert_acknowledgements_audit ON alert_acknowledgements")
    op.execute("DELETE FROM alert_acknowledgements WHERE NOT answers")
    op.drop_column("alert_acknowledgements", "answers")
    ddl.audit(op, "alert_acknowledgements")
    op.execute("DROP TRIGGER losses_audit ON losses")
    op.execute(FORGET)
    op.execute(
        "REVOKE UPDATE (taken_back_by, taken_back_at, taken_back_because) ON losses FROM livelihood_app"
    )
    op.drop_constraint(op.f("ck_losses_taken_back"), "losses")
    for column in ("taken_back_because", "taken_back_at", "taken_back_by"):
        op.drop_column("losses", column)
    ddl.audit(op, "losses")
