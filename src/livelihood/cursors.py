"""Where a list goes on: the sort key of a page's last row, packed so that nobody is tempted to read it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from livelihood.errors import InvalidInput, invalid, say

Key = TypeVar("Key", bound=tuple[Any, ...])

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9-]{1,20}$")]


def packed(*key: object) -> str:
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def unpacked(cursor: str, into: type[Key]) -> Key:
    """The key of these types; instants come in UTC. Raises `InvalidInput` for what is no cursor of the list."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        key = msgspec.json.decode(raw, type=into)
        # Midnight of the year 1 in the east lies before all time.
        parts = (part.astimezone(UTC) if isinstance(part, datetime) else part for part in key)
        return into(parts)
    except (ValueError, OverflowError, msgspec.DecodeError) as error:
        raise no_place(cursor) from error


def no_place(cursor: str) -> InvalidInput:
    """For a list that knows more of its places than their types."""
    return invalid(
        "cursor", say("{value} is no place in this list. Start again from its beginning.", value=cursor[:40])
    )
