from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, new_id, one_of
from livelihood.followups.rules.previews import PreviewState

IN_PROVINCE = "province_code ~ '^[0-9]{2}$'"


class Protocol(Base):
    """One version of a protocol; versions are added, never changed. What came with the software, nobody added.

    Nor has that a name here: what people made alone is named by them.
    """

    __tablename__ = "protocols"

    key: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    effective_from: Mapped[date]
    source: Mapped[str]
    anchors: Mapped[list[Any]] = mapped_column(JSONB)
    slots: Mapped[list[Any]] = mapped_column(JSONB)
    from_age: Mapped[int] = mapped_column(SmallInteger)
    to_age: Mapped[int] = mapped_column(SmallInteger)
    name_en: Mapped[str] = mapped_column(server_default=text("''"))
    name_km: Mapped[str] = mapped_column(server_default=text("''"))
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    added_at: Mapped[datetime | None]


class SchoolYear(Base):
    """`assumed`: nobody has confirmed these days yet. Without `terms` the whole year is one."""

    __tablename__ = "school_years"
    __table_args__ = (CheckConstraint("starts_on < ends_on", name="order"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    terms: Mapped[list[Any]] = mapped_column(JSONB, server_default=text("'[]'::jsonb"))
    assumed: Mapped[bool]
    source: Mapped[str]


class Vacation(Base):
    """Schools shut within a school year: everywhere, or in one province."""

    __tablename__ = "school_vacations"
    __table_args__ = (
        CheckConstraint("starts_on <= ends_on", name="order"),
        CheckConstraint(IN_PROVINCE, name="province_code"),
        UniqueConstraint("starts_on", "province_code", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, server_default=text("uuidv7()"))
    province_code: Mapped[str | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    name: Mapped[str]
    assumed: Mapped[bool]
    source: Mapped[str]


class PolicyNumber(Base):
    """A number that is policy, as it holds from a day on; changes are added, never made.

    What came with the software, nobody added.
    """

    __tablename__ = "policy_numbers"
    __table_args__ = (CheckConstraint("value > 0", name="value"),)

    key: Mapped[str] = mapped_column(primary_key=True)
    effective_from: Mapped[date] = mapped_column(primary_key=True)
    value: Mapped[int]
    source: Mapped[str]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    added_at: Mapped[datetime | None]


class HolidayOverride(Base):
    """A public holiday that the published list lacks, or one on it on which schools are open.

    Everywhere, or in one province, where it goes before what holds everywhere.
    """

    __tablename__ = "holiday_overrides"
    __table_args__ = (
        CheckConstraint(IN_PROVINCE, name="province_code"),
        UniqueConstraint("day", "province_code", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, server_default=text("uuidv7()"))
    province_code: Mapped[str | None]
    day: Mapped[date]
    is_holiday: Mapped[bool]
    name: Mapped[str]
    assumed: Mapped[bool] = mapped_column(server_default=text("false"))
    source: Mapped[str]


class Preview(Base):
    """What a change of policy would do, worked out by the workers household by household, and by whom it was asked.

    `what` is the change; `built_on` the fingerprint of the policy it would change. `last_id` is the household up to
    which the workers have come, `counts` what they found by office.
    """

    __tablename__ = "previews"
    __table_args__ = (
        one_of("state", PreviewState),
        Index("ix_previews_asked", "asked_at", postgresql_where=text("state = 'asked'")),
        Index("ix_previews_asked_by", "asked_by", "asked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asked_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    asked_at: Mapped[datetime]
    asked_on: Mapped[date]
    what: Mapped[dict[str, Any]] = mapped_column(JSONB)
    built_on: Mapped[bytes]
    state: Mapped[str]
    total: Mapped[int | None]
    looked_at: Mapped[int]
    last_id: Mapped[UUID | None]
    left_out: Mapped[int]
    counts: Mapped[list[Any]] = mapped_column(JSONB)
    examples: Mapped[list[Any]] = mapped_column(JSONB)
    done_at: Mapped[datetime | None]
    in_force_at: Mapped[datetime | None]
