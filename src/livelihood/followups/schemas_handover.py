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


class MovedOut(msgspec.Struct):
    """A family that a visit was told has moved, and that nobody has handed over, closed or met since.

    `all_of_them`: how many there are, however many are listed.
    """

    household_id: UUID
    household_code: str
    office_id: int
    village_km: str
    village_latin: str
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    visit_id: UUID
    happened_on: date
    recorded_by: str
    note: str | None
    all_of_them: int
