from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.permissions import Role
from livelihood.db.models import Base, new_id, one_of
from livelihood.errors import say


class Office(Base):
    __tablename__ = "offices"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    prefix: Mapped[str] = mapped_column(unique=True)
    name_en: Mapped[str]
    name_km: Mapped[str]


class OfficeProvince(Base):
    """The provinces an office serves; an intake list's households find their office by their village's province."""

    __tablename__ = "office_provinces"

    province_code: Mapped[str] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey(Office.id))


class Language(StrEnum):
    EN = "en"
    KM = "km"


class StaffKind(StrEnum):
    PERSON = "person"
    SYSTEM = "system"


class Staff(Base):
    """A person who signs in, or a part of the system (`kind`) in whose name workers and imports write."""

    __tablename__ = "staff"
    __table_args__ = (
        one_of("kind", StaffKind),
        one_of("language", Language),
        CheckConstraint("username = lower(username) AND username <> ''", name="username"),
        UniqueConstraint("username", info={"refusal": say("This username is taken. Choose another one.")}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    username: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default=StaffKind.PERSON)
    language: Mapped[str] = mapped_column(server_default=Language.KM)
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StaffRole(Base):
    """A role held for one office, or for all of them where `office_id` is empty."""

    __tablename__ = "staff_roles"
    __table_args__ = (
        one_of("role", Role),
        Index(
            "uq_staff_roles_staff_id",
            "staff_id",
            "role",
            "office_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    role: Mapped[str]
    office_id: Mapped[int | None] = mapped_column(SmallInteger, ForeignKey(Office.id))


class Session(Base):
    """A sign-in: the SHA-256 of its token, and until when it lasts unless it is used."""

    __tablename__ = "sessions"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    used_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime] = mapped_column(index=True)


class SignInFailure(Base):
    """Failures in a row for one account or one address; `subject` is a hash of either, so that it tells nobody."""

    __tablename__ = "sign_in_failures"

    subject: Mapped[bytes] = mapped_column(primary_key=True)
    failures: Mapped[int]
    failed_at: Mapped[datetime]
