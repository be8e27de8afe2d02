"""The ways out, behind one interface: who sends knows an address and a letter, and hears what became of it."""

from datetime import timedelta
from typing import Protocol
from uuid import UUID

import msgspec

from livelihood.notices.rules import AT_ONCE, Failure


class Letter(msgspec.Struct, frozen=True):
    """What is written to one person. Sent again after a crash it has the same `id`, so that a reader can tell."""

    id: UUID
    subject: str
    body: str


class Undelivered(Exception):
    """The letter did not arrive. Carries no words of the server's: they may hold an address or a token."""

    def __init__(self, failure: Failure, *, for_good: bool = False, retry_after: timedelta = AT_ONCE) -> None:
        super().__init__(failure.value)
        self.failure = failure
        self.for_good = for_good
        self.retry_after = retry_after


class Channel(Protocol):
    async def send(self, address: str, letter: Letter) -> None:
        """Returns once the other side has taken the letter over. Raises `Undelivered`."""
        ...

    async def close(self) -> None: ...
