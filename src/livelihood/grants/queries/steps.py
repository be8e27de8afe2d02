"""The approvals that a grant needs, who gave them, and who still can."""

from collections.abc import Sequence
from datetime import date

import msgspec
from sqlalchemy import Uuid, bindparam, select

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Role
from livelihood.db.reader import Read, Reading
from livelihood.grants.models import GrantPreparer, GrantRequirement
from livelihood.grants.queries.policy import STAFF_OF_OFFICE, bands
from livelihood.grants.rules.approvals import Approver, Decision, completed, steps_for
from livelihood.grants.rules.status import EDITABLE
from livelihood.grants.schemas import DecisionOut, GrantHead, StaffName, StepOut

ID = bindparam("id", type_=Uuid)


class RequirementRow(msgspec.Struct):
    round: int
    roles: list[str]


REQUIREMENTS = Read(
    select(GrantRequirement.round, GrantRequirement.roles)
    .where(GrantRequirement.grant_id == ID)
    .order_by(GrantRequirement.round, GrantRequirement.step),
    RequirementRow,
)

PREPARERS = Read(
    select(GrantPreparer.staff_id.label("id"), Staff.name)
    .join(Staff, Staff.id == GrantPreparer.staff_id)
    .where(GrantPreparer.grant_id == ID),
    StaffName,
)


async def steps(reading: Reading, head: GrantHead, decisions: Sequence[DecisionOut]) -> list[StepOut]:
    """The approvals that the latest submission needs; none while the preparer has it in hand."""
    if head.status in EDITABLE:
        return []
    wanted = [
        frozenset(Role(role) for role in row.roles)
        for row in await REQUIREMENTS.all(reading, id=head.id)
        if row.round == head.round
    ]
    return await who_completes(reading, head, wanted, [row for row in decisions if row.round == head.round])


async def steps_to_come(reading: Reading, head: GrantHead, today: date) -> list[StepOut]:
    """The approvals that the application would need if it were submitted today."""
    wanted = steps_for(await bands(reading), head.amount_minor, head.currency, today)
    return await who_completes(reading, head, wanted, [])


async def who_completes(
    reading: Reading, head: GrantHead, wanted: Sequence[frozenset[Role]], decisions: Sequence[DecisionOut]
) -> list[StepOut]:
    given = [row for row in decisions if row.decision == Decision.APPROVE]
    done = completed(wanted, [Approver(row.decided_by, frozenset(map(Role, row.roles))) for row in given])
    names = {row.decided_by: StaffName(row.decided_by, row.decided_by_name) for row in given}
    out = {person.id for person in await PREPARERS.all(reading, id=head.id)} | {
        row.decided_by for row in decisions
    }
    roles = sorted({role.value for step in wanted for role in step})
    staff = await STAFF_OF_OFFICE.all(reading, office_id=head.office_id, roles=roles) if roles else []
    return [
        StepOut(
            number=place + 1,
            roles=sorted(step),
            completed_by=names[done[place]] if place in done else None,
            can_complete=[
                StaffName(person.id, person.name)
                for person in staff
                if place not in done and person.id not in out and step & set(map(Role, person.roles))
            ],
        )
        for place, step in enumerate(wanted)
    ]
