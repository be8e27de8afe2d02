"""Digests count the support plans that are due, and the households that a monitor covers for."""

from alembic import op

from livelihood.db import ddl

revision = "0020_lists"
down_revision = "0019b_review_days"
branch_labels = None
depends_on = None

# Column by column: whose, where and when, and nothing of what stands in a plan.
COUNTED = {
    "cover": "staff_id, by_id, from_on, until_on",
    "support_plans": "id, office_id, due_on, outcome, made_by",
}


def upgrade() -> None:
    for table, columns in COUNTED.items():
        ddl.grant(op, table, worker=f"SELECT ({columns})")


def downgrade() -> None:
    op.execute(
        "REVOKE SELECT (id, office_id, due_on, outcome, made_by) ON support_plans FROM livelihood_worker"
    )
    op.execute("REVOKE SELECT (staff_id, by_id, from_on, until_on) ON cover FROM livelihood_worker")
