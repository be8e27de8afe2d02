"""The missing children, and the children to bring back."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import any_, exists, func, select

from livelihood.accounts.actor import Actor
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Count, Read, Reading
from livelihood.desk.queries.today.asked import OFFICES, SHOWN
from livelihood.followups.models import Acknowledgement, Alert
from livelihood.followups.queries.alerts import URGENCY
from livelihood.followups.queries.missing import IS_MISSING
from livelihood.households.models import Household, Member


class OpenAlert(msgspec.Struct):
    """An alert that no fact has closed yet, with the child it is about; `answered` once one of those who answer alerts took note."""

    id: UUID
    household_id: UUID
    household_code: str
    kind: str
    opened_on: date
    answered: bool
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    all_of_them: int


NUMBER = (
    select(func.count().label("number"))
    .select_from(Alert)
    .where(Alert.closed_on.is_(None), Alert.office_id == any_(OFFICES))
)
# The whole list of open alerts, of whatever kind: what a link to that list names.
OPEN_ALERTS = Count(NUMBER)
OPEN_MISSING = Count(NUMBER.where(IS_MISSING))
# That somebody else has read it, as a manager, is no answer.
ANSWERED = exists().where(Acknowledgement.alert_id == Alert.id, Acknowledgement.answers)
OPEN = (
    select(
        Alert.id,
        Alert.household_id,
        Household.code.label("household_code"),
        Alert.kind,
        Alert.opened_on,
        ANSWERED.label("answered"),
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        func.count().over().label("all_of_them"),
    )
    .join(Household, Household.id == Alert.household_id)
    .join(Member, Member.id == Alert.member_id)
    .where(Alert.closed_on.is_(None), Alert.office_id == any_(OFFICES))
    .limit(SHOWN)
)
# In the order of the board and of the list of alerts.
MISSING = Read(OPEN.where(IS_MISSING).order_by(Alert.opened_at.desc(), Alert.id.desc()), OpenAlert)
ALERTS = Read(
    OPEN.where(~IS_MISSING).order_by(URGENCY.desc(), ANSWERED, Alert.opened_on, Alert.id),
    OpenAlert,
)


async def open_alerts(reading: Reading, actor: Actor) -> int:
    """How many stand in this person's list of alerts, whoever reads."""
    return await OPEN_ALERTS.number(reading, offices=sorted(actor.offices_for(Permission.ALERTS_READ)))


async def missing_children(reading: Reading, actor: Actor) -> int:
    """How many stand on this person's page of today, whoever reads."""
    return await OPEN_MISSING.number(reading, offices=sorted(actor.offices_for(Permission.ALERTS_READ)))
