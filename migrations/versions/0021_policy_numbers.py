"""Numbers that managers change: who added a value, and when."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0021_policy_numbers"
down_revision = "0020_lists"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policy_numbers", sa.Column("added_by", sa.Uuid, sa.ForeignKey("staff.id")))
    op.add_column("policy_numbers", sa.Column("added_at", sa.DateTime(timezone=True)))
    # Values are added and never changed, as versions of protocols are.
    ddl.grant(op, "policy_numbers", app="INSERT")
    ddl.audit(op, "policy_numbers", "key", "effective_from")


def downgrade() -> None:
    op.execute("DROP TRIGGER policy_numbers_audit ON policy_numbers")
    op.execute("REVOKE INSERT ON policy_numbers FROM livelihood_app")
    op.execute("DELETE FROM previews WHERE what ->> 'kind' = 'number'")
    # What managers decided stays in force; of these two the release before knows nothing.
    op.execute("DELETE FROM policy_numbers WHERE key IN ('last_lapses_after_days', 'out_of_school_to_age')")
    op.drop_column("policy_numbers", "added_at")
    op.drop_column("policy_numbers", "added_by")
