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
    uow: UnitOfWork, opened: Iterable[tuple[Place, Alert]], *, clock: Clock, again: bool = False
) -> None:
    """Of alerts that this transaction opens, or opens `again`, each time anew: what is stored is open from then on, so
    that no other transaction does. What was closed by the time it was recorded tells nobody.

    Of several children of one family there is one notice, which leads to the family.
    """
    missing: dict[UUID, tuple[Place, list[UUID]]] = {}
    for place, alert in opened:
        if alert.kind is AlertKind.MISSING_CHILD and alert.closed_on is None:
            missing.setdefault(place.household_id, (place, []))[1].append(alert.id)
    if not missing:
        return
    in_charge = {one.id: one for one in await IN_CHARGE.all(uow, ids=list(missing))}
    for household_id, (place, alerts) in missing.items():
        family = in_charge[household_id]
        first = min(alerts)
        await tell_safeguarding(
            uow,
            office_id=place.office_id,
            key=f"alert:{first}:{clock.now().isoformat()}" if again else f"alert:{first}",
            path=f"/alerts/{first}" if len(alerts) == 1 else f"/households/{household_id}",
            clock=clock,
            also=(family.monitor_id, family.caseworker_id),
        )
