"""Who left a household, whose case was closed, and when they were followed again: each time, with why."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0018_leaving"
down_revision = "0010b_roll_call"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")
MEMBER = ("members.id", "members.household_id")
ENDED = "ended_on", "ended_because", "ended_by", "ended_at"


def upgrade() -> None:
    op.create_table(
        "leavings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("member_id", sa.Uuid),
        sa.Column("left_on", sa.Date, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("partner", sa.Text),
        sa.Column("new_head_id", sa.Uuid),
        sa.Column("head_was", sa.Text),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_on", sa.Date),
        sa.Column("ended_because", sa.Text),
        sa.Column("ended_note", sa.Text),
        sa.Column("ended_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "because IN ('died', 'finished', 'moved', 'other', 'withdrew')"
            " AND (because <> 'died' OR member_id IS NOT NULL)"
            " AND (because NOT IN ('finished', 'withdrew') OR member_id IS NULL)",
            name="because",
        ),
        sa.CheckConstraint(
            "partner IS NULL OR (member_id IS NULL AND because = 'moved')",
            name="partner",
        ),
        sa.CheckConstraint("(new_head_id IS NULL) = (head_was IS NULL)", name="new_head"),
        sa.CheckConstraint("ended_because IN ('came_back', 'mistake')", name="ended_because"),
        sa.CheckConstraint(f"num_nulls({', '.join(ENDED)}) IN (0, 4)", name="ended"),
        sa.CheckConstraint("ended_on >= left_on", name="days"),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(["member_id", "household_id"], MEMBER),
        sa.ForeignKeyConstraint(["new_head_id", "household_id"], MEMBER),
    )
    op.create_index("ix_leavings_household_id", "leavings", ["household_id"])
    op.create_index(
        "uq_leavings_member_id",
        "leavings",
        ["member_id"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL AND member_id IS NOT NULL"),
    )
    op.create_index(
        "uq_leavings_closed",
        "leavings",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("ended_on IS NULL AND member_id IS NULL"),
    )
    op.create_check_constraint(
        op.f("ck_members_left_because"), "members", "left_because IN ('died', 'moved', 'other')"
    )
    op.create_check_constraint(
        op.f("ck_members_left"), "members", "(left_on IS NULL) = (left_because IS NULL)"
    )
    ddl.grant(
        op,
        "leavings",
        app="SELECT, INSERT, UPDATE (ended_on, ended_because, ended_note, ended_by, ended_at)",
        # When somebody was away, and not why or where.
        worker="SELECT (household_id, member_id, left_on, ended_on, ended_because)",
    )
    ddl.show_by_office(op, "leavings")
    ddl.audit(op, "leavings", values=False)


def downgrade() -> None:
    op.drop_constraint(op.f("ck_members_left"), "members")
    op.drop_constraint(op.f("ck_members_left_because"), "members")
    op.drop_table("leavings")
