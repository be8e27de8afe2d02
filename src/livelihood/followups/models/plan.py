from datetime import date, datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.followups.models.keys import member_key
from livelihood.followups.rules.facts import AnchorKind, Because
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import Settled


class Anchor(HouseholdScoped, Base):
    """A fact from which plans count; `source_id` is the grant, enrolment or return to school behind it.

    `ended_on`: the reason for the plan ended then, and no check opens after it.
    """

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
    ended_on: Mapped[date | None]
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
        # A list in the order of the days begins where it is read.
        Index(
            "ix_follow_ups_in_order",
            "office_id",
            "due_on",
            "id",
            "lapses_on",
            "opens_on",
            postgresql_where=text("settled_on IS NULL"),
        ),
        # How long the longest of them stays open says where what has not lapsed begins in the order of the days.
        Index(
            "ix_follow_ups_longest",
            "office_id",
            text("(lapses_on - due_on)"),
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


class ClosedCheck(HouseholdScoped, Base):
    """A supervisor's word that nobody will make a check, and why; it stands until it is taken back.

    `follow_up_id` is that of the check whenever it is worked out anew; what it was stands here as well, because a check
    may vanish, as when a payment is reversed.
    """

    __tablename__ = "closed_checks"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        one_of("purpose", Purpose),
        CheckConstraint("(reopened_by IS NULL) = (reopened_at IS NULL)", name="reopened"),
        Index("ix_closed_checks_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    follow_up_id: Mapped[UUID]
    member_id: Mapped[UUID | None]
    protocol: Mapped[str]
    slot: Mapped[str]
    purpose: Mapped[str]
    reason: Mapped[str]
    closed_on: Mapped[date]
    closed_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]
    reopened_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    reopened_at: Mapped[datetime | None]
