"""Visits say who was met and which members were there; a register read at a school is a kind of visit."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0010_visits"
down_revision = "0017b_away"
branch_labels = None
depends_on = None

OLD_MODES = "'in_person', 'phone'"
MODES = "'in_person', 'phone', 'register'"


def upgrade() -> None:
    _modes(MODES)
    op.add_column("visits", sa.Column("met", sa.Text))
    op.add_column("visits", sa.Column("school_id", sa.Uuid, sa.ForeignKey("schools.id")))
    op.create_check_constraint(
        op.f("ck_visits_met"), "visits", "met IN ('caregiver', 'other_adult', 'child', 'neighbour', 'other')"
    )
    op.create_check_constraint(
        op.f("ck_visits_school"),
        "visits",
        "mode <> 'register' OR (school_id IS NOT NULL AND outcome = 'met')",
    )
    op.create_table(
        "visit_people",
        sa.Column("visit_id", sa.Uuid, primary_key=True),
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.ForeignKeyConstraint(
            ("household_id", "office_id"), ("households.id", "households.office_id"), onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(("visit_id", "household_id"), ("visits.id", "visits.household_id")),
        sa.ForeignKeyConstraint(("member_id", "household_id"), ("members.id", "members.household_id")),
    )
    op.create_index("ix_visit_people_household_id", "visit_people", ["household_id"])
    ddl.grant(op, "visit_people", app="SELECT, INSERT", worker="SELECT")
    ddl.show_by_office(op, "visit_people")
    ddl.audit(op, "visit_people", "visit_id", "member_id")


def downgrade() -> None:
    op.drop_table("visit_people")
    op.drop_constraint(op.f("ck_visits_school"), "visits")
    op.drop_column("visits", "school_id")
    op.drop_column("visits", "met")
    # What a register said is lost with the kind of visit that says it; the findings name their source and stay.
    op.execute("UPDATE visits SET mode = 'in_person' WHERE mode = 'register'")
    _modes(OLD_MODES)


def _modes(values: str) -> None:
    op.drop_constraint(op.f("ck_visits_mode"), "visits")
    op.create_check_constraint(op.f("ck_visits_mode"), "visits", f"mode IN ({values})")
