"""Who was ever said to be lost to follow-up, and how that ended."""

from uuid import UUID

import msgspec
from sqlalchemy import Date, Uuid, bindparam, cast, null, select
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import Loss
from livelihood.followups.queries.confirmed import confirmed
from livelihood.followups.rules.confirmation import found_since
from livelihood.followups.schemas_care import LossOut

TakenBackBy = aliased(Staff)

SAID = (
    select(
        Loss.id,
        Loss.household_id,
        Loss.office_id,
        Loss.member_id,
        Loss.reason,
        Loss.decided_on,
        Staff.name.label("decided_by"),
        cast(null(), Date).label("ended_on"),
        Loss.recorded_at,
        TakenBackBy.name.label("taken_back_by"),
        Loss.taken_back_at,
        Loss.taken_back_because,
    )
    .join(Staff, Staff.id == Loss.decided_by)
    .outerjoin(TakenBackBy, TakenBackBy.id == Loss.taken_back_by)
    .order_by(Loss.decided_on, Loss.recorded_at, Loss.id)
)
OF_HOUSEHOLD = Read(SAID.where(Loss.household_id == bindparam("household_id", type_=Uuid)), LossOut)
ONE = Read(SAID.where(Loss.id == bindparam("id", type_=Uuid)), LossOut)


async def of_household(reading: Reading, household_id: UUID) -> list[LossOut]:
    """All that were ever said of this family's children, with the day on which each ended by being found; for those who
    read its visits.
    """
    said = await OF_HOUSEHOLD.all(reading, household_id=household_id)
    said = [one for one in said if reading.actor.may(Permission.VISITS_READ, one.office_id)]
    if not said:
        return []
    found = await confirmed(reading, household_id)
    return [
        msgspec.structs.replace(one, ended_on=found_since(found.get(one.member_id, ()), one.decided_on))
        if one.taken_back_at is None
        else one
        for one in said
    ]


async def one(reading: Reading, loss_id: UUID) -> LossOut:
    """Raises `NotFound`."""
    found = await ONE.first(reading, id=loss_id)
    if found is None or not reading.actor.may(Permission.VISITS_READ, found.office_id):
        raise no_loss()
    return next(one for one in await of_household(reading, found.household_id) if one.id == loss_id)


async def standing(reading: Reading, household_id: UUID, member_id: UUID) -> LossOut | None:
    """The loss by which this child counts as lost."""
    return next(
        (
            one
            for one in await of_household(reading, household_id)
            if one.member_id == member_id and one.taken_back_at is None and one.ended_on is None
        ),
        None,
    )


def no_loss() -> NotFound:
    return NotFound(say("No such child was said to be lost here. Look on the board of silence."))
