from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.followups.rules.alerts import AlertClosed, AlertKind
from livelihood.followups.rules.facts import AnchorKind, Because, Mode, Outcome
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import Settled


def member_key() -> ForeignKeyConstraint:
    """A member is named together with the household, and held to their own."""
    return ForeignKeyConstraint(["member_id", "household_id"], ["members.id", "members.household_id"])


def visit_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["visit_id", "household_id"], ["visits.id", "visits.household_id"])


class Protocol(Base):
    """One version of a protocol; versions are added, never changed."""

    __tablename__ = "protocols"

    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    effective_from: Mapped[date]
    source: Mapped[str]
    anchors: Mapped[list[Any]] = mapped_column(JSONB)
    slots: Mapped[list[Any]] = mapped_column(JSONB)
    from_age: Mapped[int] = mapped_column(SmallInteger)
    to_age: Mapped[int] = mapped_column(SmallInteger)


class SchoolYear(Base):
    """`assumed`: nobody has confirmed these days yet."""

    __tablename__ = "school_years"
    __table_args__ = (CheckConstraint("starts_on < ends_on", name="order"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    assumed: Mapped[bool]
    source: Mapped[str]


class Vacation(Base):
    """Schools shut within a school year."""

    __tablename__ = "school_vacations"
    __table_args__ = (CheckConstraint("starts_on <= ends_on", name="order"),)

    starts_on: Mapped[date] = mapped_column(primary_key=True)
    ends_on: Mapped[date]
    name: Mapped[str]
    assumed: Mapped[bool]
    source: Mapped[str]


class HolidayOverride(Base):
    """A public holiday that the published list lacks, or one on it on which schools are open."""

    __tablename__ = "holiday_overrides"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_holiday: Mapped[bool]
    name: Mapped[str]
    source: Mapped[str]


class Anchor(HouseholdScoped, Base):
    """A fact from which plans count; `source_id` is the grant, enrolment or return to school behind it."""

    __tablename__ = "anchors"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        UniqueConstraint("kind", "source_id"),
        one_of("kind", AnchorKind),
        Index("ix_anchors_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    source_id: Mapped[UUID]
    member_id: Mapped[UUID | None]
    anchored_on: Mapped[date]
    recorded_at: Mapped[datetime]


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


class FollowUp(HouseholdScoped, Base):
    """What `desired()` says, written down; only reconciling writes here."""

    __tablename__ = "follow_ups"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        one_of("anchor_kind", AnchorKind),
        one_of("purpose", Purpose),
        one_of("planned_purpose", Purpose),
        one_of("settled", Settled),
        one_of("because", Because),
        CheckConstraint("opens_on <= due_on AND due_on <= closes_on AND closes_on < lapses_on", name="days"),
        CheckConstraint("(settled IS NULL) = (settled_on IS NULL)", name="settled_on"),
        Index("ix_follow_ups_household_id", "household_id"),
        # "Due" and "overdue in this office" are one short scan each, however long the history.
        Index(
            "ix_follow_ups_open",
            "office_id",
            "lapses_on",
            "closes_on",
            postgresql_where=text("settled_on IS NULL"),
        ),
        Index(
            "uq_follow_ups_slot",
            "anchor_id",
            "protocol",
            "slot",
            "member_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    anchor_id: Mapped[UUID]
    anchor_kind: Mapped[str]
    protocol: Mapped[str]
    slot: Mapped[str]
    member_id: Mapped[UUID | None]
    purpose: Mapped[str]
    planned_purpose: Mapped[str]
    opens_on: Mapped[date]
    due_on: Mapped[date]
    closes_on: Mapped[date]
    lapses_on: Mapped[date]
    reminds: Mapped[bool]
    provisional: Mapped[bool]
    settled_on: Mapped[date | None]
    settled: Mapped[str | None]
    settled_by: Mapped[UUID | None]
    because: Mapped[str | None]


class Alert(HouseholdScoped, Base):
    """Raised and closed by reconciling alone; what people do about it is in `alert_acknowledgements`."""

    __tablename__ = "alerts"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        visit_key(),
        UniqueConstraint("id", "household_id"),
        one_of("kind", AlertKind),
        one_of("closed_because", AlertClosed),
        CheckConstraint("(closed_on IS NULL) = (closed_because IS NULL)", name="closed"),
        Index("uq_alerts_open", "member_id", "kind", unique=True, postgresql_where=text("closed_on IS NULL")),
        Index("ix_alerts_office_id", "office_id", "opened_on"),
        Index("ix_alerts_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    member_id: Mapped[UUID]
    observation_id: Mapped[UUID]
    visit_id: Mapped[UUID]
    opened_on: Mapped[date]
    opened_at: Mapped[datetime]
    closed_on: Mapped[date | None]
    closed_because: Mapped[str | None]
    closed_by: Mapped[UUID | None]


class Acknowledgement(HouseholdScoped, Base):
    """Someone took note of an alert, and says what they will do."""

    __tablename__ = "alert_acknowledgements"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        ForeignKeyConstraint(["alert_id", "household_id"], ["alerts.id", "alerts.household_id"]),
        Index("ix_alert_acknowledgements_alert_id", "alert_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    alert_id: Mapped[UUID]
    note: Mapped[str | None]
    acknowledged_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    acknowledged_at: Mapped[datetime]
