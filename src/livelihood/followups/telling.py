"""Who is told at once of what reconciling found: of a missing child the safeguarding staff, and the family's own.

Who stands in for the monitor that day is the family's own as well, beside the monitor on leave: it is they who can go.
Whoever does not work there any more is told nothing, for nobody would read it.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, SmallInteger, Uuid, any_, bindparam, column, func, select, union

from livelihood.accounts.permissions import Permission
from livelihood.accounts.queries import works_there
from livelihood.clock import Clock
from livelihood.db.reader import Read
from livelihood.db.work import UnitOfWork
from livelihood.followups.models import Cover
from livelihood.followups.queries.whose import TODAY
from livelihood.followups.rules.alerts import Alert, AlertKind
from livelihood.followups.writing import Place
from livelihood.households.models import Household
from livelihood.notices.service import tell_safeguarding


class InCharge(msgspec.Struct, frozen=True):
    household_id: UUID
    staff_id: UUID


class HandedTo(msgspec.Struct, frozen=True):
    staff_id: UUID


# Monitor, caseworker, and who stands in for the monitor: as many as work there still. Whoever else is in charge of the
# office is told anyway.
FAMILIES = (
    select(Household.id, Household.office_id, Household.monitor_id, Household.caseworker_id)
    .where(Household.id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .cte("families")
)
THEIRS = union(
    select(FAMILIES.c.id, FAMILIES.c.office_id, FAMILIES.c.monitor_id.label("staff_id")),
    select(FAMILIES.c.id, FAMILIES.c.office_id, FAMILIES.c.caseworker_id),
    select(FAMILIES.c.id, FAMILIES.c.office_id, Cover.by_id)
    .join_from(FAMILIES, Cover, Cover.staff_id == FAMILIES.c.monitor_id)
    .where(Cover.from_on <= TODAY, Cover.until_on >= TODAY),
).subquery("theirs")
IN_CHARGE = Read(
    select(THEIRS.c.id.label("household_id"), THEIRS.c.staff_id)
    .where(works_there(THEIRS.c.staff_id, THEIRS.c.office_id, Permission.ALERTS_READ))
    .order_by(THEIRS.c.id, THEIRS.c.staff_id),
    InCharge,
)


# Whoever handed the family on may not see it any more.
WHO_HAS_IT = func.app.who_has_it(bindparam("handover", type_=Uuid), TODAY).table_valued(
    column("staff_id", Uuid)
)
HANDED_TO = Read(
    select(WHO_HAS_IT.c.staff_id).where(
        works_there(WHO_HAS_IT.c.staff_id, bindparam("office", type_=SmallInteger), Permission.ALERTS_READ)
    ),
    HandedTo,
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
    in_charge = await _in_charge(uow, list(missing), clock)
    for household_id, (place, alerts) in missing.items():
        first = min(alerts)
        await tell_safeguarding(
            uow,
            office_id=place.office_id,
            key=f"alert:{first}:{clock.now().isoformat()}" if again else f"alert:{first}",
            path=page_of(household_id, alerts),
            clock=clock,
            also=in_charge.get(household_id, ()),
        )


async def tell_of_a_death(
    uow: UnitOfWork, leaving_id: UUID, household: Household, missing: UUID | None, *, clock: Clock
) -> None:
    """Nobody looks any more for a child who was sought: whoever was told of the search hears that it ended this way,
    or may doubt it. `missing` is the alert, where there was one.
    """
    await tell_safeguarding(
        uow,
        office_id=household.office_id,
        key=f"death:{leaving_id}",
        path=page_of(household.id, [missing] if missing else []),
        clock=clock,
        also=(await _in_charge(uow, [household.id], clock)).get(household.id, ()),
    )


async def tell_new_office(
    uow: UnitOfWork,
    handover_id: UUID,
    household_id: UUID,
    office_id: int,
    missing: Sequence[UUID],
    *,
    clock: Clock,
) -> None:
    """Who has a family from now on hears that a child of it is missing, as they would have heard of the alert;
    `missing` are the open ones, read while the family was still the old office's.
    """
    if not missing:
        return
    theirs = await HANDED_TO.all(uow, handover=handover_id, office=office_id, today=clock.today())
    await tell_safeguarding(
        uow,
        office_id=office_id,
        key=f"handover:{handover_id}",
        path=page_of(household_id, missing),
        clock=clock,
        also=(one.staff_id for one in theirs),
    )


async def _in_charge(uow: UnitOfWork, ids: list[UUID], clock: Clock) -> dict[UUID, list[UUID]]:
    """By family, those of its own staff who work there."""
    found: dict[UUID, list[UUID]] = {}
    for one in await IN_CHARGE.all(uow, ids=ids, today=clock.today()):
        found.setdefault(one.household_id, []).append(one.staff_id)
    return found


def page_of(household_id: UUID, alerts: Sequence[UUID]) -> str:
    return f"/alerts/{alerts[0]}" if len(alerts) == 1 else f"/households/{household_id}"
