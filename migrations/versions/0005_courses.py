"""Trades, courses and who is in them."""

from datetime import date

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0005_courses"
down_revision = "0004_followups"
branch_labels = None
depends_on = None

PROPOSED = "proposed by this project; to be confirmed by the programme manager"

TRADES = [
    ("motorbike_repair", "Motorbike repair", "ជួសជុលម៉ូតូ", 480, True),
    ("sewing", "Sewing", "កាត់ដេរ", 360, True),
    ("hairdressing", "Hairdressing", "កាត់សក់ និងអ៊ុតសក់", 360, True),
    ("animal_raising", "Animal raising", "ចិញ្ចឹមសត្វ", 40, False),
]


def upgrade() -> None:
    op.create_table(
        "trades",
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("hours", sa.SmallInteger, nullable=False),
        sa.Column("needs_safeguards", sa.Boolean, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        sa.CheckConstraint("hours > 0", name="hours"),
    )
    op.create_table(
        "courses",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
        sa.Column("trade", sa.Text, sa.ForeignKey("trades.key"), nullable=False),
        sa.Column("trainer_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("seats", sa.SmallInteger, nullable=False),
        sa.Column("seats_taken", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("waitlist_length", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("place <> ''", name="place"),
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.CheckConstraint("seats > 0", name="seats"),
        sa.CheckConstraint("seats_taken BETWEEN 0 AND seats", name="seats_taken"),
        sa.CheckConstraint("waitlist_length >= 0", name="waitlist_length"),
        sa.UniqueConstraint("id", "seats"),
    )
    op.create_index("ix_courses_office_id_starts_on_id", "courses", ["office_id", "starts_on", "id"])
    op.execute("CREATE TYPE app.uuid_range AS RANGE (subtype = uuid)")
    op.create_table(
        "enrolments",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("course_id", sa.Uuid, nullable=False),
        sa.Column("course_seats", sa.SmallInteger, nullable=False),
        sa.Column("member_id", sa.Uuid, nullable=False, index=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("seat", sa.SmallInteger),
        sa.Column("waitlist_position", sa.SmallInteger),
        sa.Column("safeguards", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("enrolled_on", sa.Date, nullable=False),
        sa.Column("completed_on", sa.Date),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["household_id", "office_id"], ["households.id", "households.office_id"], onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["course_id", "course_seats"], ["courses.id", "courses.seats"], onupdate="CASCADE"
        ),
        sa.ForeignKeyConstraint(["member_id", "household_id"], ["members.id", "members.household_id"]),
        sa.CheckConstraint("state IN ('waitlisted', 'enrolled', 'completed')", name="state"),
        sa.CheckConstraint("(seat IS NULL) = (state = 'waitlisted')", name="seat_with_state"),
        sa.CheckConstraint(
            "(waitlist_position IS NULL) = (state <> 'waitlisted')", name="waitlist_with_state"
        ),
        sa.CheckConstraint("(completed_on IS NULL) = (state <> 'completed')", name="completed_with_state"),
        sa.CheckConstraint("seat BETWEEN 1 AND course_seats", name="seat"),
        sa.CheckConstraint("waitlist_position >= 1", name="waitlist_position"),
        sa.CheckConstraint("ends_on >= starts_on", name="dates"),
        sa.UniqueConstraint("course_id", "member_id"),
        sa.UniqueConstraint("course_id", "seat"),
        sa.UniqueConstraint("course_id", "waitlist_position"),
    )
    op.execute(
        "ALTER TABLE enrolments ADD CONSTRAINT ex_enrolments_overlap EXCLUDE USING gist ("
        "app.uuid_range(member_id, member_id, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&"
        ") WHERE (state <> 'waitlisted')"
    )

    ddl.grant(op, "trades", app="SELECT")
    ddl.grant(op, "courses", app="SELECT, INSERT, UPDATE")
    ddl.grant(op, "enrolments", app="SELECT, INSERT, UPDATE")
    ddl.show_by_office(op, "courses")
    ddl.show_by_office(op, "enrolments")
    for table in ("trades", "courses", "enrolments"):
        ddl.audit(op, table, *(("key",) if table == "trades" else ()))

    trades = sa.table(
        "trades",
        *(sa.column(name) for name in ("key", "name_en", "name_km", "hours", "needs_safeguards", "source")),
        sa.column("effective_from", sa.Date),
    )
    op.execute("SELECT set_config('app.actor', '00000000-0000-7000-8000-000000000004', true)")
    op.bulk_insert(
        trades,
        [
            {
                "key": key,
                "name_en": name_en,
                "name_km": name_km,
                "hours": hours,
                "needs_safeguards": needs_safeguards,
                "source": PROPOSED,
                "effective_from": date(2026, 1, 1),
            }
            for key, name_en, name_km, hours, needs_safeguards in TRADES
        ],
    )


def downgrade() -> None:
    for table in ("enrolments", "courses", "trades"):
        op.drop_table(table)
    op.execute("DROP TYPE app.uuid_range")
