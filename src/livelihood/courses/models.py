from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.courses.rules import EnrolmentState
from livelihood.db.models import Base, HouseholdScoped, one_of

HOLDS = "state IN ('enrolled', 'completed')"
GONE = "state IN ('dropped_out', 'withdrawn')"


class Trade(Base):
    """A trade that is taught. Hours and the call for safeguards are policy, and say whose and since when."""

    __tablename__ = "trades"

    key: Mapped[str] = mapped_column(primary_key=True)
    name_en: Mapped[str]
    name_km: Mapped[str]
    hours: Mapped[int] = mapped_column(SmallInteger)
    needs_safeguards: Mapped[bool]
    source: Mapped[str]
    effective_from: Mapped[date] = mapped_column(Date)

    __table_args__ = (CheckConstraint("hours > 0", name="hours"),)


class Course(Base):
    """A run of a trade. `seats_taken` and `waitlist_length` only grow: they number the enrolments. `free_seats` are the
    numbers that were given back and nobody has.

    Seats are kept here, and not counted, because a trainee's family may move to another office and its enrolment
    then no longer shows to this one. Who waits is counted: a family that moves gives its places on waitlists up.
    """

    __tablename__ = "courses"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey("offices.id"))
    trade: Mapped[str] = mapped_column(ForeignKey("trades.key"))
    trainer_id: Mapped[UUID] = mapped_column(ForeignKey("staff.id"))
    place: Mapped[str]
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    seats: Mapped[int] = mapped_column(SmallInteger)
    seats_taken: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    waitlist_length: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    free_seats: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger), server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        CheckConstraint("place <> ''", name="place"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        CheckConstraint("seats > 0", name="seats"),
        CheckConstraint("seats_taken BETWEEN 0 AND seats", name="seats_taken"),
        CheckConstraint("waitlist_length >= 0", name="waitlist_length"),
        CheckConstraint("cardinality(free_seats) <= seats_taken", name="free_seats"),
        UniqueConstraint("id", "seats"),
        Index(None, "office_id", "starts_on", "id"),
    )


class Enrolment(HouseholdScoped, Base):
    """Somebody's seat in a course, or their place on its waitlist.

    The database itself keeps the seats: `course_seats` is the course's own number, by its foreign key, and a seat
    is a number up to it that only one enrolment of the course has. It keeps people from two courses at once in the
    same way; `starts_on` to `ends_on` are the days the seat takes, which end with the completion. Who gives the
    course up (`ended_on`) has neither a seat nor days in it any more.
    """

    __tablename__ = "enrolments"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    course_id: Mapped[UUID]
    course_seats: Mapped[int] = mapped_column(SmallInteger)
    member_id: Mapped[UUID] = mapped_column(index=True)
    state: Mapped[str]
    seat: Mapped[int | None] = mapped_column(SmallInteger)
    waitlist_position: Mapped[int | None] = mapped_column(SmallInteger)
    safeguards: Mapped[str]
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date] = mapped_column(Date)
    enrolled_on: Mapped[date] = mapped_column(Date)
    completed_on: Mapped[date | None] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)
    ended_because: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        *HouseholdScoped.household_key(),
        ForeignKeyConstraint(
            ["course_id", "course_seats"], ["courses.id", "courses.seats"], onupdate="CASCADE"
        ),
        ForeignKeyConstraint(["member_id", "household_id"], ["members.id", "members.household_id"]),
        one_of("state", EnrolmentState),
        CheckConstraint(f"(seat IS NOT NULL) = ({HOLDS})", name="seat_with_state"),
        CheckConstraint("(waitlist_position IS NULL) = (state <> 'waitlisted')", name="waitlist_with_state"),
        CheckConstraint("(completed_on IS NULL) = (state <> 'completed')", name="completed_with_state"),
        CheckConstraint(
            f"(ended_on IS NOT NULL AND ended_because <> '') = ({GONE})", name="ended_with_state"
        ),
        CheckConstraint("seat BETWEEN 1 AND course_seats", name="seat"),
        CheckConstraint("waitlist_position >= 1", name="waitlist_position"),
        CheckConstraint("ends_on >= starts_on", name="dates"),
        Index(
            "uq_enrolments_course_id_member_id",
            "course_id",
            "member_id",
            unique=True,
            postgresql_where=text(f"NOT ({GONE})"),
        ),
        UniqueConstraint("course_id", "seat"),
        UniqueConstraint("course_id", "waitlist_position"),
        # A range of one person: the embedded PostgreSQL has no btree_gist, which would compare the id itself.
        ExcludeConstraint(
            (text("app.uuid_range(member_id, member_id, '[]')"), "&&"),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            name="ex_enrolments_overlap",
            where=text(HOLDS),
        ),
    )
