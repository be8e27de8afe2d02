from datetime import datetime

import msgspec

from livelihood.operations.rules import State


class CheckOut(msgspec.Struct, frozen=True):
    """`about`: what it is for, and what it means when it is late."""

    name: str
    title: str
    state: State
    detail: str
    advice: str | None
    about: str | None


class SystemOut(msgspec.Struct, frozen=True):
    """`state` is that of the worst line."""

    at: datetime
    state: State
    checks: list[CheckOut]
