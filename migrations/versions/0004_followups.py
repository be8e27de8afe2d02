"""Follow-ups: protocols, school calendar, anchors, visits, the schedule, alerts."""

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from livelihood.db import ddl

revision = "0004_followups"
down_revision = "0003_observations"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")
MEMBER = ("member_id", "household_id"), ("members.id", "members.household_id")
VISIT = ("visit_id", "household_id"), ("visits.id", "visits.household_id")
ANCHOR_KINDS = "'course', 'grant', 'out_of_school', 'schooling'"
PURPOSES = "'school', 'home', 'business', 'placement'"
PROPOSAL = "Proposal of this project, to be confirmed by the programme manager"
ASSUMPTION = "Assumed after the nominal school year, 1 November to 31 August; to be confirmed each year"


def slot(key: str, purpose: str, per: str, before: int, after: int, **more: object) -> dict[str, object]:
    start: dict[str, object] = {"months": 0, "days": 0, "since": "anchor"}
    return {"key": key, "purpose": purpose, "per": per, "before": before, "after": after} | start | more


def monthly(months: tuple[int, ...], purpose: str, per: str, late_after: int) -> list[dict[str, object]]:
    return [
        slot(f"month_{month}", purpose, per, 14, 14 if month <= 3 else late_after, months=month)
        for month in months
    ]


PROTOCOLS = [
    (
        "school_retention",
        ["grant", "schooling"],
        [
            *monthly((1, 2, 3, 6, 9, 12, 18, 24), "school", "child", 30),
            slot("re_enrolment", "school", "child", 7, 13, days=14, since="school_year"),
        ],
    ),
    (
        "business_support",
        ["grant"],
        [
            slot("day_14", "business", "household", 4, 7, days=14),
            *monthly((1, 3, 6, 12), "business", "household", 14),
        ],
    ),
    ("placement_tracer", ["course"], monthly((1, 3, 6, 12), "placement", "trainee", 14)),
    ("extra_check", ["out_of_school"], [slot("day_14", "school", "child", 4, 7, days=14)]),
]


def upgrade() -> None:
    protocols = op.create_table(
        "protocols",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("version", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("anchors", JSONB, nullable=False),
        sa.Column("slots", JSONB, nullable=False),
        sa.Column("from_age", sa.SmallInteger, nullable=False),
        sa.Column("to_age", sa.SmallInteger, nullable=False),
    )
    years = op.create_table(
        "school_years",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("assumed", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.CheckConstraint("starts_on < ends_on", name="order"),
    )
    vacations = op.create_table(
        "school_vacations",
        sa.Column("starts_on", sa.Date, primary_key=True),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("assumed", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.CheckConstraint("starts_on <= ends_on", name="order"),
    )
    op.create_table(
        "holiday_overrides",
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("is_holiday", sa.Boolean, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )
    op.create_table(
        "anchors",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("source_id", sa.Uuid, nullable=False),
        sa.Column("member_id", sa.Uuid),
        sa.Column("anchored_on", sa.Date, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*MEMBER),
        sa.UniqueConstraint("kind", "source_id"),
        sa.CheckConstraint(f"kind IN ({ANCHOR_KINDS})", name="kind"),
    )
    op.create_index("ix_anchors_household_id", "anchors", ["household_id"])
    op.create_table(
        "visits",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.UniqueConstraint("id", "household_id"),
        sa.CheckConstraint("mode IN ('in_person', 'phone')", name="mode"),
        sa.CheckConstraint(
            "outcome IN ('met', 'not_found', 'moved', 'refused', 'no_access')", name="outcome"
        ),
    )
    op.create_index("ix_visits_household_id", "visits", ["household_id", "happened_on"])
    op.create_foreign_key(
        "fk_observations_visit_id_household_id", "observations", "visits", VISIT[0], ("id", "household_id")
    )
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("anchor_id", sa.Uuid, nullable=False),
        sa.Column("anchor_kind", sa.Text, nullable=False),
        sa.Column("protocol", sa.Text, nullable=False),
        sa.Column("slot", sa.Text, nullable=False),
        sa.Column("member_id", sa.Uuid),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("planned_purpose", sa.Text, nullable=False),
        sa.Column("opens_on", sa.Date, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.Column("closes_on", sa.Date, nullable=False),
        sa.Column("lapses_on", sa.Date, nullable=False),
        sa.Column("reminds", sa.Boolean, nullable=False),
        sa.Column("provisional", sa.Boolean, nullable=False),
        sa.Column("settled_on", sa.Date),
        sa.Column("settled", sa.Text),
        sa.Column("settled_by", sa.Uuid),
        sa.Column("because", sa.Text),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*MEMBER),
        sa.CheckConstraint(f"anchor_kind IN ({ANCHOR_KINDS})", name="anchor_kind"),
        sa.CheckConstraint(f"purpose IN ({PURPOSES})", name="purpose"),
        sa.CheckConstraint(f"planned_purpose IN ({PURPOSES})", name="planned_purpose"),
        sa.CheckConstraint("settled IN ('done', 'done_late', 'cancelled', 'missed')", name="settled"),
        sa.CheckConstraint("because IN ('closed', 'died', 'moved', 'turned_18')", name="because"),
        sa.CheckConstraint(
            "opens_on <= due_on AND due_on <= closes_on AND closes_on < lapses_on", name="days"
        ),
        sa.CheckConstraint("(settled IS NULL) = (settled_on IS NULL)", name="settled_on"),
    )
    op.create_index("ix_follow_ups_household_id", "follow_ups", ["household_id"])
    op.create_index(
        "ix_follow_ups_open",
        "follow_ups",
        ["office_id", "lapses_on", "closes_on"],
        postgresql_where=sa.text("settled_on IS NULL"),
    )
    op.create_index(
        "uq_follow_ups_slot",
        "follow_ups",
        ["anchor_id", "protocol", "slot", "member_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False),
        sa.Column("observation_id", sa.Uuid, nullable=False),
        sa.Column("visit_id", sa.Uuid, nullable=False),
        sa.Column("opened_on", sa.Date, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("closed_because", sa.Text),
        sa.Column("closed_by", sa.Uuid),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*MEMBER),
        sa.ForeignKeyConstraint(*VISIT),
        sa.UniqueConstraint("id", "household_id"),
        sa.CheckConstraint("kind IN ('out_of_school')", name="kind"),
        sa.CheckConstraint(
            "closed_because IN ('back_in_school', 'corrected', 'facts_changed', 'closed', 'died', 'moved', "
            "'turned_18')",
            name="closed_because",
        ),
        sa.CheckConstraint("(closed_on IS NULL) = (closed_because IS NULL)", name="closed"),
    )
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["member_id", "kind"],
        unique=True,
        postgresql_where=sa.text("closed_on IS NULL"),
    )
    op.create_index("ix_alerts_office_id", "alerts", ["office_id", "opened_on"])
    op.create_index("ix_alerts_household_id", "alerts", ["household_id"])
    op.create_table(
        "alert_acknowledgements",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("alert_id", sa.Uuid, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("acknowledged_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(("alert_id", "household_id"), ("alerts.id", "alerts.household_id")),
    )
    op.create_index("ix_alert_acknowledgements_alert_id", "alert_acknowledgements", ["alert_id"])

    for table in ("protocols", "school_years", "school_vacations", "holiday_overrides"):
        ddl.grant(op, table, app="SELECT", worker="SELECT")
    ddl.grant(op, "anchors", app="SELECT, INSERT, UPDATE, DELETE", worker="SELECT")
    ddl.grant(op, "visits", app="SELECT, INSERT", worker="SELECT")
    # A recorded visit shows its effect at once, so the application reconciles too, by the same function.
    ddl.grant(op, "follow_ups", app="SELECT, INSERT, UPDATE, DELETE", worker="SELECT, INSERT, UPDATE, DELETE")
    ddl.grant(op, "alerts", app="SELECT, INSERT, UPDATE", worker="SELECT, INSERT, UPDATE")
    ddl.grant(op, "alert_acknowledgements", app="SELECT, INSERT")
    for table in ("anchors", "visits", "follow_ups", "alerts", "alert_acknowledgements"):
        ddl.show_by_office(op, table)
    # Follow-ups and alerts are generated: what is audited is the change that caused them.
    for table in ("anchors", "visits", "alert_acknowledgements"):
        ddl.audit(op, table)

    op.bulk_insert(
        protocols,
        [
            {
                "key": key,
                "version": 1,
                "effective_from": dt.date(2024, 1, 1),
                "source": PROPOSAL,
                "anchors": anchors,
                "slots": slots,
                "from_age": 6,
                "to_age": 17,
            }
            for key, anchors, slots in PROTOCOLS
        ],
    )
    op.bulk_insert(
        years,
        [
            {
                "key": f"{year}/{(year + 1) % 100}",
                "starts_on": dt.date(year, 11, 1),
                "ends_on": dt.date(year + 1, 8, 31),
                "assumed": True,
                "source": ASSUMPTION,
            }
            for year in range(2024, 2029)
        ],
    )
    op.bulk_insert(
        vacations,
        [
            {
                "starts_on": dt.date(year, 4, 7),
                "ends_on": dt.date(year, 4, 20),
                "name": "Khmer New Year",
                "assumed": True,
                "source": ASSUMPTION,
            }
            for year in range(2025, 2030)
        ],
    )


def downgrade() -> None:
    for table in ("alert_acknowledgements", "alerts", "follow_ups"):
        op.drop_table(table)
    op.drop_constraint("fk_observations_visit_id_household_id", "observations", type_="foreignkey")
    for table in ("visits", "anchors", "holiday_overrides", "school_vacations", "school_years", "protocols"):
        op.drop_table(table)
