from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    SmallInteger,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.db.models import Base


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


class PolicyNumber(Base):
    """A number that is policy, as it holds from a day on; changes are added, never made."""

    __tablename__ = "policy_numbers"
    __table_args__ = (CheckConstraint("value > 0", name="value"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[int]
    source: Mapped[str]


class HolidayOverride(Base):
    """A public holiday that the published list lacks, or one on it on which schools are open."""

    __tablename__ = "holiday_overrides"

    day: Mapped[date] = mapped_column(primary_key=True)
    is_holiday: Mapped[bool]
    name: Mapped[str]
    source: Mapped[str]
