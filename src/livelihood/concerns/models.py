from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, FetchedValue, ForeignKey, Index, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Office, Staff
from livelihood.concerns.rules import StepKind
from livelihood.db.models import Base, new_id, one_of


class Concern(Base):
    """`sealed` is read through `app.read_concern` alone, which logs the reading first."""

    __tablename__ = "concerns"
    __table_args__ = (Index("ix_concerns_office_id", "office_id", "sent_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    number: Mapped[int] = mapped_column(BigInteger, FetchedValue(), unique=True)
    """Without gaps: given by the database from `LastNumber`, in the transaction that sends the concern."""
    office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey(Office.id))
    about_staff: Mapped[bool]
    sealed: Mapped[bytes]
    sent_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    sent_at: Mapped[datetime]


class LastNumber(Base):
    """One row. A number that is missing among the concerns is one that was taken away."""

    __tablename__ = "concern_numbers"
    __table_args__ = (CheckConstraint("id = 1", name="one"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    last: Mapped[int] = mapped_column(BigInteger)


class Step(Base):
    """What the focal point did about it; the words are sealed like the concern's own."""

    __tablename__ = "concern_steps"
    __table_args__ = (
        one_of("kind", StepKind),
        CheckConstraint("(kind = 'acknowledged') = (sealed IS NULL)", name="sealed"),
        Index("ix_concern_steps_concern_id", "concern_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    concern_id: Mapped[UUID] = mapped_column(ForeignKey(Concern.id))
    kind: Mapped[str]
    sealed: Mapped[bytes | None]
    taken_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    taken_at: Mapped[datetime]


class Reading(Base):
    """Who opened which concern when; written by the function that opens it, and by nothing else."""

    __tablename__ = "concern_readings"
    __table_args__ = (Index("ix_concern_readings_concern_id", "concern_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    concern_id: Mapped[UUID] = mapped_column(ForeignKey(Concern.id))
    office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey(Office.id))
    read_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    read_at: Mapped[datetime]
