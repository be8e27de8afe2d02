"""Grants on somebody's table: to decide, to finish, to pay."""

from datetime import date
from uuid import UUID

import msgspec
from sqlalchemy import and_, any_, exists, func, or_, select
from sqlalchemy.orm import aliased

from livelihood.accounts.permissions import Permission
from livelihood.accounts.queries import works_there
from livelihood.db.reader import Read
from livelihood.desk.queries.today.asked import OFFICES, PERSON, SHOWN
from livelihood.grants.models import Grant, GrantDecision, GrantPreparer, Tranche
from livelihood.grants.rules.status import Status
from livelihood.households.models import Household, Member
from livelihood.households.rules import Relationship

Head = aliased(Member)

HEADED = and_(
    Head.household_id == Household.id, Head.relationship == Relationship.HEAD.value, Head.left_on.is_(None)
)
HEAD_NAMES = (Head.family_name_km, Head.given_name_km, Head.family_name_latin, Head.given_name_latin)


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


class Unfinished(Application):
    """`returned`: how many of them all were submitted before, and returned."""

    returned: int


RETURNED = Grant.status == Status.RETURNED.value
EDITABLE = or_(Grant.status == Status.DRAFT.value, RETURNED)
UNFINISHED = (*APPLICATION, func.count().filter(RETURNED).over().label("returned"))
WROTE = GrantPreparer.grant_id == Grant.id
# Nobody who wrote it prepares applications there any more.
LEFT = ~exists(GrantPreparer.grant_id).where(
    WROTE, works_there(GrantPreparer.staff_id, Grant.office_id, Permission.GRANTS_PREPARE)
)

# Whoever went on with what another began and left has it in hand since.
IN_HAND = Read(
    select(*UNFINISHED)
    .join(Household, Household.id == Grant.household_id)
    .outerjoin(Head, HEADED)
    .where(
        EDITABLE,
        Grant.office_id == any_(OFFICES),
        or_(
            Grant.prepared_by == PERSON,
            and_(
                ~works_there(Grant.prepared_by, Grant.office_id, Permission.GRANTS_PREPARE),
                exists(GrantPreparer.grant_id).where(WROTE, GrantPreparer.staff_id == PERSON),
            ),
        ),
    )
    .order_by(Grant.created_at, Grant.id)
    .limit(SHOWN),
    Unfinished,
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
