from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.errors import say
from livelihood.followups.rules.facts import Met, Mode, Outcome
from livelihood.households.models import School

REPLACED = say("This visit was recorded again already. Open it to see the record that took its place.")


class Visit(HouseholdScoped, Base):
    """Someone went, or telephoned, on a day; also where nobody was met.

    `replaces` is a visit that was withdrawn, of this household or of the one it was taken for.
    """

    __tablename__ = "visits"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        UniqueConstraint("id", "household_id"),
        one_of("mode", Mode),
        one_of("outcome", Outcome),
        one_of("met", Met),
        CheckConstraint("mode <> 'register' OR (school_id IS NOT NULL AND outcome = 'met')", name="school"),
        Index("ix_visits_household_id", "household_id", "happened_on"),
        Index("ix_visits_recorded_by", "recorded_by", "happened_on"),
        Index(
            "ix_visits_moved",
            "office_id",
            "household_id",
            postgresql_where=text(f"outcome = '{Outcome.MOVED.value}'"),
        ),
        Index(
            "ix_visits_replaces",
            "replaces",
            unique=True,
            postgresql_where=text("replaces IS NOT NULL"),
            info={"refusal": REPLACED},
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    happened_on: Mapped[date]
    mode: Mapped[str]
    outcome: Mapped[str]
    met: Mapped[str | None]
    school_id: Mapped[UUID | None] = mapped_column(ForeignKey(School.id))
    note: Mapped[str | None]
    replaces: Mapped[UUID | None] = mapped_column(ForeignKey("visits.id"))
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]


class Present(HouseholdScoped, Base):
    """A member who was there when the family was visited."""

    __tablename__ = "visit_people"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        ForeignKeyConstraint(["visit_id", "household_id"], ["visits.id", "visits.household_id"]),
        ForeignKeyConstraint(["member_id", "household_id"], ["members.id", "members.household_id"]),
        Index("ix_visit_people_household_id", "household_id"),
    )

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(primary_key=True)
