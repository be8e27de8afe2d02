"""Checks of a family that were marked as missed."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, select
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import ClosedCheck, Protocol
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.schemas_closed import ClosedCheckOut

Reopener = aliased(Staff)

CLOSED = (
    select(
        ClosedCheck.id,
        ClosedCheck.household_id,
        ClosedCheck.office_id,
        ClosedCheck.follow_up_id,
        ClosedCheck.member_id,
        ClosedCheck.protocol,
        ClosedCheck.slot,
        ClosedCheck.purpose,
        ClosedCheck.reason,
        ClosedCheck.closed_on,
        Staff.name.label("closed_by"),
        ClosedCheck.recorded_at,
        Reopener.name.label("reopened_by"),
        ClosedCheck.reopened_at,
        func.coalesce(Protocol.name_en, "").label("protocol_en"),
        func.coalesce(Protocol.name_km, "").label("protocol_km"),
    )
    .join(Staff, Staff.id == ClosedCheck.closed_by)
    .outerjoin(Reopener, Reopener.id == ClosedCheck.reopened_by)
    .outerjoin(Protocol, (Protocol.key == ClosedCheck.protocol) & (Protocol.version == 1))
)
OF_HOUSEHOLD = Read(
    CLOSED.where(ClosedCheck.household_id == bindparam("household_id", type_=Uuid)).order_by(
        ClosedCheck.recorded_at, ClosedCheck.id
    ),
    ClosedCheckOut,
)
ONE = Read(CLOSED.where(ClosedCheck.id == bindparam("id", type_=Uuid)), ClosedCheckOut)


async def of_household(reading: Reading, household_id: UUID) -> list[ClosedCheckOut]:
    """In the order in which they were said; as far as the actor may read the checks."""
    found = await OF_HOUSEHOLD.all(reading, household_id=household_id)
    return [one for one in found if _may_read(reading.actor, one)]


async def one(reading: Reading, closed_id: UUID) -> ClosedCheckOut:
    """Raises `NotFound`, as where the actor may not read the check."""
    found = await ONE.first(reading, id=closed_id)
    if found is None or not _may_read(reading.actor, found):
        raise no_closed_check()
    return found


def _may_read(actor: Actor, found: ClosedCheckOut) -> bool:
    """As of the check itself: who reads no visits reads what becomes of trainees."""
    return actor.may(Permission.FOLLOW_UPS_READ, found.office_id) and (
        found.purpose == Purpose.PLACEMENT or actor.may(Permission.VISITS_READ, found.office_id)
    )


def no_closed_check() -> NotFound:
    return NotFound(say("No such check was marked as missed here. Look at the family's page."))
