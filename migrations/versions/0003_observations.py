"""What was seen: observations, which are never edited."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from livelihood.db import ddl

revision = "0003_observations"
down_revision = "0002_households"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")


def upgrade() -> None:
    op.create_table(
        "observations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("member_id", sa.Uuid),
        sa.Column("visit_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("supersedes", sa.Uuid),
        sa.Column("reason", sa.Text),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(("member_id", "household_id"), ("members.id", "members.household_id")),
        sa.ForeignKeyConstraint(
            ("supersedes", "household_id"), ("observations.id", "observations.household_id")
        ),
        sa.UniqueConstraint("id", "household_id"),
        sa.UniqueConstraint("supersedes"),
        sa.CheckConstraint(
            "kind IN ('business', 'education', 'placement', 'whereabouts', 'work')", name="kind"
        ),
        sa.CheckConstraint("(supersedes IS NULL) = (reason IS NULL)", name="reason"),
        sa.CheckConstraint("(member_id IS NULL) = (kind = 'business')", name="subject"),
    )
    op.create_index("ix_observations_household_id", "observations", ["household_id", "happened_on"])
    ddl.grant(op, "observations", app="SELECT, INSERT", worker="SELECT")
    ddl.show_by_office(op, "observations")
    ddl.audit(op, "observations")


def downgrade() -> None:
    op.drop_table("observations")
