from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.notices.rules import NO_WAY, ChannelKind, Failure, Kind
from livelihood.written import written


class EmailIn(Input):
    address: Annotated[str, written(300)]


class CodeIn(Input):
    code: Annotated[str, written(40)]


class ChoicesIn(Input):
    """By which channel each comes; none turns it off."""

    digest: ChannelKind | None = None
    immediate: ChannelKind | None = None


class TestIn(Input):
    channel: ChannelKind


class ChannelOut(msgspec.Struct):
    """`offered` says whether this installation sends this way. `code` is what the person sends to the Telegram bot;
    a code for an e-mail address is shown nowhere but in the e-mail.
    """

    kind: ChannelKind
    offered: bool
    address: str | None = None
    confirmed_at: datetime | None = None
    digest: bool = False
    immediate: bool = False
    pending: str | None = None
    code: str | None = None
    code_expires_at: datetime | None = None


class DeliveryState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"


class DeliveryOut(msgspec.Struct):
    """What became of one message; `at` is when it was sent or given up, or when it is tried next.

    A safeguarding notice that has no way to its person (`no_address`, `off`) waits, and is tried once there is one.
    """

    id: UUID
    kind: Kind
    channel: ChannelKind | None
    created_at: datetime
    state: DeliveryState
    at: datetime
    attempts: int
    failure: Failure | None

    @property
    def waits_for_a_way(self) -> bool:
        return (
            self.state is DeliveryState.WAITING and self.kind is Kind.SAFEGUARDING and self.failure in NO_WAY
        )


class NoticesOut(msgspec.Struct):
    """`must_hear`: a safeguarding focal point, who cannot turn safeguarding notices off. On `next_digest_on` the next
    digest comes, if something waits then.
    """

    email: ChannelOut
    telegram: ChannelOut
    telegram_bot: str | None
    must_hear: bool
    next_digest_on: date | None
    deliveries: list[DeliveryOut]


class UndeliveredOut(msgspec.Struct):
    """How many messages of the last seven days did not reach one person; what they said is not here."""

    staff_id: UUID
    name: str
    waiting: int
    given_up: int
    last_error: Failure
    last_at: datetime
