"""Digests know of which office a cover is: whoever does not work there stands in for nobody there."""

from alembic import op

from livelihood.db import ddl

revision = "0043_hands"
down_revision = "0042_upgrade"
branch_labels = None
depends_on = None


def upgrade() -> None:
    ddl.grant(op, "cover", worker="SELECT (office_id)")


def downgrade() -> None:
    op.execute("REVOKE SELECT (office_id) ON cover FROM livelihood_worker")
