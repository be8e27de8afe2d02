"""Giving households into other hands."""

from typing import Annotated
from uuid import UUID

import msgspec
from sqlalchemy import or_, select

from livelihood.accounts.models import Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.binding import Input
from livelihood.db.work import UnitOfWork
from livelihood.errors import invalid, say
from livelihood.households.models import Household
from livelihood.households.queries import no_household


class AssignmentIn(Input, kw_only=True):
    """These households get this monitor."""

    household_ids: Annotated[tuple[UUID, ...], msgspec.Meta(min_length=1, max_length=500)]
    monitor_id: UUID


async def assign(uow: UnitOfWork, data: AssignmentIn) -> int:
    """Give households to another monitor, all or none; says how many changed hands."""
    ids = sorted(set(data.household_ids))
    households = list(
        await uow.session.scalars(
            select(Household).where(Household.id.in_(ids)).order_by(Household.id).with_for_update()
        )
    )
    if len(households) != len(ids):
        raise no_household()
    for household in households:
        uow.actor.require(Permission.HOUSEHOLDS_ASSIGN, household.office_id)
    held = await uow.session.execute(
        select(StaffRole.office_id)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(
            Staff.id == data.monitor_id,
            Staff.kind == StaffKind.PERSON,
            Staff.active,
            StaffRole.role == Role.MONITOR.value,
            or_(
                StaffRole.office_id.is_(None),
                StaffRole.office_id.in_({one.office_id for one in households}),
            ),
        )
    )
    offices = {row.office_id for row in held}
    if None not in offices and not {one.office_id for one in households} <= offices:
        raise invalid(
            "monitor_id",
            say("This person is no monitor of the households' office. Choose one of that office."),
        )
    changed = [one for one in households if one.monitor_id != data.monitor_id]
    for household in changed:
        household.monitor_id = data.monitor_id
        household.version += 1
    await uow.session.flush()
    return len(changed)
