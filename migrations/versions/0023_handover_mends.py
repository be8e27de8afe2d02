"""Leaving and handing over: what was known when, and what stays with the office that did it."""

from alembic import op

revision = "0023_handover_mends"
down_revision = "0021c_risk_begins"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A leaving that is recorded after a search began does not unmake it: the worker has to know when it was.
    op.execute("GRANT SELECT (recorded_at) ON leavings TO livelihood_worker")


def downgrade() -> None:
    op.execute("REVOKE SELECT (recorded_at) ON leavings FROM livelihood_worker")
