"""Intake lists on their way to being households."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from livelihood.db import ddl

revision = "0007_intake_imports"
down_revision = "0006_grants"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "household_imports",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("filename", sa.Text, nullable=False),
        sa.Column("sha256", sa.LargeBinary, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("uploaded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True)),
        sa.Column("ready", sa.Integer, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("refused", sa.Integer, nullable=False),
        sa.Column("plan", JSONB(none_as_null=True)),
        sa.Column("faults", JSONB(none_as_null=True)),
        sa.Column("outcome", JSONB(none_as_null=True)),
        sa.CheckConstraint("state IN ('checked', 'imported')", name="state"),
    )
    op.create_index("ix_household_imports_uploaded_by", "household_imports", ["uploaded_by", "uploaded_at"])
    ddl.grant(
        op,
        "household_imports",
        app="SELECT, INSERT, UPDATE",
        worker="SELECT, UPDATE (plan, faults)",
    )
    op.execute("ALTER TABLE household_imports ENABLE ROW LEVEL SECURITY")
    # A list spans offices and holds what its uploader typed or was sent: nobody else has a need to know.
    op.execute(
        "CREATE POLICY household_imports_by_uploader ON household_imports TO livelihood_app "
        "USING (uploaded_by = (SELECT app.actor()))"
    )
    ddl.audit(op, "household_imports", values=False)


def downgrade() -> None:
    op.drop_table("household_imports")
