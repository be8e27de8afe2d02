"""A child who left without the family is listed until a supervisor has taken note of it."""

import sqlalchemy as sa
from alembic import op

revision = "0032_absences"
down_revision = "0031_alerts"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("leavings", sa.Column("noted_by", sa.Uuid, sa.ForeignKey("staff.id")))
    op.add_column("leavings", sa.Column("noted_at", sa.DateTime(timezone=True)))
    op.create_check_constraint(
        op.f("ck_leavings_noted"), "leavings", "(noted_by IS NULL) = (noted_at IS NULL)"
    )
    op.create_index(
        "ix_leavings_to_note",
        "leavings",
        ["office_id", "left_on"],
        postgresql_where=sa.text(
            "member_id IS NOT NULL AND because <> 'died' AND ended_on IS NULL AND noted_at IS NULL"
        ),
    )
    op.execute("GRANT UPDATE (noted_by, noted_at) ON leavings TO livelihood_app")


def downgrade() -> None:
    op.drop_index("ix_leavings_to_note", "leavings")
    op.drop_constraint(op.f("ck_leavings_noted"), "leavings")
    op.drop_column("leavings", "noted_at")
    op.drop_column("leavings", "noted_by")
