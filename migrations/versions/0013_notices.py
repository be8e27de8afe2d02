"""Messages that leave the system, and how each person is reached."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from livelihood.db import ddl

revision = "0013_notices"
down_revision = "0008_silence"
branch_labels = None
depends_on = None

# Who is told of whom: counts for those who look after the accounts, and neither content nor address.
UNDELIVERED = """
CREATE FUNCTION app.undelivered(since timestamptz)
RETURNS TABLE (staff_id uuid, name text, waiting bigint, given_up bigint, last_error text, last_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s.id, s.name,
    count(*) FILTER (WHERE o.given_up_at IS NULL),
    count(*) FILTER (WHERE o.given_up_at IS NOT NULL),
    (array_agg(o.last_error ORDER BY o.created_at DESC))[1],
    max(o.created_at)
  FROM outbox o JOIN staff s ON s.id = o.staff_id
  WHERE o.created_at >= since AND o.sent_at IS NULL AND o.last_error <> 'unwanted' AND o.kind <> 'code'
    AND EXISTS (SELECT FROM staff_roles r WHERE r.staff_id = app.actor() AND r.role = 'admin')
  GROUP BY s.id
$$
"""


def upgrade() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text),
        sa.Column("send_after", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("last_error", sa.Text),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("given_up_at", sa.DateTime(timezone=True)),
        sa.UniqueConstraint("staff_id", "key"),
        sa.CheckConstraint("kind IN ('code', 'digest', 'safeguarding', 'test')", name="kind"),
        sa.CheckConstraint("channel IN ('email', 'telegram')", name="channel"),
        sa.CheckConstraint(
            "last_error IN ('busy', 'no_address', 'off', 'outdated', 'refused', 'setup', 'timeout', 'unreachable', "
            "'unwanted')",
            name="last_error",
        ),
        sa.CheckConstraint(
            "jsonb_typeof(counts) = 'object' AND NOT jsonb_path_exists(counts, '$.* ? (@.type() <> \"number\")')",
            name="counts",
        ),
        sa.CheckConstraint("path ~ '^/[a-z0-9/#-]*$'", name="path"),
        sa.CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="outcome"),
    )
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["send_after"],
        postgresql_where=sa.text("sent_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_index("ix_outbox_staff_id", "outbox", ["staff_id", "created_at"])
    op.create_table(
        "channels",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("address", sa.Text),
        sa.Column("confirmed_at", sa.DateTime(timezone=True)),
        sa.Column("digest", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("immediate", sa.Boolean, nullable=False, server_default=sa.text("false")),
        sa.Column("digested_on", sa.Date),
        sa.Column("pending", sa.Text),
        sa.Column("code", sa.Text),
        sa.Column("code_made_at", sa.DateTime(timezone=True)),
        sa.Column("code_expires_at", sa.DateTime(timezone=True)),
        sa.Column("code_tries", sa.SmallInteger, nullable=False, server_default="0"),
        sa.UniqueConstraint("staff_id", "kind"),
        sa.CheckConstraint("kind IN ('email', 'telegram')", name="kind"),
        sa.CheckConstraint("(address IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
        sa.CheckConstraint("address IS NOT NULL OR NOT (digest OR immediate)", name="used"),
        sa.CheckConstraint("(code IS NULL) = (code_expires_at IS NULL)", name="code"),
    )
    for use in ("digest", "immediate"):
        op.create_index(
            f"uq_channels_{use}", "channels", ["staff_id"], unique=True, postgresql_where=sa.text(use)
        )
    op.create_index("ix_channels_code", "channels", ["code"], postgresql_where=sa.text("code IS NOT NULL"))
    op.create_table(
        "telegram_bots",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("username", sa.Text),
        sa.Column("next_update", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("polled_until", sa.DateTime(timezone=True)),
    )

    ddl.grant(
        op,
        "outbox",
        app="SELECT, INSERT (id, staff_id, kind, key, counts, path, created_at, send_after)",
        worker=(
            "SELECT, INSERT (id, staff_id, kind, key, counts, path, created_at, send_after), DELETE, "
            "UPDATE (channel, send_after, attempts, last_error, sent_at, given_up_at)"
        ),
    )
    ddl.grant(
        op,
        "channels",
        app="SELECT, INSERT, UPDATE, DELETE",
        worker=(
            "SELECT, UPDATE (address, confirmed_at, digest, immediate, digested_on, code, code_made_at, "
            "code_expires_at, code_tries)"
        ),
    )
    ddl.grant(op, "telegram_bots", app="SELECT (id, username)", worker="SELECT, INSERT, UPDATE")
    # Whom to tell, in which language, and what waits for them.
    ddl.grant(op, "staff", worker="SELECT (id, name, username, kind, language, active)")
    ddl.grant(op, "staff_roles", worker="SELECT")
    ddl.grant(op, "offices", worker="SELECT")

    # What somebody is told, and where they are reached, is for them alone; anybody may cause a message.
    op.execute("ALTER TABLE outbox ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY outbox_own ON outbox FOR SELECT TO livelihood_app "
        "USING (staff_id = (SELECT app.actor()))"
    )
    op.execute("CREATE POLICY outbox_told ON outbox FOR INSERT TO livelihood_app WITH CHECK (true)")
    op.execute("ALTER TABLE channels ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY channels_own ON channels TO livelihood_app USING (staff_id = (SELECT app.actor()))"
    )
    ddl.audit(op, "channels", values=False)
    op.execute(UNDELIVERED)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.undelivered(timestamptz)")
    for table in ("telegram_bots", "channels", "outbox"):
        op.drop_table(table)
    op.execute("REVOKE SELECT ON offices, staff_roles FROM livelihood_worker")
    op.execute("REVOKE SELECT (id, name, username, kind, language, active) ON staff FROM livelihood_worker")
