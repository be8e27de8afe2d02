from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
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
from livelihood.notices.rules import PATH, ChannelKind, Failure, Kind

WAITING = text("sent_at IS NULL AND given_up_at IS NULL")


class Outbox(Base):
    """One message to one person. `key` says what it is about to us alone: the same is told to nobody twice.

    `channel` is the one last tried; none before the first attempt. `send_after` is when it may be tried next: while
    a worker is at it, the end of that worker's lease.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("channel", ChannelKind),
        one_of("last_error", Failure),
        UniqueConstraint("staff_id", "key"),
        CheckConstraint(
            "jsonb_typeof(counts) = 'object' AND NOT jsonb_path_exists(counts, '$.* ? (@.type() <> \"number\")')",
            name="counts",
        ),
        CheckConstraint(f"path ~ '{PATH}'", name="path"),
        CheckConstraint("sent_at IS NULL OR given_up_at IS NULL", name="outcome"),
        Index("ix_outbox_waiting", "send_after", postgresql_where=WAITING),
        Index("ix_outbox_staff_id", "staff_id", "created_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    kind: Mapped[str]
    key: Mapped[str]
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    path: Mapped[str]
    created_at: Mapped[datetime]
    channel: Mapped[str | None]
    send_after: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    last_error: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]


class StaffChannel(Base):
    """How one person is reached, and what comes this way.

    `address` is used once it is confirmed; `pending` is the e-mail address that `code` was sent to. For Telegram the
    address is the chat's number, and the code is what the person sends to the bot.
    """

    __tablename__ = "channels"
    __table_args__ = (
        one_of("kind", ChannelKind),
        UniqueConstraint("staff_id", "kind"),
        CheckConstraint("(address IS NULL) = (confirmed_at IS NULL)", name="confirmed"),
        CheckConstraint("address IS NOT NULL OR NOT (digest OR immediate)", name="used"),
        CheckConstraint("(code IS NULL) = (code_expires_at IS NULL)", name="code"),
        Index("uq_channels_digest", "staff_id", unique=True, postgresql_where=text("digest")),
        Index("uq_channels_immediate", "staff_id", unique=True, postgresql_where=text("immediate")),
        Index("ix_channels_code", "code", postgresql_where=text("code IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    kind: Mapped[str]
    address: Mapped[str | None]
    confirmed_at: Mapped[datetime | None]
    digest: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    immediate: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    digested_on: Mapped[date | None]
    """The last day whose digest was made, or found to have nothing to say."""
    pending: Mapped[str | None]
    code: Mapped[str | None]
    code_made_at: Mapped[datetime | None]
    code_expires_at: Mapped[datetime | None]


class TelegramBot(Base):
    """A bot that people link with: its public name, and how far its messages were read.

    `id` is the public first part of its token. `polled_until` keeps two workers from asking at the same time.
    """

    __tablename__ = "telegram_bots"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    username: Mapped[str | None]
    next_update: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    polled_until: Mapped[datetime | None]
