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
from livelihood.followups.models.keys import member_key, visit_key
from livelihood.followups.rules.care import Barrier, PlanOutcome, Step, Verdict


def alert_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["alert_id", "household_id"], ["alerts.id", "alerts.household_id"])


class AlertStep(HouseholdScoped, Base):
    """Somebody was asked after a missing child; append-only, and a step may be taken again."""

    __tablename__ = "alert_steps"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        alert_key(),
        one_of("step", Step),
        Index("ix_alert_steps_alert_id", "alert_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    alert_id: Mapped[UUID]
    step: Mapped[str]
    happened_on: Mapped[date]
    note: Mapped[str | None]
    logged_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    logged_at: Mapped[datetime]


class SupportPlan(HouseholdScoped, Base):
    """What is to be done so that a child can go back to school, by whom and by when.

    `visit_id` is the visit in person at which its maker met the family. `outcome` is empty while it is under way.
    """

    __tablename__ = "support_plans"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        alert_key(),
        visit_key(),
        one_of("barrier", Barrier),
        one_of("outcome", PlanOutcome),
        CheckConstraint("(outcome IS NULL) = (outcome_on IS NULL)", name="outcome_on"),
        Index("ix_support_plans_alert_id", "alert_id"),
        # "Plans due in this office" is one short scan, however many were done before.
        Index(
            "ix_support_plans_under_way",
            "office_id",
            "due_on",
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    alert_id: Mapped[UUID]
    member_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    barrier: Mapped[str]
    action: Mapped[str]
    who: Mapped[str]
    due_on: Mapped[date]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    made_at: Mapped[datetime]
    outcome: Mapped[str | None]
    outcome_on: Mapped[date | None]
    outcome_note: Mapped[str | None]
    outcome_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))


class SpotCheck(HouseholdScoped, Base):
    """A visit that was drawn for a second look, and what that look found; `verdict` is empty until then."""

    __tablename__ = "spot_checks"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        visit_key(),
        UniqueConstraint(
            "visit_id", info={"refusal": say("This visit was drawn for a re-check already. Draw again.")}
        ),
        one_of("verdict", Verdict),
        CheckConstraint(
            "(verdict IS NULL) = (checked_on IS NULL) AND (verdict IS NULL) = (checked_by IS NULL)",
            name="checked",
        ),
        CheckConstraint("checked_by <> monitor_id AND drawn_by <> monitor_id", name="not_own"),
        Index("ix_spot_checks_office_id", "office_id", "monitor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    visit_id: Mapped[UUID]
    monitor_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    drawn_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    drawn_on: Mapped[date]
    verdict: Mapped[str | None]
    note: Mapped[str | None]
    checked_on: Mapped[date | None]
    checked_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
