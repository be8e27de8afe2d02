"""Silence: who was not confirmed for how long, what that led to, and the facts it is worked out from."""

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from livelihood.db import ddl

revision = "0008_silence"
down_revision = "0007_intake_imports"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")
MEMBER = ("member_id", "household_id"), ("members.id", "members.household_id")
PROPOSAL = "Proposal of this project, to be confirmed by the programme manager"
FROM = dt.date(2024, 1, 1)

OLD_ANCHORS = "'course', 'grant', 'out_of_school', 'schooling'"
ANCHORS = "'course', 'grant', 'high_risk', 'out_of_school', 'schooling'"
OLD_BECAUSE = "'closed', 'died', 'moved', 'turned_18'"
BECAUSE = "'closed', 'died', 'lost', 'moved', 'turned_18'"
OLD_ALERTS = "'out_of_school'"
ALERTS = "'at_risk', 'missing_child', 'out_of_school'"
OLD_CLOSED = "'back_in_school', 'corrected', 'facts_changed', 'closed', 'died', 'moved', 'turned_18'"
CLOSED = (
    "'attending', 'back_in_school', 'confirmed', 'corrected', 'facts_changed', 'left_school', 'closed', 'died', "
    "'moved', 'turned_18'"
)
WIDENED = [
    ("anchors", "kind", "kind", OLD_ANCHORS, ANCHORS),
    ("follow_ups", "anchor_kind", "anchor_kind", OLD_ANCHORS, ANCHORS),
    ("follow_ups", "because", "because", OLD_BECAUSE, BECAUSE),
    ("alerts", "kind", "kind", OLD_ALERTS, ALERTS),
    ("alerts", "closed_because", "closed_because", OLD_CLOSED, CLOSED),
]
LEVELS = "'reminder', 'escalated_supervisor', 'escalated_manager'"

NUMBERS = [
    ("attendance_bar_percent", 80, "National scholarship rule of the Ministry of Education"),
    ("escalate_manager_days", 30, PROPOSAL),
    ("escalate_supervisor_days", 14, PROPOSAL),
    ("missing_after_failed_attempts", 3, PROPOSAL),
    ("remediated_from_days", 90, "Child Labour Monitoring and Remediation System (CLMRS), two visits"),
    ("remediated_to_days", 200, "Child Labour Monitoring and Remediation System (CLMRS), two visits"),
]


def upgrade() -> None:
    for table, name, column, _, values in WIDENED:
        _one_of(table, name, column, values)
    op.add_column("anchors", sa.Column("ended_on", sa.Date))
    op.alter_column("alerts", "observation_id", nullable=True)
    op.alter_column("alerts", "visit_id", nullable=True)
    op.add_column("households", sa.Column("closed_on", sa.Date))
    op.add_column("households", sa.Column("closed_because", sa.Text))
    op.create_check_constraint(
        op.f("ck_households_closed_because"),
        "households",
        "closed_because IN ('finished', 'moved', 'withdrew', 'other')",
    )
    op.create_check_constraint(
        op.f("ck_households_closed"), "households", "(closed_on IS NULL) = (closed_because IS NULL)"
    )

    numbers = op.create_table(
        "policy_numbers",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("value", sa.Integer, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.CheckConstraint("value > 0", name="value"),
    )
    op.create_table(
        "absences",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("away_from", sa.Date, nullable=False),
        sa.Column("away_until", sa.Date, nullable=False),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*MEMBER),
        sa.CheckConstraint("away_from < away_until", name="days"),
    )
    op.create_index("ix_absences_household_id", "absences", ["household_id"])
    op.create_table(
        "losses",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_on", sa.Date, nullable=False),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*MEMBER),
    )
    op.create_index("ix_losses_household_id", "losses", ["household_id"])
    op.create_table(
        "consequences",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("member_id", sa.Uuid),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("since", sa.Date),
        sa.Column("cause_id", sa.Uuid),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*MEMBER),
        sa.CheckConstraint(f"kind IN ({LEVELS}, 'remediated', 'risk_review')", name="kind"),
    )
    op.create_index("ix_consequences_household_id", "consequences", ["household_id"])
    op.create_index("ix_consequences_office_id", "consequences", ["office_id", "recorded_at"])
    op.create_table(
        "followed_children",
        sa.Column("member_id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("followed_since", sa.Date, nullable=False),
        sa.Column("confirmed_on", sa.Date),
        sa.Column("unconfirmed_since", sa.Date),
        sa.Column("level", sa.Text),
        sa.Column("high_risk", sa.Boolean, nullable=False),
        sa.Column("lost_on", sa.Date),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*MEMBER),
        sa.CheckConstraint(f"level IN ({LEVELS})", name="level"),
    )
    op.create_index("ix_followed_children_household_id", "followed_children", ["household_id"])
    op.create_index(
        "ix_followed_children_board",
        "followed_children",
        ["office_id", "high_risk", sa.text("coalesce(confirmed_on, followed_since)")],
    )
    op.create_index(
        "ix_followed_children_silent",
        "followed_children",
        ["office_id", "unconfirmed_since"],
        postgresql_where=sa.text("unconfirmed_since IS NOT NULL"),
    )

    ddl.grant(op, "policy_numbers", app="SELECT", worker="SELECT")
    ddl.grant(op, "absences", app="SELECT, INSERT, UPDATE (away_until)", worker="SELECT")
    ddl.grant(op, "losses", app="SELECT, INSERT", worker="SELECT")
    # A recorded visit shows its effect at once, so the application reconciles too, by the same function.
    ddl.grant(op, "consequences", app="SELECT, INSERT", worker="SELECT, INSERT")
    ddl.grant(
        op,
        "followed_children",
        app="SELECT, INSERT, UPDATE, DELETE",
        worker="SELECT, INSERT, UPDATE, DELETE",
    )
    for table in ("absences", "losses", "consequences", "followed_children"):
        ddl.show_by_office(op, table)
    # Consequences and followed children are generated: what is audited is the change that caused them.
    for table in ("absences", "losses"):
        ddl.audit(op, table)

    op.bulk_insert(
        numbers,
        [
            {"key": key, "effective_from": FROM, "value": value, "source": source}
            for key, value, source in NUMBERS
        ],
    )
    op.bulk_insert(
        sa.table(
            "protocols",
            sa.column("key"),
            sa.column("version"),
            sa.column("effective_from"),
            sa.column("source"),
            sa.column("anchors", JSONB),
            sa.column("slots", JSONB),
            sa.column("from_age"),
            sa.column("to_age"),
        ),
        [
            {
                "key": "high_risk",
                "version": 1,
                "effective_from": FROM,
                "source": PROPOSAL,
                "anchors": ["high_risk"],
                "slots": [
                    {
                        "key": "fortnight",
                        "purpose": "home",
                        "per": "child",
                        "before": 4,
                        "after": 7,
                        "months": 0,
                        "days": 0,
                        "since": "anchor",
                        "every_days": 14,
                        "times": 26,
                        "ahead": 2,
                    }
                ],
                "from_age": 6,
                "to_age": 17,
            }
        ],
    )


def downgrade() -> None:
    op.execute("DELETE FROM protocols WHERE key = 'high_risk'")
    for table in ("followed_children", "consequences", "losses", "absences", "policy_numbers"):
        op.drop_table(table)
    op.drop_constraint(op.f("ck_households_closed"), "households")
    op.drop_constraint(op.f("ck_households_closed_because"), "households")
    op.drop_column("households", "closed_because")
    op.drop_column("households", "closed_on")
    op.execute("DELETE FROM alerts WHERE kind <> 'out_of_school'")
    op.execute("DELETE FROM follow_ups WHERE anchor_kind = 'high_risk' OR because = 'lost'")
    op.execute("DELETE FROM anchors WHERE kind = 'high_risk'")
    op.alter_column("alerts", "visit_id", nullable=False)
    op.alter_column("alerts", "observation_id", nullable=False)
    op.drop_column("anchors", "ended_on")
    for table, name, column, values, _ in WIDENED:
        _one_of(table, name, column, values)


def _one_of(table: str, name: str, column: str, values: str) -> None:
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} IN ({values})")
