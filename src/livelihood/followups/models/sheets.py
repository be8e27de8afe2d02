from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, SmallInteger, UniqueConstraint, Uuid
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Office, Staff
from livelihood.db.models import Base, HouseholdScoped, new_id
from livelihood.followups.models.keys import visit_key


class Sheet(Base):
    """A printed route; `number`, as in KPT-2026-0042, stands on the paper and brings it back to the screen."""

    __tablename__ = "sheets"
    __table_args__ = (UniqueConstraint("number"), UniqueConstraint("id", "office_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey(Office.id))
    number: Mapped[str]
    day: Mapped[date]
    made_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    made_at: Mapped[datetime]


class SheetLine(HouseholdScoped, Base):
    """One household on the paper, and whom to check there; `visit_id` once the line was entered."""

    __tablename__ = "sheet_lines"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        visit_key(),
        ForeignKeyConstraint(["sheet_id"], ["sheets.id"]),
        UniqueConstraint("sheet_id", "line"),
        UniqueConstraint("sheet_id", "household_id"),
        Index("ix_sheet_lines_household_id", "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    sheet_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(SmallInteger)
    member_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    visit_id: Mapped[UUID | None]
