"""Policy that people change: who added a version, terms, days of one province, previews of what a change would do."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from livelihood.db import ddl

revision = "0009_policy"
down_revision = "0013_notices"
branch_labels = None
depends_on = None

BY_PROVINCE = (("school_vacations", "starts_on"), ("holiday_overrides", "day"))


def upgrade() -> None:
    op.add_column("protocols", sa.Column("added_by", sa.Uuid, sa.ForeignKey("staff.id")))
    op.add_column("protocols", sa.Column("added_at", sa.DateTime(timezone=True)))
    op.add_column(
        "school_years", sa.Column("terms", JSONB, nullable=False, server_default=sa.text("'[]'::jsonb"))
    )
    op.add_column(
        "holiday_overrides", sa.Column("assumed", sa.Boolean, nullable=False, server_default=sa.false())
    )
    for table, day in BY_PROVINCE:
        op.add_column(table, sa.Column("id", sa.Uuid, nullable=False, server_default=sa.text("uuidv7()")))
        op.add_column(table, sa.Column("province_code", sa.Text))
        op.drop_constraint(op.f(f"pk_{table}"), table)
        op.create_primary_key(op.f(f"pk_{table}"), table, ["id"])
        op.create_unique_constraint(
            op.f(f"uq_{table}_{day}_province_code"),
            table,
            [day, "province_code"],
            postgresql_nulls_not_distinct=True,
        )
        op.create_check_constraint(op.f(f"ck_{table}_province_code"), table, "province_code ~ '^[0-9]{2}$'")

    op.create_table(
        "previews",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("asked_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_on", sa.Date, nullable=False),
        sa.Column("what", JSONB, nullable=False),
        sa.Column("built_on", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("total", sa.Integer),
        sa.Column("looked_at", sa.Integer, nullable=False),
        sa.Column("last_id", sa.Uuid),
        sa.Column("left_out", sa.Integer, nullable=False),
        sa.Column("counts", JSONB, nullable=False),
        sa.Column("examples", JSONB, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.Column("in_force_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('asked', 'done', 'dropped', 'in_force', 'overtaken')", name="state"),
    )
    op.create_index(
        "ix_previews_asked", "previews", ["asked_at"], postgresql_where=sa.text("state = 'asked'")
    )
    op.create_index("ix_previews_asked_by", "previews", ["asked_by", "asked_at"])

    # Versions are added and never changed; the calendar is corrected, and its past is in the audit trail.
    ddl.grant(op, "protocols", app="INSERT")
    ddl.grant(op, "school_years", app="INSERT, UPDATE")
    for table, _ in BY_PROVINCE:
        ddl.grant(op, table, app="INSERT, UPDATE, DELETE")
    ddl.grant(
        op,
        "previews",
        app="SELECT, INSERT, UPDATE (state, in_force_at)",
        worker="SELECT, UPDATE (state, total, looked_at, last_id, left_out, counts, examples, done_at)",
    )
    op.execute("ALTER TABLE previews ENABLE ROW LEVEL SECURITY")
    # The examples name households of every office: they are for who asked.
    op.execute(
        "CREATE POLICY previews_by_asker ON previews TO livelihood_app "
        "USING (asked_by = (SELECT app.actor()))"
    )
    ddl.audit(op, "protocols", "key", "version")
    ddl.audit(op, "school_years", "key")
    for table, _ in BY_PROVINCE:
        ddl.audit(op, table)


def downgrade() -> None:
    op.drop_table("previews")
    for table in ("protocols", "school_years", *(table for table, _ in BY_PROVINCE)):
        op.execute(f"DROP TRIGGER {table}_audit ON {table}")
        op.execute(f"REVOKE INSERT, UPDATE, DELETE ON {table} FROM livelihood_app")
    for table, day in BY_PROVINCE:
        provincial = sa.column("province_code").is_not(None)
        op.execute(sa.delete(sa.table(table)).where(provincial))
        op.drop_constraint(op.f(f"ck_{table}_province_code"), table)
        op.drop_constraint(op.f(f"uq_{table}_{day}_province_code"), table)
        op.drop_constraint(op.f(f"pk_{table}"), table)
        op.create_primary_key(op.f(f"pk_{table}"), table, [day])
        op.drop_column(table, "province_code")
        op.drop_column(table, "id")
    op.drop_column("holiday_overrides", "assumed")
    op.drop_column("school_years", "terms")
    op.execute("DELETE FROM protocols WHERE version > 1")
    op.drop_column("protocols", "added_at")
    op.drop_column("protocols", "added_by")
