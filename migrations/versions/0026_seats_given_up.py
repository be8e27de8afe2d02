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

# Yesterday's code gives out the number after `seats_taken`, and says of who waits the number that they drew. Whoever has
# one of the last seats gets one that was given back, so no two ever have the same; of those who wait each is moved behind
# everybody first, for the same reason.
WITHOUT_GAPS = (
    """
    UPDATE enrolments e SET seat = gap.seat
    FROM (
      SELECT c.id AS course_id, free AS seat, row_number() OVER (PARTITION BY c.id ORDER BY free) AS place
      FROM courses c, unnest(c.free_seats) free WHERE free <= c.seats_taken - cardinality(c.free_seats)
    ) gap JOIN (
      SELECT e.id, e.course_id, row_number() OVER (PARTITION BY e.course_id ORDER BY e.seat) AS place
      FROM enrolments e JOIN courses c ON c.id = e.course_id
      WHERE e.seat > c.seats_taken - cardinality(c.free_seats)
    ) last USING (course_id, place)
    WHERE e.id = last.id
    """,
    """
    UPDATE courses SET seats_taken = seats_taken - cardinality(free_seats), free_seats = '{}'
    WHERE free_seats <> '{}'
    """,
    """
    UPDATE enrolments e SET waitlist_position = e.waitlist_position + c.waitlist_length
    FROM courses c WHERE c.id = e.course_id AND e.state = 'waitlisted'
    """,
    """
    UPDATE enrolments e SET waitlist_position = w.place
    FROM (
      SELECT id, row_number() OVER (PARTITION BY course_id ORDER BY waitlist_position) AS place
      FROM enrolments WHERE state = 'waitlisted'
    ) w
    WHERE e.id = w.id
    """,
    """
    UPDATE courses c SET waitlist_length = w.length
    FROM (
      SELECT c.id, count(e.waitlist_position) AS length
      FROM courses c LEFT JOIN enrolments e ON e.course_id = c.id GROUP BY c.id
    ) w
    WHERE w.id = c.id AND c.waitlist_length <> w.length
    """,
)
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
    for statement in WITHOUT_GAPS:
        op.execute(statement)
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
