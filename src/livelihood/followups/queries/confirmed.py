"""What the rules say of one household's records: who was confirmed when, and what contradicts."""

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, bindparam, literal_column, select

from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Alert
from livelihood.followups.queries.facts import visits_of
from livelihood.followups.queries.missing import IS_MISSING
from livelihood.followups.rules.confirmation import Search, confirmed_days, seen_days
from livelihood.followups.rules.facts import Visit
from livelihood.followups.rules.missing import NO_ALARM
from livelihood.followups.rules.reviews import contradictions
from livelihood.observations import queries as observations
from livelihood.observations.rules import Standing, standing

SEARCHES = Read(
    select(Alert.member_id, Alert.opened_on.label("since"), Alert.closed_on.label("until")).where(
        Alert.household_id == bindparam("household_id", type_=Uuid),
        IS_MISSING,
        *(
            Alert.closed_because.is_distinct_from(literal_column(f"'{one.value}'"))
            for one in sorted(NO_ALARM)
        ),
    ),
    Search,
)


async def records_of(reading: Reading, household_id: UUID) -> tuple[list[Standing], Mapping[UUID, Visit]]:
    """As they stand; without the visits that were withdrawn."""
    ids = [household_id]
    visits = {visit.id: visit for _household, visit in await visits_of(reading, ids)}
    records = (await observations.of_households(reading, ids))[household_id]
    return list(standing(records)), visits


async def seen(reading: Reading, household_id: UUID) -> Mapping[UUID, list[date]]:
    """For each member the days on which they were there, in order; a visit that was withdrawn and a finding that was
    corrected do not count.
    """
    return seen_days(*await records_of(reading, household_id))


async def confirmed(reading: Reading, household_id: UUID) -> Mapping[UUID, list[date]]:
    """The same of the days on which they were seen or found in a register."""
    found = await SEARCHES.all(reading, household_id=household_id)
    return confirmed_days(*await records_of(reading, household_id), found)


async def contested(reading: Reading, household_id: UUID, day: date) -> list[UUID]:
    """Of whom the records of that day contradict each other."""
    return sorted(
        member_id
        for on, member_id in contradictions(*await records_of(reading, household_id))
        if on == day and member_id is not None
    )


async def seen_since(
    reading: Reading, household_id: UUID, member_id: UUID, since: date
) -> list[tuple[date, UUID]]:
    records, visits = await records_of(reading, household_id)
    return seen_all_the_same(records, visits, member_id, since)


def seen_all_the_same(
    records: Sequence[Standing], visits: Mapping[UUID, Visit], member_id: UUID, since: date
) -> list[tuple[date, UUID]]:
    """The visits that found this child on a day, not before that one, of which another says that they were gone."""
    found = {
        (on, visit_id)
        for (on, who), (_told, seen) in contradictions(records, visits).items()
        if who == member_id and on >= since
        for visit_id in seen
    }
    return sorted(found)
