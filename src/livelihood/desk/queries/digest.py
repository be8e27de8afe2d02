"""What waits for one person, as numbers: the same as on their page of today, for a worker that reads past policies.

Every query names the person's offices, because no policy does so for it.
"""

from datetime import date

from sqlalchemy import any_, func, select

from livelihood.accounts.actor import Actor
from livelihood.accounts.permissions import Permission, Role
from livelihood.db import reader
from livelihood.db.reader import Reading
from livelihood.desk.queries.today import DECIDABLE, OFFICES, PAYABLE, missing_children, open_alerts
from livelihood.followups.models import SupportPlan
from livelihood.followups.queries.board import silence, silent_in_hands, silent_in_no_hands
from livelihood.followups.queries.care import PLANS_OF_SOMEBODY, plans_of
from livelihood.followups.queries.narrowed import Narrowed, worked_by
from livelihood.followups.queries.states import TODAY
from livelihood.followups.queries.summary import summary
from livelihood.grants.models import Grant
from livelihood.notices.rules import Count

PLANS = reader.Count(
    select(func.count(SupportPlan.id).label("number")).where(PLANS_OF_SOMEBODY, SupportPlan.due_on <= TODAY)
)
TO_DECIDE = reader.Count(
    select(func.count(Grant.id).label("number")).where(DECIDABLE, Grant.office_id == any_(OFFICES))
)
TO_PAY = reader.Count(
    select(func.count(Grant.id).label("number")).where(PAYABLE, Grant.office_id == any_(OFFICES))
)


async def waiting(reading: Reading, actor: Actor, today: date) -> dict[Count, int]:
    """What is above nought for this person, whoever reads."""
    found: dict[Count, int] = {}
    mine = await worked_by(reading, actor, today) if actor.has(Role.MONITOR) else Narrowed()
    if any(actor.has(role) for role in (Role.MONITOR, Role.SUPERVISOR, Role.CASEWORKER)):
        checks = await summary(reading, actor, mine, today=today)
        found |= {Count.DUE: checks.checks - checks.overdue, Count.OVERDUE: checks.overdue}
    if offices := actor.offices_for(Permission.VISITS_READ):
        found[Count.UNCONFIRMED] = (
            await silent_of(reading, offices, mine, today)
            if mine.monitors
            else sum(one.children for one in (await silence(reading, offices)).values())
        )
    if actor.may(Permission.ALERTS_ACKNOWLEDGE):
        found[Count.ALERTS] = await open_alerts(reading, actor)
        found[Count.SUPPORT_PLANS] = await PLANS.number(reading, **plans_of(actor), today=today)
    elif actor.may(Permission.ALERTS_READ):
        found[Count.SAFEGUARDING] = await missing_children(reading, actor)
    if offices := list(actor.offices_for(Permission.GRANTS_DECIDE)):
        found[Count.TO_DECIDE] = await TO_DECIDE.number(reading, offices=offices, person=actor.id)
    if offices := list(actor.offices_for(Permission.GRANTS_PAY)):
        found[Count.TO_PAY] = await TO_PAY.number(reading, offices=offices, person=actor.id)
    return {count: number for count, number in found.items() if number}


async def silent_of(reading: Reading, offices: frozenset[int], mine: Narrowed, today: date) -> int:
    monitors = list(mine.monitors or ())
    found = sum((await silent_in_hands(reading, offices, monitors)).values())
    if nobodys := offices & set(mine.nobodys):
        found += await silent_in_no_hands(reading, nobodys, monitors, today)
    return found
