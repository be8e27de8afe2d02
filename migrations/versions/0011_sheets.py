"""Sheets: a route printed under a number, and which of its lines were entered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from livelihood.db import ddl

revision = "0011_sheets"
down_revision = "0014_runs"
branch_labels = None
depends_on = None

OFFICES = range(1, 7)


def upgrade() -> None:
    for office_id in OFFICES:
        op.execute(f"CREATE SEQUENCE sheet_numbers_{office_id}")
        op.execute(f"GRANT USAGE ON SEQUENCE sheet_numbers_{office_id} TO livelihood_app")
    op.create_table(
        "sheets",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
        sa.Column("number", sa.Text, nullable=False, unique=True),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("id", "office_id"),
    )
    op.create_table(
        "sheet_lines",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("sheet_id", sa.Uuid, sa.ForeignKey("sheets.id"), nullable=False),
        sa.Column("line", sa.SmallInteger, nullable=False),
        sa.Column("member_ids", ARRAY(sa.Uuid), nullable=False),
        sa.Column("visit_id", sa.Uuid),
        sa.ForeignKeyConstraint(
            ("household_id", "office_id"), ("households.id", "households.office_id"), onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(("visit_id", "household_id"), ("visits.id", "visits.household_id")),
        sa.UniqueConstraint("sheet_id", "line"),
        sa.UniqueConstraint("sheet_id", "household_id"),
    )
    op.create_index("ix_sheet_lines_household_id", "sheet_lines", ["household_id"])
    ddl.grant(op, "sheets", app="SELECT, INSERT")
    ddl.grant(op, "sheet_lines", app="SELECT, INSERT, UPDATE (visit_id)")
    for table in ("sheets", "sheet_lines"):
        ddl.show_by_office(op, table)
        ddl.audit(op, table)


def downgrade() -> None:
    for table in ("sheet_lines", "sheets"):
        op.drop_table(table)
    for office_id in OFFICES:
        op.execute(f"DROP SEQUENCE sheet_numbers_{office_id}")
