"""What people do about alerts and absences: steps, support plans, cover for leave, second looks at visits."""

import datetime as dt

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0012_care"
down_revision = "0009_policy"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")
MEMBER = ("member_id", "household_id"), ("members.id", "members.household_id")
VISIT = ("visit_id", "household_id"), ("visits.id", "visits.household_id")
ALERT = ("alert_id", "household_id"), ("alerts.id", "alerts.household_id")

PROPOSAL = "Proposal of this project, to be confirmed by the programme manager"
NUMBERS = {"high_risk_weight": 2, "spot_check_days": 30, "spot_check_visits": 5}


def scoped(name: str, *parts: sa.schema.SchemaItem) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        *parts,
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
    )


def upgrade() -> None:
    op.create_table(
        "cover",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("by_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("from_on", sa.Date, nullable=False),
        sa.Column("until_on", sa.Date, nullable=False),
        sa.Column("set_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("staff_id <> by_id", name="somebody_else"),
        sa.CheckConstraint("from_on <= until_on", name="days"),
    )
    op.execute(
        "ALTER TABLE cover ADD CONSTRAINT ex_cover_overlap EXCLUDE USING gist ("
        "app.uuid_range(staff_id, staff_id, '[]') WITH &&, daterange(from_on, until_on, '[]') WITH &&)"
    )
    op.create_index("ix_cover_by_id", "cover", ["by_id", "until_on"])
    op.create_index("ix_cover_office_id", "cover", ["office_id", "until_on"])
    scoped(
        "alert_steps",
        sa.Column("alert_id", sa.Uuid, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("logged_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("logged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*ALERT),
        sa.CheckConstraint(
            "step IN ('village_chief', 'school', 'commune_committee', 'social_affairs', 'police')",
            name="step",
        ),
    )
    op.create_index("ix_alert_steps_alert_id", "alert_steps", ["alert_id"])
    scoped(
        "support_plans",
        sa.Column("alert_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("visit_id", sa.Uuid, nullable=False),
        sa.Column("barrier", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("made_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", sa.Text),
        sa.Column("outcome_on", sa.Date),
        sa.Column("outcome_note", sa.Text),
        sa.Column("outcome_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.ForeignKeyConstraint(*MEMBER),
        sa.ForeignKeyConstraint(*ALERT),
        sa.ForeignKeyConstraint(*VISIT),
        sa.CheckConstraint(
            "barrier IN ('cost', 'distance', 'earns', 'cares_at_home', 'health', 'disability', 'not_welcome', "
            "'not_interested', 'documents', 'migration', 'marriage', 'other')",
            name="barrier",
        ),
        sa.CheckConstraint("outcome IN ('done', 'not_done')", name="outcome"),
        sa.CheckConstraint("(outcome IS NULL) = (outcome_on IS NULL)", name="outcome_on"),
    )
    op.create_index("ix_support_plans_alert_id", "support_plans", ["alert_id"])
    op.create_index(
        "ix_support_plans_under_way",
        "support_plans",
        ["office_id", "due_on"],
        postgresql_where=sa.text("outcome IS NULL"),
    )
    scoped(
        "spot_checks",
        sa.Column("visit_id", sa.Uuid, nullable=False),
        sa.Column("monitor_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("drawn_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("drawn_on", sa.Date, nullable=False),
        sa.Column("verdict", sa.Text),
        sa.Column("note", sa.Text),
        sa.Column("checked_on", sa.Date),
        sa.Column("checked_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.ForeignKeyConstraint(*VISIT),
        sa.UniqueConstraint("visit_id"),
        sa.CheckConstraint("verdict IN ('agrees', 'differs', 'could_not_check')", name="verdict"),
        sa.CheckConstraint(
            "(verdict IS NULL) = (checked_on IS NULL) AND (verdict IS NULL) = (checked_by IS NULL)",
            name="checked",
        ),
        sa.CheckConstraint("checked_by <> monitor_id AND drawn_by <> monitor_id", name="not_own"),
    )
    op.create_index("ix_spot_checks_office_id", "spot_checks", ["office_id", "monitor_id"])
    # Whose households somebody works, and how many, is asked on every list.
    op.create_index("ix_households_monitor_id", "households", ["monitor_id"])
    # Of a level that few have reached, without going through all who have not.
    op.create_index(
        "ix_followed_children_level",
        "followed_children",
        ["office_id", "level", "high_risk", sa.text("coalesce(confirmed_on, followed_since)")],
        postgresql_where=sa.text("level IS NOT NULL"),
    )

    ddl.grant(op, "cover", app="SELECT, INSERT, DELETE, UPDATE (until_on)")
    ddl.grant(op, "alert_steps", app="SELECT, INSERT")
    ddl.grant(
        op,
        "support_plans",
        app="SELECT, INSERT, UPDATE (outcome, outcome_on, outcome_note, outcome_by)",
    )
    ddl.grant(op, "spot_checks", app="SELECT, INSERT, UPDATE (verdict, note, checked_on, checked_by)")
    for table in ("cover", "alert_steps", "support_plans", "spot_checks"):
        ddl.show_by_office(op, table)
    ddl.audit(op, "cover")
    # What was said of a family and of whom one asked is nothing for those who read who did what.
    for table in ("alert_steps", "support_plans", "spot_checks"):
        ddl.audit(op, table, values=False)

    numbers = sa.table(
        "policy_numbers",
        sa.column("key"),
        sa.column("effective_from", sa.Date),
        sa.column("value"),
        sa.column("source"),
    )
    op.bulk_insert(
        numbers,
        [
            {"key": key, "effective_from": dt.date(2024, 1, 1), "value": value, "source": PROPOSAL}
            for key, value in NUMBERS.items()
        ],
    )


def downgrade() -> None:
    op.execute(
        "DELETE FROM policy_numbers WHERE key IN ('high_risk_weight', 'spot_check_days', 'spot_check_visits')"
    )
    op.drop_index("ix_followed_children_level", "followed_children")
    op.drop_index("ix_households_monitor_id", "households")
    for table in ("spot_checks", "support_plans", "alert_steps", "cover"):
        op.drop_table(table)
