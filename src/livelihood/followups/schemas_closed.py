"""What comes in and goes out about checks that nobody will make."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.followups.schemas import Note


class CloseChecksIn(Input, kw_only=True):
    """These checks of one household will not be made, and why."""

    id: UUID | None = None
    follow_up_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=40)]
    reason: Note


class ClosedCheckOut(msgspec.Struct):
    """A check that was marked as missed; `reopened_at`: when that was taken back."""

    id: UUID
    household_id: UUID
    office_id: int
    follow_up_id: UUID
    member_id: UUID | None
    protocol: str
    slot: str
    purpose: str
    reason: str
    closed_on: date
    closed_by: str
    recorded_at: datetime
    reopened_by: str | None
    reopened_at: datetime | None
    protocol_en: str = ""
    protocol_km: str = ""
