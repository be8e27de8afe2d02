from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    Identity,
    LargeBinary,
    MetaData,
    SmallInteger,
    Text,
    Uuid,
    func,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from uuid_utils.compat import uuid7

from livelihood.errors import Message


def new_id() -> UUID:
    """A UUIDv7: unique without asking, and close in the index to its neighbours in time."""
    return uuid7()


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012  # SQLAlchemy reads it as a plain class attribute
        str: Text,
        datetime: DateTime(timezone=True),
        UUID: Uuid,
        bytes: LargeBinary,
        dict[str, Any]: Any,
    }


def one_of(column: str, kinds: type[StrEnum], refusal: Message | None = None) -> CheckConstraint:
    """A text column that takes the values of an enumeration.

    Text with a check, not a PostgreSQL enum: a value can be added while yesterday's code still runs.
    """
    values = ", ".join(f"'{kind.value}'" for kind in kinds)
    return CheckConstraint(
        f"{column} IN ({values})", name=column, info={"refusal": refusal} if refusal else None
    )


class HouseholdScoped:
    """A row that belongs to a household, and with it to the household's office.

    The office travels in the foreign key, so that no row can name a household of another office (foreign-key
    checks do not see row policies), and a transfer is one UPDATE of the household.
    """

    household_id: Mapped[UUID]
    office_id: Mapped[int] = mapped_column(SmallInteger)

    @staticmethod
    def household_key() -> tuple[Any, ...]:
        """Belongs in every such table's `__table_args__`."""
        return (
            ForeignKeyConstraint(
                ["household_id", "office_id"], ["households.id", "households.office_id"], onupdate="CASCADE"
            ),
        )


class Dirty(Base):
    """A household whose facts changed, for the workers to look at again. Rows are taken away, never updated."""

    __tablename__ = "dirty"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    household_id: Mapped[UUID] = mapped_column(index=True)
    office_id: Mapped[int] = mapped_column(SmallInteger)
    cause: Mapped[str]
    marked_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class Creation(Base):
    """A creating request that was carried out: its client-made id and the hash of its body."""

    __tablename__ = "creations"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    body_hash: Mapped[bytes]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
