"""What comes in when a route is printed."""

from datetime import date
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.followups.rules.protocols import Purpose

LONGEST = 60


class Whose(StrEnum):
    """Mine: also those of whoever I cover for, and those in nobody's hands that are mine to give to somebody."""

    MINE = "mine"
    ALL = "all"


class SheetIn(Input, kw_only=True):
    """The route to print, narrowed as the worklist is. Without a day, today's; without an office, one's only one."""

    id: UUID | None = None
    office_id: Annotated[int, msgspec.Meta(ge=1, le=32767)] | None = None
    day: date | None = None
    whose: Whose = Whose.ALL
    village: Annotated[str, msgspec.Meta(pattern="^([0-9]{8})?$")] = ""
    commune: Annotated[str, msgspec.Meta(pattern="^([0-9]{6})?$")] = ""
    school: UUID | None = None
    purpose: Purpose | None = None
    overdue: bool = False
    first: Annotated[str, msgspec.Meta(pattern="^([0-9]{8})?$")] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=LONGEST)] = LONGEST
