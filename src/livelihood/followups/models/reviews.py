from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.followups.models.keys import visit_key
from livelihood.followups.rules.reviews import Decision


class Review(HouseholdScoped, Base):
    """What a supervisor said of a household's records of one day; `visit_id` is the one that was withdrawn.

    That a day wants a look is derived from the records. What is recorded of it after `decided_at` wants another.
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
