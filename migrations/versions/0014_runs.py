"""How the workers' jobs went, and one function that says how far behind the work is."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0014_runs"
down_revision = "0015_concerns"
branch_labels = None
depends_on = None

# Counts and moments over all offices, and nothing of anybody's case. A backlog is counted to 100,000 and no further.
BACKLOG = """
CREATE FUNCTION app.backlog(today date) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object(
    'now', clock_timestamp(),
    'revision', (SELECT version_num FROM alembic_version),
    'dirty', (SELECT count(*) FROM (SELECT FROM dirty LIMIT 100000) d),
    'dirty_since', (SELECT min(marked_at) FROM (SELECT marked_at FROM dirty ORDER BY id LIMIT 1000) d),
    'due', (SELECT count(*) FROM (SELECT FROM households WHERE next_change_on < today LIMIT 100000) h),
    'due_since', (SELECT min(next_change_on) FROM households WHERE next_change_on < today),
    'unsent', (SELECT count(*) FROM (SELECT FROM outbox
      WHERE sent_at IS NULL AND given_up_at IS NULL LIMIT 100000) o),
    'unsent_since', (SELECT min(created_at) FROM outbox WHERE sent_at IS NULL AND given_up_at IS NULL),
    'given_up', (SELECT count(*) FROM (SELECT FROM outbox
      WHERE given_up_at IS NOT NULL AND last_error NOT IN ('outdated', 'unwanted') LIMIT 100000) o),
    'previews', (SELECT count(*) FROM previews WHERE state = 'asked'),
    'previews_since', (SELECT min(asked_at) FROM previews WHERE state = 'asked'))
$$
"""


def upgrade() -> None:
    op.create_table(
        "worker_runs",
        sa.Column("job", sa.Text, primary_key=True),
        sa.Column("every_seconds", sa.Integer),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_started_at", sa.DateTime(timezone=True)),
        sa.Column("last_succeeded_at", sa.DateTime(timezone=True)),
        sa.Column("last_failed_at", sa.DateTime(timezone=True)),
        sa.Column("error", sa.Text),
        sa.Column("seconds", sa.Float),
        sa.Column("handled", sa.Integer),
        sa.Column("successes", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("failures", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("seconds_total", sa.Float, nullable=False, server_default="0"),
        sa.Column("handled_total", sa.BigInteger, nullable=False, server_default="0"),
    )
    ddl.grant(op, "worker_runs", app="SELECT", worker="SELECT, INSERT, UPDATE")
    op.execute(BACKLOG)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.backlog(date)")
    op.drop_table("worker_runs")
