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
from livelihood.followups.models.keys import member_key, visit_key
from livelihood.followups.rules.alerts import AlertClosed, AlertKind, Reason


class Alert(HouseholdScoped, Base):
    """Raised and closed by reconciling alone; what people do about it is in `alert_acknowledgements`.

    `reopened_at`: when what had closed it was taken back, the last time.
    """

    __tablename__ = "alerts"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        visit_key(),
        UniqueConstraint("id", "household_id"),
        one_of("kind", AlertKind),
        one_of("closed_because", AlertClosed),
        one_of("reason", Reason),
        CheckConstraint("(closed_on IS NULL) = (closed_because IS NULL)", name="closed"),
        Index("uq_alerts_open", "member_id", "kind", unique=True, postgresql_where=text("closed_on IS NULL")),
        Index("ix_alerts_office_id", "office_id", "opened_on"),
        Index("ix_alerts_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    member_id: Mapped[UUID]
    observation_id: Mapped[UUID | None]
    visit_id: Mapped[UUID | None]
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    closed_on: Mapped[date | None]
    closed_because: Mapped[str | None]
    closed_by: Mapped[UUID | None]
    reason: Mapped[str | None]
    reopened_at: Mapped[datetime | None]


class Acknowledgement(HouseholdScoped, Base):
    """Someone took note of an alert, and says what they will do; `answers`: they are one of those who are to do it."""

    __tablename__ = "alert_acknowledgements"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        ForeignKeyConstraint(["alert_id", "household_id"], ["alerts.id", "alerts.household_id"]),
        Index("ix_alert_acknowledgements_alert_id", "alert_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    alert_id: Mapped[UUID]
    note: Mapped[str | None]
    answers: Mapped[bool] = mapped_column(server_default=text("true"))
    acknowledged_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    acknowledged_at: Mapped[datetime]
