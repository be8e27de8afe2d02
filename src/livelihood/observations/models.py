from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.errors import say
from livelihood.observations.rules import Kind


class Observation(HouseholdScoped, Base):
    """Written once, never edited; `supersedes` names the record that this one corrects."""

    __tablename__ = "observations"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        ForeignKeyConstraint(["member_id", "household_id"], ["members.id", "members.household_id"]),
        ForeignKeyConstraint(["visit_id", "household_id"], ["visits.id", "visits.household_id"]),
        ForeignKeyConstraint(
            ["supersedes", "household_id"], ["observations.id", "observations.household_id"]
        ),
        UniqueConstraint("id", "household_id"),
        UniqueConstraint(
            "supersedes",
            info={"refusal": say("This record was corrected already. Correct the correction instead.")},
        ),
        one_of("kind", Kind),
        CheckConstraint(
            "(supersedes IS NULL) = (reason IS NULL)",
            name="reason",
            info={"refusal": say("A correction needs its reason. Write why the record was wrong.")},
        ),
        CheckConstraint("(member_id IS NULL) = (kind = 'business')", name="subject"),
        Index("ix_observations_household_id", "household_id", "happened_on"),
        Index("ix_observations_visit_id", "visit_id"),
        # Who goes to a school, for its roll call.
        Index(
            "ix_observations_school",
            text("(details->>'school_id')"),
            "member_id",
            postgresql_where=text("kind = 'education' AND details->>'school_id' IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID | None]
    visit_id: Mapped[UUID | None]
    kind: Mapped[str]
    happened_on: Mapped[date]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    supersedes: Mapped[UUID | None]
    reason: Mapped[str | None]
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]


class Withdrawal(HouseholdScoped, Base):
    """A visit that was recorded by mistake. It stays readable, and counts as one that never was, with all it found.

    Here and not beside the visits, because what was found stands or falls with it.
    """

    __tablename__ = "visit_withdrawals"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        ForeignKeyConstraint(["visit_id", "household_id"], ["visits.id", "visits.household_id"]),
        Index("ix_visit_withdrawals_household_id", "household_id"),
    )

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[str]
    withdrawn_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    withdrawn_at: Mapped[datetime]
