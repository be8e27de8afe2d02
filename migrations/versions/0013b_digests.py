"""Digests are counted by the workers; a message about a channel goes by that channel."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0013b_digests"
down_revision = "0012_care"
branch_labels = None
depends_on = None

# What a digest counts, column by column: no amount, no business, no note.
COUNTED = {
    "grants": "id, office_id, status, prepared_by, round",
    "grant_decisions": "grant_id, round, decided_by",
    "grant_preparers": "grant_id, staff_id",
}


def upgrade() -> None:
    # Codes are long enough not to be guessed within their time, so that nothing has to be counted.
    op.drop_column("channels", "code_tries")
    ddl.grant(op, "outbox", app="INSERT (channel)", worker="INSERT (channel)")
    for table, columns in COUNTED.items():
        ddl.grant(op, table, worker=f"SELECT ({columns})")


def downgrade() -> None:
    op.execute("REVOKE SELECT (id, office_id, status, prepared_by, round) ON grants FROM livelihood_worker")
    op.execute("REVOKE SELECT (grant_id, round, decided_by) ON grant_decisions FROM livelihood_worker")
    op.execute("REVOKE SELECT (grant_id, staff_id) ON grant_preparers FROM livelihood_worker")
    op.execute("REVOKE INSERT (channel) ON outbox FROM livelihood_app, livelihood_worker")
    op.add_column("channels", sa.Column("code_tries", sa.SmallInteger, nullable=False, server_default="0"))
