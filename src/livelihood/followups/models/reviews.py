from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.followups.models.keys import visit_key
from livelihood.followups.rules.reviews import Decision


class Review(HouseholdScoped, Base):
    """What a supervisor said of a household's records of one day; `visit_id` is the one that was withdrawn.

    What is recorded of the day after `decided_at` wants another look.
    """

    __tablename__ = "visit_reviews"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        visit_key(),
        one_of("decision", Decision),
        CheckConstraint("(visit_id IS NOT NULL) = (decision = 'withdrawn')", name="visit_id"),
        Index("ix_visit_reviews_household_id", "household_id", "happened_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    happened_on: Mapped[date]
    decision: Mapped[str]
    visit_id: Mapped[UUID | None]
    note: Mapped[str]
    decided_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    decided_at: Mapped[datetime]


class DayToReview(HouseholdScoped, Base):
    """A day whose records nobody has decided about; only reconciling writes here."""

    __tablename__ = "days_to_review"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        Index("ix_days_to_review_household_id", "household_id", "happened_on"),
        Index("ix_days_to_review_office_id", "office_id", "recorded_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    happened_on: Mapped[date]
    twice: Mapped[bool]
    contested: Mapped[int]
    departed: Mapped[int] = mapped_column(server_default=text("0"))
    recorded_at: Mapped[datetime]
