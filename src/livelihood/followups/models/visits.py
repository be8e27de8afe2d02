from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    ForeignKey,
    Index,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.followups.rules.facts import Mode, Outcome


class Visit(HouseholdScoped, Base):
    """Someone went, or telephoned, on a day; also where nobody was met."""

    __tablename__ = "visits"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        UniqueConstraint("id", "household_id"),
        one_of("mode", Mode),
        one_of("outcome", Outcome),
        Index("ix_visits_household_id", "household_id", "happened_on"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    happened_on: Mapped[date]
    mode: Mapped[str]
    outcome: Mapped[str]
    note: Mapped[str | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]
