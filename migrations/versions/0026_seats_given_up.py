"""Who is in a course can give it up: the seat goes to the first who waits, or is free."""

import sqlalchemy as sa
from alembic import op

revision = "0026_seats_given_up"
down_revision = "0025_attendance"
branch_labels = None
depends_on = None

HOLDS = "state IN ('enrolled', 'completed')"
GONE = "state IN ('dropped_out', 'withdrawn')"
ENROLMENTS = sa.table("enrolments", sa.column("state"))
OVERLAP = (
    "ALTER TABLE enrolments ADD CONSTRAINT ex_enrolments_overlap EXCLUDE USING gist ("
    "app.uuid_range(member_id, member_id, '[]') WITH &&, daterange(starts_on, ends_on, '[]') WITH &&"
    ") WHERE ({which})"
)


def upgrade() -> None:
    # Both counters only grow and number the enrolments, for yesterday's code as for today's; what was given back stands
    # beside the seats.
    op.add_column(
        "courses",
        sa.Column("free_seats", sa.ARRAY(sa.SmallInteger), nullable=False, server_default=sa.text("'{}'")),
    )
    op.create_check_constraint(
        op.f("ck_courses_free_seats"), "courses", "cardinality(free_seats) <= seats_taken"
    )
    op.add_column("enrolments", sa.Column("ended_on", sa.Date))
    op.add_column("enrolments", sa.Column("ended_because", sa.Text))
    states(
        "'waitlisted', 'enrolled', 'completed', 'dropped_out', 'withdrawn'", f"(seat IS NOT NULL) = ({HOLDS})"
    )
    op.create_check_constraint(
        op.f("ck_enrolments_ended_with_state"),
        "enrolments",
        f"(ended_on IS NOT NULL AND ended_because <> '') = ({GONE})",
    )
    op.drop_constraint(op.f("uq_enrolments_course_id_member_id"), "enrolments")
    # Who gave a course up may come back to it.
    op.create_index(
        op.f("uq_enrolments_course_id_member_id"),
        "enrolments",
        ["course_id", "member_id"],
        unique=True,
        postgresql_where=sa.text(f"NOT ({GONE})"),
    )
    op.execute("ALTER TABLE enrolments DROP CONSTRAINT ex_enrolments_overlap")
    op.execute(OVERLAP.format(which=HOLDS))


def downgrade() -> None:
    # What yesterday's code cannot say of an enrolment, it does not see.
    op.execute("SELECT set_config('app.actor', '00000000-0000-7000-8000-000000000004', true)")
    op.execute(sa.delete(ENROLMENTS).where(ENROLMENTS.c.state.in_(["dropped_out", "withdrawn"])))
    op.execute("ALTER TABLE enrolments DROP CONSTRAINT ex_enrolments_overlap")
    op.execute(OVERLAP.format(which="state <> 'waitlisted'"))
    op.drop_index(op.f("uq_enrolments_course_id_member_id"), "enrolments")
    op.create_unique_constraint(
        op.f("uq_enrolments_course_id_member_id"), "enrolments", ["course_id", "member_id"]
    )
    op.drop_constraint(op.f("ck_enrolments_ended_with_state"), "enrolments")
    states("'waitlisted', 'enrolled', 'completed'", "(seat IS NULL) = (state = 'waitlisted')")
    op.drop_column("enrolments", "ended_because")
    op.drop_column("enrolments", "ended_on")
    op.drop_constraint(op.f("ck_courses_free_seats"), "courses")
    op.drop_column("courses", "free_seats")


def states(which: str, seated: str) -> None:
    for name, condition in (("state", f"state IN ({which})"), ("seat_with_state", seated)):
        op.drop_constraint(op.f(f"ck_enrolments_{name}"), "enrolments")
        op.create_check_constraint(op.f(f"ck_enrolments_{name}"), "enrolments", condition)
