from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.accounts.permissions import Role
from livelihood.binding import MONEY, Input
from livelihood.followups.schemas import AlertOut
from livelihood.grants.rules.approvals import Decision
from livelihood.grants.rules.money import LARGEST_MINOR, Currency
from livelihood.grants.rules.payment import Acknowledgement, Method
from livelihood.grants.rules.status import Status
from livelihood.written import written

Amount = Annotated[int, msgspec.Meta(gt=0, le=LARGEST_MINOR, extra=MONEY)]
AmountOrZero = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_MINOR, extra=MONEY)]
Line = Annotated[str, written(200)]
Note = Annotated[str, msgspec.Meta(max_length=2000)]


class FundIn(Input):
    """`budget_minor` is what the donor gave; `office_ids` are the offices that may use it."""

    name: Line
    donor: Line
    currency: Currency
    budget_minor: Amount
    starts_on: date
    ends_on: date
    office_ids: Annotated[list[int], msgspec.Meta(min_length=1, max_length=50)]
    id: UUID | None = None


class FundOut(msgspec.Struct):
    """Where the money is: `available_minor` for new grants, `reserved_minor` for approved ones, `spent_minor` paid."""

    id: UUID
    name: str
    donor: str
    currency: Currency
    starts_on: date
    ends_on: date
    available_minor: int
    reserved_minor: int
    spent_minor: int
    office_ids: list[int]

    @property
    def budget_minor(self) -> int:
        return self.available_minor + self.reserved_minor + self.spent_minor


class ItemIn(Input):
    description: Line
    amount_minor: Amount


class TrancheIn(Input):
    amount_minor: Amount


class PlanIn(Input):
    """What is asked for: lines, and tranches that add up to the same; without tranches they follow from policy.

    `currency` is the fund's. `amount_minor` may be left out; where it is given, the lines must add up to it.
    """

    fund_id: UUID
    currency: Currency
    business: Line
    items: Annotated[list[ItemIn], msgspec.Meta(min_length=1, max_length=30)]
    monthly_income_minor: AmountOrZero
    amount_minor: Amount | None = None
    tranches: Annotated[list[TrancheIn], msgspec.Meta(max_length=6)] = msgspec.field(
        default_factory=list[TrancheIn]
    )


class ApplicationIn(PlanIn, kw_only=True):
    household_id: UUID
    id: UUID | None = None


class ApplicationChange(PlanIn, kw_only=True):
    """`version` is the one that was read; if the application has changed since, nothing is written."""

    version: int


class SubmissionIn(Input):
    """`version` is the one that was read: nobody hands in what a colleague has rewritten meanwhile."""

    version: int


class DecisionIn(Input):
    """`round` is the submission that was read; the decision is refused if there has been another since."""

    decision: Decision
    note: Note = ""
    round: int | None = None
    id: UUID | None = None


class DisbursementIn(Input):
    """A payment that was made, as on the paper receipt. `witness` is needed for a thumbprint."""

    amount_minor: Amount
    currency: Currency
    method: Method
    recipient_member_id: UUID
    acknowledgement: Acknowledgement
    receipt_number: Annotated[str, written(50)]
    paid_on: date
    witness: Annotated[str, msgspec.Meta(max_length=200)] = ""
    id: UUID | None = None


class GrantRow(msgspec.Struct):
    """A grant in a list, with the head of its household."""

    id: UUID
    household_id: UUID
    household_code: str
    office_id: int
    business: str
    currency: Currency
    amount_minor: int
    status: Status
    created_at: datetime
    submitted_at: datetime | None
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None


class ItemOut(msgspec.Struct):
    number: int
    description: str
    amount_minor: int


class TrancheOut(msgspec.Struct):
    """`paid_on` and what follows are empty until the tranche is paid."""

    number: int
    amount_minor: int
    paid_on: date | None
    paid_by: str | None
    method: Method | None
    receipt_number: str | None
    recipient_member_id: UUID | None
    disbursement_id: UUID | None


class MemberName(msgspec.Struct, frozen=True):
    id: UUID
    family_name_km: str | None
    given_name_km: str | None
    family_name_latin: str | None
    given_name_latin: str | None
    relationship: str


class Planned(msgspec.Struct, frozen=True):
    """How many children have follow-ups from this grant, and the first day one is due."""

    children: int
    first_on: date | None


class StaffName(msgspec.Struct, frozen=True):
    id: UUID
    name: str


class StepOut(msgspec.Struct):
    """An approval that is needed; `completed_by` is whoever gave it, `can_complete` is who could."""

    number: int
    roles: list[Role]
    completed_by: StaffName | None
    can_complete: list[StaffName]


class DecisionOut(msgspec.Struct):
    round: int
    decision: Decision
    decided_by: UUID
    decided_by_name: str
    roles: list[Role]
    note: str
    decided_at: datetime


class GrantHead(msgspec.Struct):
    """The grant's own row, with the names that it refers to."""

    id: UUID
    household_id: UUID
    household_code: str
    office_id: int
    fund_id: UUID
    fund_name: str
    business: str
    currency: Currency
    amount_minor: int
    monthly_income_minor: int
    status: Status
    round: int
    prepared_by: UUID
    prepared_by_name: str
    created_at: datetime
    submitted_at: datetime | None
    submitted_by_name: str | None
    approved_at: datetime | None
    approved_on: date | None
    version: int


class GrantOut(GrantHead, kw_only=True):
    """Everything about a grant. `paid_minor` is the sum of its tranches paid.

    `open_alerts` are of children of the household, for those who may read alerts; they never hold a payment.
    """

    items: list[ItemOut]
    tranches: list[TrancheOut]
    steps: list[StepOut]
    decisions: list[DecisionOut]
    paid_minor: int
    open_alerts: list[AlertOut]
