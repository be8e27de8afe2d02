"""On which days the members of one household were confirmed: by the rule, and never by what was worked out before."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from livelihood.db.reader import Reading
from livelihood.followups.queries.facts import PRESENT, VISITS
from livelihood.followups.rules.confirmation import confirmed_days
from livelihood.followups.rules.facts import Mode, Outcome, Visit
from livelihood.observations import queries as observations
from livelihood.observations.rules import standing


async def confirmed(reading: Reading, household_id: UUID) -> Mapping[UUID, list[date]]:
    """For each member, in order; a visit that was withdrawn and a finding that was corrected do not count."""
    ids = [household_id]
    present: dict[UUID, set[UUID]] = {}
    for there in await PRESENT.all(reading, ids=ids):
        present.setdefault(there.visit_id, set()).add(there.member_id)
    visits = {
        row.id: Visit(
            row.id,
            row.happened_on,
            Outcome(row.outcome),
            Mode(row.mode),
            row.recorded_at,
            frozenset(present.get(row.id, ())),
            row.recorded_by,
        )
        for row in await VISITS.all(reading, ids=ids)
    }
    records = (await observations.of_households(reading, ids))[household_id]
    return confirmed_days(standing(records), visits)
