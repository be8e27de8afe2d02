"""Who is told at once of what reconciling found: of a missing child the safeguarding staff, and the family's own."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, any_, bindparam, select

from livelihood.clock import Clock
from livelihood.db.reader import Read
from livelihood.db.work import UnitOfWork
from livelihood.followups.rules.alerts import Alert, AlertKind
from livelihood.followups.writing import Place
from livelihood.households.models import Household
from livelihood.notices.service import tell_safeguarding


class InCharge(msgspec.Struct, frozen=True):
    id: UUID
    monitor_id: UUID | None
    caseworker_id: UUID | None


IN_CHARGE = Read(
    select(Household.id, Household.monitor_id, Household.caseworker_id).where(
        Household.id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    ),
    InCharge,
)


async def tell_of_missing_children(
    uow: UnitOfWork, opened: Iterable[tuple[Place, Alert]], *, clock: Clock
) -> None:
    """Of alerts that are new in this transaction; what was closed again by the time it was recorded tells nobody."""
    missing = [
        (place, alert)
        for place, alert in opened
        if alert.kind is AlertKind.MISSING_CHILD and alert.closed_on is None
    ]
    if not missing:
        return
    households = [place.household_id for place, _ in missing]
    in_charge = {one.id: one for one in await IN_CHARGE.all(uow, ids=households)}
    for place, alert in missing:
        family = in_charge[place.household_id]
        await tell_safeguarding(
            uow,
            office_id=place.office_id,
            key=f"alert:{alert.id}",
            path=f"/alerts/{alert.id}",
            clock=clock,
            also=(family.monitor_id, family.caseworker_id),
        )
