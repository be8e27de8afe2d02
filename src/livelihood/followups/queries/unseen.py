"""Children whose check a visit has answered though nobody saw them: their silence goes on."""

from uuid import UUID

import msgspec
from sqlalchemy import Date, Uuid, bindparam, or_, select

from livelihood.db.reader import Read, Reading
from livelihood.followups.models import FollowedChild, FollowUp
from livelihood.followups.rules.protocols import OF_A_CHILD
from livelihood.followups.schemas import VisitOut
from livelihood.observations.models import Observation


class Unseen(msgspec.Struct, frozen=True):
    member_id: UUID


VISIT = bindparam("id", type_=Uuid)
HOUSEHOLD = bindparam("household_id", type_=Uuid)
UNSEEN = Read(
    select(FollowUp.member_id)
    .distinct()
    .join(FollowedChild, FollowedChild.member_id == FollowUp.member_id)
    .where(
        FollowUp.household_id == HOUSEHOLD,
        FollowedChild.household_id == HOUSEHOLD,
        FollowUp.settled_by.in_(
            select(Observation.id).where(Observation.visit_id == VISIT).union_all(select(VISIT))
        ),
        or_(*(FollowUp.planned_purpose == purpose.value for purpose in sorted(OF_A_CHILD))),
        or_(
            FollowedChild.confirmed_on.is_(None),
            FollowedChild.confirmed_on < bindparam("happened_on", type_=Date),
        ),
    )
    .order_by(FollowUp.member_id),
    Unseen,
)


async def unseen(reading: Reading, visit: VisitOut) -> list[UUID]:
    """On the day of the visit or since."""
    found = await UNSEEN.all(
        reading, id=visit.id, household_id=visit.household_id, happened_on=visit.happened_on
    )
    return [one.member_id for one in found]
