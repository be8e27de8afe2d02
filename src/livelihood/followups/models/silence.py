from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.followups.models.keys import member_key
from livelihood.followups.rules.consequences import ConsequenceKind, Ended, Level
from livelihood.followups.rules.facts import AbsenceReason


class Consequence(HouseholdScoped, Base):
    """What silence and findings led to: written once by reconciling, and never taken away. That it is over is written beside
    it.

    `happened_on` is the day on which it was called for, `recorded_at` when that was worked out. `since` is from
    when the child was unconfirmed then; `cause_id` the follow-up, finding or anchor that explains it. `ended_on`: when it
    was worked out that the silence is over, or that it holds no more, and then `ended_because`.
    """

    __tablename__ = "consequences"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        one_of("kind", ConsequenceKind),
        one_of("ended_because", Ended),
        Index("ix_consequences_household_id", "household_id"),
        Index("ix_consequences_office_id", "office_id", "recorded_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID | None]
    kind: Mapped[str]
    happened_on: Mapped[date]
    since: Mapped[date | None]
    cause_id: Mapped[UUID | None]
    recorded_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    ended_because: Mapped[str | None]


class FollowedChild(HouseholdScoped, Base):
    """A child who is followed, by how long nobody has confirmed them; only reconciling writes here."""

    __tablename__ = "followed_children"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        one_of("level", Level),
        Index("ix_followed_children_household_id", "household_id"),
        Index(
            "ix_followed_children_board",
            "office_id",
            "high_risk",
            text("coalesce(confirmed_on, followed_since)"),
        ),
        Index(
            "ix_followed_children_level",
            "office_id",
            "level",
            "high_risk",
            text("coalesce(confirmed_on, followed_since)"),
            postgresql_where=text("level IS NOT NULL"),
        ),
        Index(
            "ix_followed_children_silent",
            "office_id",
            "unconfirmed_since",
            postgresql_where=text("unconfirmed_since IS NOT NULL"),
        ),
    )

    member_id: Mapped[UUID] = mapped_column(primary_key=True)
    followed_since: Mapped[date]
    confirmed_on: Mapped[date | None]
    seen_on: Mapped[date | None]
    unconfirmed_since: Mapped[date | None]
    level: Mapped[str | None]
    high_risk: Mapped[bool]
    lost_on: Mapped[date | None]


class Loss(HouseholdScoped, Base):
    """A supervisor's word that a child is lost to follow-up. It ends when the child is confirmed on that day or later, or
    when it is taken back, as one that was said in error.
    """

    __tablename__ = "losses"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        CheckConstraint(
            "num_nonnulls(taken_back_by, taken_back_at, taken_back_because) IN (0, 3)", name="taken_back"
        ),
        Index("ix_losses_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID]
    reason: Mapped[str]
    decided_on: Mapped[date]
    decided_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]
    taken_back_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    taken_back_at: Mapped[datetime | None]
    taken_back_because: Mapped[str | None]


class Absence(HouseholdScoped, Base):
    """A child is away for a season; `away_until` is the day of the return, the first on which they can be checked.
    `back_known_on`: from when on it is known of a day of return that was not said at first; never later than that day.
    """

    __tablename__ = "absences"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        member_key(),
        CheckConstraint("away_from < away_until", name="days"),
        one_of("reason", AbsenceReason),
        Index("ix_absences_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID]
    away_from: Mapped[date]
    away_until: Mapped[date]
    reason: Mapped[str] = mapped_column(server_default=AbsenceReason.OTHER)
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]
    back_known_on: Mapped[date | None]
