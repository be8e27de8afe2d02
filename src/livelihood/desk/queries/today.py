"""What waits for whom today: numbers, and the first rows of the lists behind them."""

from collections.abc import Collection
from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import ARRAY, SmallInteger, Uuid, and_, any_, bindparam, exists, func, or_, select
from sqlalchemy.orm import aliased

from livelihood.accounts.permissions import Permission
from livelihood.courses.models import Course, Enrolment, Trade
from livelihood.courses.rules import EnrolmentState
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import Acknowledgement, Alert, FollowUp
from livelihood.followups.queries.alerts import URGENCY
from livelihood.followups.queries.states import IN_STATE, TO_DO, TODAY
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import State
from livelihood.grants.models import Grant, GrantDecision, GrantPreparer, Tranche
from livelihood.grants.rules.status import Status
from livelihood.households.models import Household, Member, Place
from livelihood.households.rules import Relationship

# How many rows of a list are shown on today; the list behind has them all.
SHOWN = 5

Head = aliased(Member)

OFFICES = bindparam("offices", type_=ARRAY(SmallInteger))
PERSON = bindparam("person", type_=Uuid)

LATE = FollowUp.closes_on < TODAY
HEADED = and_(
    Head.household_id == Household.id, Head.relationship == Relationship.HEAD.value, Head.left_on.is_(None)
)
HEAD_NAMES = (Head.family_name_km, Head.given_name_km, Head.family_name_latin, Head.given_name_latin)


# Without monitors: everybody's.
MONITORS = bindparam("monitors", None, ARRAY(Uuid))
OF_MONITOR = or_(MONITORS.is_(None), Household.monitor_id == any_(MONITORS))


class Unknown(msgspec.Struct):
    """Children of whom a check was due and is not answered."""

    children: int


UNKNOWN = Read(
    select(func.count(FollowUp.member_id.distinct()).label("children"))
    .join(Household, Household.id == FollowUp.household_id)
    .where(
        IN_STATE[State.OVERDUE],
        FollowUp.reminds,
        FollowUp.purpose != Purpose.PLACEMENT.value,
        FollowUp.office_id == any_(OFFICES),
        OF_MONITOR,
    ),
    Unknown,
)


# Slots that fall together are one check, as in the list behind.
ONE_CHECK = func.row(FollowUp.household_id, FollowUp.member_id, FollowUp.planned_purpose)


class Village(msgspec.Struct):
    """A village with work in it; `closes_on` is the first day on which one of its checks closes."""

    code: str
    name_km: str
    name_latin: str
    households: int
    checks: int
    overdue: int
    closes_on: date


VILLAGES = Read(
    select(
        Place.code,
        Place.name_km,
        Place.name_latin,
        func.count(FollowUp.household_id.distinct()).label("households"),
        func.count(ONE_CHECK.distinct()).label("checks"),
        func.count(ONE_CHECK.distinct()).filter(LATE).label("overdue"),
        func.min(FollowUp.closes_on).label("closes_on"),
    )
    .join(Household, Household.id == FollowUp.household_id)
    .join(Place, Place.code == Household.village_code)
    .where(TO_DO, FollowUp.office_id == any_(OFFICES), OF_MONITOR)
    .group_by(Place.code)
    .order_by(func.count().filter(LATE).desc(), func.min(FollowUp.closes_on), Place.code)
    .limit(SHOWN),
    Village,
)


class OpenAlert(msgspec.Struct):
    """An alert that no fact has closed yet, with the child it is about; `answered` once somebody took note."""

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


ALERTS = Read(
    select(
        Alert.id,
        Alert.household_id,
        Household.code.label("household_code"),
        Alert.kind,
        Alert.opened_on,
        exists().where(Acknowledgement.alert_id == Alert.id).label("answered"),
        Member.family_name_km,
        Member.given_name_km,
        Member.family_name_latin,
        Member.given_name_latin,
        func.count().over().label("all_of_them"),
    )
    .join(Household, Household.id == Alert.household_id)
    .join(Member, Member.id == Alert.member_id)
    .where(Alert.closed_on.is_(None), Alert.office_id == any_(OFFICES))
    .order_by(URGENCY.desc(), exists().where(Acknowledgement.alert_id == Alert.id), Alert.opened_on, Alert.id)
    .limit(SHOWN),
    OpenAlert,
)


class Application(msgspec.Struct):
    """A grant on somebody's table, with the head of the family it is for."""

    id: UUID
    household_code: str
    business: str
    currency: str
    amount_minor: int
    since: date | None
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    all_of_them: int


APPLICATION = (
    Grant.id,
    Household.code.label("household_code"),
    Grant.business,
    Grant.currency,
    Grant.amount_minor,
    func.date(func.timezone("Asia/Phnom_Penh", func.coalesce(Grant.submitted_at, Grant.created_at))).label(
        "since"
    ),
    *HEAD_NAMES,
    func.count().over().label("all_of_them"),
)

# Whoever wrote or submitted an application, or has decided on it already, cannot decide on it. By columns, not by whole
# rows: the worker that counts for the digest may read no more.
DECIDABLE = and_(
    Grant.status == Status.SUBMITTED.value,
    ~exists(GrantPreparer.grant_id).where(
        GrantPreparer.grant_id == Grant.id, GrantPreparer.staff_id == PERSON
    ),
    ~exists(GrantDecision.grant_id).where(
        GrantDecision.grant_id == Grant.id,
        GrantDecision.round == Grant.round,
        GrantDecision.decided_by == PERSON,
    ),
)
# Whoever approved a grant does not pay it.
PAYABLE = and_(
    Grant.status == Status.APPROVED.value,
    ~exists(GrantDecision.grant_id).where(
        GrantDecision.grant_id == Grant.id, GrantDecision.decided_by == PERSON
    ),
)

TO_DECIDE = Read(
    select(*APPLICATION)
    .join(Household, Household.id == Grant.household_id)
    .outerjoin(Head, HEADED)
    .where(
        DECIDABLE,
        Grant.office_id == any_(OFFICES),
    )
    .order_by(Grant.submitted_at, Grant.id)
    .limit(SHOWN),
    Application,
)

IN_HAND = Read(
    select(*APPLICATION)
    .join(Household, Household.id == Grant.household_id)
    .outerjoin(Head, HEADED)
    .where(
        or_(Grant.status == Status.DRAFT.value, Grant.status == Status.RETURNED.value),
        Grant.prepared_by == PERSON,
    )
    .order_by(Grant.created_at, Grant.id)
    .limit(SHOWN),
    Application,
)


class Payment(msgspec.Struct):
    """A first tranche that has all its approvals and is not paid."""

    id: UUID
    household_code: str
    number: int
    currency: str
    amount_minor: int
    approved_on: date | None
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    all_of_them: int


TO_PAY = Read(
    select(
        Grant.id,
        Household.code.label("household_code"),
        Tranche.number,
        Grant.currency,
        Tranche.amount_minor,
        Grant.approved_on,
        *HEAD_NAMES,
        func.count().over().label("all_of_them"),
    )
    .join(Tranche, and_(Tranche.grant_id == Grant.id, Tranche.number == 1))
    .join(Household, Household.id == Grant.household_id)
    .outerjoin(Head, HEADED)
    .where(
        PAYABLE,
        Grant.office_id == any_(OFFICES),
    )
    .order_by(Grant.approved_at, Grant.id)
    .limit(SHOWN),
    Payment,
)


class Total(msgspec.Struct):
    currency: str
    amount_minor: int


TO_PAY_TOTALS = Read(
    select(Grant.currency, func.sum(Tranche.amount_minor).label("amount_minor"))
    .join(Tranche, and_(Tranche.grant_id == Grant.id, Tranche.number == 1))
    .where(
        PAYABLE,
        Grant.office_id == any_(OFFICES),
    )
    .group_by(Grant.currency)
    .order_by(Grant.currency),
    Total,
)


class RunningCourse(msgspec.Struct):
    """A course that is running, starts soon, or ended with trainees not completed."""

    id: UUID
    trade_en: str
    trade_km: str
    place: str
    starts_on: date
    ends_on: date
    seats: int
    enrolled: int
    waitlisted: int
    completed: int


STATES = {
    name: func.count().filter(Enrolment.state == state.value).label(name)
    for name, state in (
        ("enrolled", EnrolmentState.ENROLLED),
        ("waitlisted", EnrolmentState.WAITLISTED),
        ("completed", EnrolmentState.COMPLETED),
    )
}

COURSES = Read(
    select(
        Course.id,
        Trade.name_en.label("trade_en"),
        Trade.name_km.label("trade_km"),
        Course.place,
        Course.starts_on,
        Course.ends_on,
        Course.seats,
        *STATES.values(),
    )
    .join(Trade, Trade.key == Course.trade)
    .outerjoin(Enrolment, Enrolment.course_id == Course.id)
    .where(Course.trainer_id == PERSON)
    .group_by(Course.id, Trade.key)
    .having(
        or_(
            Course.ends_on >= TODAY, func.count().filter(Enrolment.state == EnrolmentState.ENROLLED.value) > 0
        )
    )
    .order_by(Course.ends_on, Course.id),
    RunningCourse,
)


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
    alerts: int
    applications: int


async def offices(reading: Reading, today: date) -> list[Office]:
    """Every office that the person reaches, in numbers; an office without work stands there with noughts."""
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
            alerts=alerts.get(office.id, 0),
            applications=waiting.get(office.id, 0),
        )
        for office in reading.actor.offices
    ]


async def unknown(
    reading: Reading, offices: Collection[int], today: date, monitors: list[UUID] | None = None
) -> int:
    found = await UNKNOWN.first(reading, offices=list(offices), today=today, monitors=monitors)
    return found.children if found else 0
