"""What silence and findings led to in one household."""

from uuid import UUID

from sqlalchemy import Uuid, bindparam, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.followups import models
from livelihood.followups.rules.consequences import Consequence, ConsequenceKind

OF_HOUSEHOLD = Read(
    select(*(getattr(models.Consequence, name) for name in Consequence.__struct_fields__))
    .where(models.Consequence.household_id == bindparam("household_id", type_=Uuid))
    .order_by(models.Consequence.happened_on, models.Consequence.id),
    Consequence,
)


async def of_household(reading: Reading, household_id: UUID) -> list[Consequence]:
    """For those who may read its visits; that a risk is to be reviewed is for those who may know of the risk."""
    knows_risk = reading.actor.may(Permission.RISK_READ)
    found = await OF_HOUSEHOLD.all(reading, household_id=household_id)
    return [one for one in found if knows_risk or one.kind is not ConsequenceKind.RISK_REVIEW]
