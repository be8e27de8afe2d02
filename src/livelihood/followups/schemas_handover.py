from datetime import date, datetime
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.followups.schemas import Note
from livelihood.households.schemas import VillageCode


class HandoverIn(Input, kw_only=True):
    """The village says which office the family goes to. Both offices read the reason."""

    id: UUID | None = None
    village_code: VillageCode
    reason: Note


class HandoverOut(msgspec.Struct):
    """A family that was handed over, or moved within one office; all that the office it left sees of it.

    `reason` is empty for those who do not read what visits find.
    """

    id: UUID
    household_id: UUID
    code: str
    from_office_id: int
    from_office_en: str
    from_office_km: str
    to_office_id: int
    to_office_en: str
    to_office_km: str
    village_km: str
    village_latin: str
    reason: str
    handed_on: date
    handed_by: str
    acknowledged_at: datetime | None
    acknowledged_by: str | None
