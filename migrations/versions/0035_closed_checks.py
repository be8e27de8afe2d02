"""Checks that nobody will make: who closed them, when and why, and who took that back."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0035_closed_checks"
down_revision = "0032_absences"
branch_labels = None
depends_on = None

# The release before says of such a check what its days say.
MARK = """
INSERT INTO dirty (household_id, office_id, cause)
SELECT DISTINCT household_id, office_id, 'upgrade' FROM closed_checks
"""


def upgrade() -> None:
    op.create_table(
        "closed_checks",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("follow_up_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("closed_on", sa.Date, nullable=False),
        sa.Column("closed_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reopened_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("reopened_at", sa.DateTime(timezone=True)),
        sa.ForeignKeyConstraint(
            ["household_id", "office_id"], ["households.id", "households.office_id"], onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id", "household_id"], ["members.id", "members.household_id"]),
        sa.CheckConstraint("purpose IN ('business', 'home', 'placement', 'school')", name="purpose"),
        sa.CheckConstraint("(reopened_by IS NULL) = (reopened_at IS NULL)", name="reopened"),
    )
    op.create_index("ix_closed_checks_household_id", "closed_checks", ["household_id"])
    ddl.grant(
        op,
        "closed_checks",
        app="SELECT, INSERT, UPDATE (reopened_by, reopened_at)",
        # Which checks are closed, and not why.
        worker="SELECT (household_id, follow_up_id, closed_on, reopened_at)",
    )
    ddl.show_by_office(op, "closed_checks")
    # Why nobody went to a family is nothing for those who read who did what.
    ddl.audit(op, "closed_checks", values=False)


def downgrade() -> None:
    op.execute(MARK)
    op.drop_table("closed_checks")
