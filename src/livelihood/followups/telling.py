"""Who is told at once of what reconciling found: of a missing child the safeguarding staff, and the family's own.

Who stands in for the monitor that day is the family's own as well, beside the monitor on leave: it is they who can go.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, Uuid, any_, bindparam, column, func, select

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
    id: UUID
    monitor_id: UUID | None
    caseworker_id: UUID | None
    stand_in_id: UUID | None


class HandedTo(msgspec.Struct, frozen=True):
    staff_id: UUID


# Nobody is covered twice on a day.
IN_CHARGE = Read(
    select(
        Household.id,
        Household.monitor_id,
        Household.caseworker_id,
        select(Cover.by_id)
        .where(Cover.staff_id == Household.monitor_id, Cover.from_on <= TODAY, Cover.until_on >= TODAY)
        .correlate(Household)
        .scalar_subquery()
        .label("stand_in_id"),
    ).where(Household.id == any_(bindparam("ids", type_=ARRAY(Uuid)))),
    InCharge,
)


# Whoever handed the family on may not see it any more.
HANDED_TO = Read(
    select(column("staff_id", Uuid)).select_from(
        func.app.who_has_it(bindparam("handover", type_=Uuid), TODAY).table_valued("staff_id")
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
    in_charge = {one.id: one for one in await IN_CHARGE.all(uow, ids=list(missing), today=clock.today())}
    for household_id, (place, alerts) in missing.items():
        family = in_charge[household_id]
        first = min(alerts)
        await tell_safeguarding(
            uow,
            office_id=place.office_id,
            key=f"alert:{first}:{clock.now().isoformat()}" if again else f"alert:{first}",
            path=page_of(household_id, alerts),
            clock=clock,
            also=(family.monitor_id, family.caseworker_id, family.stand_in_id),
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
        also=(household.monitor_id, household.caseworker_id),
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
    theirs = await HANDED_TO.all(uow, handover=handover_id, today=clock.today())
    await tell_safeguarding(
        uow,
        office_id=office_id,
        key=f"handover:{handover_id}",
        path=page_of(household_id, missing),
        clock=clock,
        also=(one.staff_id for one in theirs),
    )


def page_of(household_id: UUID, alerts: Sequence[UUID]) -> str:
    return f"/alerts/{alerts[0]}" if len(alerts) == 1 else f"/households/{household_id}"
