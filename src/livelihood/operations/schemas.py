from datetime import datetime

import msgspec

from livelihood.operations.rules import State


class CheckOut(msgspec.Struct, frozen=True):
    name: str
    title: str
    state: State
    detail: str
    advice: str | None


class SystemOut(msgspec.Struct, frozen=True):
    """`state` is that of the worst line."""

    at: datetime
    state: State
    checks: list[CheckOut]
