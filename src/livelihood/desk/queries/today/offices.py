"""Offices in numbers, for managers."""

from collections.abc import Mapping
from datetime import date

import msgspec
from sqlalchemy import any_, func, select

from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.desk.queries.today.asked import OFFICES
from livelihood.desk.queries.today.visits import LATE
from livelihood.followups.models import Alert, FollowUp
from livelihood.followups.queries.states import ONE_CHECK, TO_DO
from livelihood.grants.models import Grant
from livelihood.grants.rules.status import Status
from livelihood.households.models import Household


class OfficeCount(msgspec.Struct):
    office_id: int
    number: int


class OfficeWork(msgspec.Struct):
    office_id: int
    waiting: int
    overdue: int


HOUSEHOLDS_BY_OFFICE = Read(
    select(Household.office_id, func.count().label("number"))
    .where(Household.office_id == any_(OFFICES), Household.status == "active")
    .group_by(Household.office_id),
    OfficeCount,
)
CHECKS_BY_OFFICE = Read(
    select(
        FollowUp.office_id,
        func.count(ONE_CHECK.distinct()).label("waiting"),
        func.count(ONE_CHECK.distinct()).filter(LATE).label("overdue"),
    )
    .where(TO_DO, FollowUp.office_id == any_(OFFICES))
    .group_by(FollowUp.office_id),
    OfficeWork,
)
ALERTS_BY_OFFICE = Read(
    select(Alert.office_id, func.count().label("number"))
    .where(Alert.closed_on.is_(None), Alert.office_id == any_(OFFICES))
    .group_by(Alert.office_id),
    OfficeCount,
)
APPLICATIONS_BY_OFFICE = Read(
    select(Grant.office_id, func.count().label("number"))
    .where(Grant.status == Status.SUBMITTED.value, Grant.office_id == any_(OFFICES))
    .group_by(Grant.office_id),
    OfficeCount,
)


class Office(msgspec.Struct):
    """One office's row on the manager's page."""

    id: int
    name_en: str
    name_km: str
    households: int
    waiting: int
    overdue: int
    silent: int
    alerts: int
    applications: int

    @property
    def quiet(self) -> bool:
        """Whether nothing waits there."""
        return not (self.waiting or self.silent or self.alerts or self.applications)


async def offices(reading: Reading, today: date, silent: Mapping[int, int]) -> list[Office]:
    """Every office that the person reaches, in numbers; with the children who were not confirmed when due, as given."""
    ids = [office.id for office in reading.actor.offices]
    alerted = sorted(reading.actor.offices_for(Permission.ALERTS_READ))
    households = {row.office_id: row.number for row in await HOUSEHOLDS_BY_OFFICE.all(reading, offices=ids)}
    checks = {row.office_id: row for row in await CHECKS_BY_OFFICE.all(reading, offices=ids, today=today)}
    alerts = {row.office_id: row.number for row in await ALERTS_BY_OFFICE.all(reading, offices=alerted)}
    waiting = {row.office_id: row.number for row in await APPLICATIONS_BY_OFFICE.all(reading, offices=ids)}
    return [
        Office(
            id=office.id,
            name_en=office.name_en,
            name_km=office.name_km,
            households=households.get(office.id, 0),
            waiting=checks[office.id].waiting if office.id in checks else 0,
            overdue=checks[office.id].overdue if office.id in checks else 0,
            silent=silent.get(office.id, 0),
            alerts=alerts.get(office.id, 0),
            applications=waiting.get(office.id, 0),
        )
        for office in reading.actor.offices
    ]
