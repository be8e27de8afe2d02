"""What of the family stands on its grant: who could be paid, and the follow-ups planned."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, SmallInteger, Uuid, any_, bindparam, column, func, select, table

from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Anchor, FollowUp
from livelihood.followups.rules.facts import AnchorKind
from livelihood.grants.schemas import MemberName, Planned
from livelihood.households.models import Member

# A view: what roles without money may know. See the migration.
GRANT_MARKS = table("grant_marks", column("household_id", Uuid), column("office_id", SmallInteger))

ID = bindparam("id", type_=Uuid)

# Those who live in the household now, eldest first.
MEMBERS = Read(
    select(
        Member.id,
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        Member.relationship,
    )
    .where(Member.household_id == ID, Member.left_on.is_(None))
    .order_by(Member.born_on),
    MemberName,
)


PLANNED = Read(
    select(
        func.count(FollowUp.member_id.distinct()).label("children"),
        func.min(FollowUp.due_on).filter(FollowUp.reminds, FollowUp.settled_on.is_(None)).label("first_on"),
    )
    .join(Anchor, Anchor.id == FollowUp.anchor_id)
    .where(Anchor.kind == AnchorKind.GRANT, Anchor.source_id == ID),
    Planned,
)


class Marked(msgspec.Struct):
    household_id: UUID


MARKS = Read(
    select(GRANT_MARKS.c.household_id).where(
        GRANT_MARKS.c.household_id == any_(bindparam("ids", type_=ARRAY(Uuid)))
    ),
    Marked,
)


async def planned(reading: Reading, grant_id: UUID) -> Planned:
    """The follow-ups that count from the grant's payment; of nobody while the workers have not planned them yet."""
    found = await PLANNED.first(reading, id=grant_id)
    assert found is not None, "an aggregate always gives a row"
    return found


async def with_a_grant(reading: Reading, household_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these families have an approved or paid grant: what roles that see no money may know of it."""
    return {row.household_id for row in await MARKS.all(reading, ids=list(household_ids))}
