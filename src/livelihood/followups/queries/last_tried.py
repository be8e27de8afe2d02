"""The last time nobody of a family was met, where nobody has met them since."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, SmallInteger, Uuid, any_, bindparam, select
from sqlalchemy.dialects.postgresql import distinct_on

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Visit
from livelihood.followups.queries.visits import HAPPENED, MET, TO_THE_FAMILY
from livelihood.followups.schemas_routes import LastTried

# A day on which somebody met them counts as met, whatever came of the other visits of that day: as attempts are counted.
_last = (
    select(
        Visit.household_id,
        Visit.id.label("visit_id"),
        Visit.happened_on,
        Visit.outcome,
        Visit.mode,
        MET.label("met"),
    )
    .where(
        Visit.household_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        Visit.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
        HAPPENED,
        TO_THE_FAMILY,
    )
    .ext(distinct_on(Visit.household_id))
    .order_by(
        Visit.household_id, Visit.happened_on.desc(), MET.desc(), Visit.recorded_at.desc(), Visit.id.desc()
    )
    .subquery()
)
LAST_TRIED = Read(
    select(_last.c.household_id, _last.c.visit_id, _last.c.happened_on, _last.c.outcome, _last.c.mode).where(
        ~_last.c.met
    ),
    LastTried,
)


async def last_tried(reading: Reading, household_ids: Sequence[UUID]) -> Mapping[UUID, LastTried]:
    """By household; of those alone where it stands so, and whose visits the actor reads."""
    offices = sorted(reading.actor.offices_for(Permission.VISITS_READ))
    if not household_ids or not offices:
        return {}
    found = await LAST_TRIED.all(reading, ids=list(household_ids), offices=offices)
    return {one.household_id: one for one in found}
