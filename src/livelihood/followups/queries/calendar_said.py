"""What the calendar says of one entry, with what people wrote beside its days."""

from uuid import UUID

from livelihood.db.reader import Reading
from livelihood.followups.queries import policy_pages
from livelihood.followups.rules.policy import (
    Change,
    ClosureGone,
    ClosureSaid,
    ClosureSet,
    HolidayGone,
    HolidaySaid,
    HolidaySet,
    NewProtocol,
    NewVersion,
    NumberSet,
    Said,
    YearSaid,
    YearSet,
)


async def year(reading: Reading, key: str) -> YearSaid | None:
    found = next((one for one in await policy_pages.YEARS_SAID.all(reading) if one.key == key), None)
    return found.said if found else None


async def closure(reading: Reading, record_id: UUID | None) -> ClosureSaid | None:
    found = next((one for one in await policy_pages.CLOSURES_SAID.all(reading) if one.id == record_id), None)
    return found.said if found else None


async def holiday(reading: Reading, record_id: UUID | None) -> HolidaySaid | None:
    found = next((one for one in await policy_pages.HOLIDAYS_SAID.all(reading) if one.id == record_id), None)
    return found.said if found else None


async def stands(reading: Reading, change: Change) -> Said | None:
    """Of the entry that is changed; none where it is not there, or where the change is of something else."""
    match change:
        case YearSet():
            return await year(reading, change.year.key)
        case ClosureSet() | ClosureGone():
            return await closure(reading, change.closure.id)
        case HolidaySet() | HolidayGone():
            return await holiday(reading, change.holiday.id)
        case NewVersion() | NewProtocol() | NumberSet():
            return None
