from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Staff
from livelihood.db.models import Base, new_id, one_of


class ImportState(StrEnum):
    """A checked list is a dry run: it is kept until it is imported, or for 30 days."""

    CHECKED = "checked"
    IMPORTED = "imported"


class HouseholdImport(Base):
    """One upload of an intake list. It holds families of several offices, so only who uploaded it sees it."""

    __tablename__ = "household_imports"
    __table_args__ = (
        one_of("state", ImportState),
        Index("ix_household_imports_uploaded_by", "uploaded_by", "uploaded_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    filename: Mapped[str]
    sha256: Mapped[bytes] = mapped_column(LargeBinary)
    state: Mapped[str]
    uploaded_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    uploaded_at: Mapped[datetime]
    imported_at: Mapped[datetime | None]
    ready: Mapped[int]
    people: Mapped[int]
    refused: Mapped[int]
    plan: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    """The households that can come in, until they have, or for 30 days."""
    faults: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
    """By row and column, with the value found there; gone after 30 days."""
    outcome: Mapped[list[dict[str, Any]] | None] = mapped_column(JSONB(none_as_null=True))
