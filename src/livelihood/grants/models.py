from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from livelihood.accounts.models import Office, Staff
from livelihood.db.models import Base, HouseholdScoped, new_id, one_of
from livelihood.errors import say
from livelihood.grants.rules.approvals import Decision
from livelihood.grants.rules.funds import Entry
from livelihood.grants.rules.money import Currency
from livelihood.grants.rules.payment import Acknowledgement, Method
from livelihood.grants.rules.status import Status


class Fund(Base):
    """A donor's money. The three balances are kept by the database from `fund_entries`; nobody writes them."""

    __tablename__ = "funds"
    __table_args__ = (
        one_of("currency", Currency),
        CheckConstraint("ends_on >= starts_on", name="period"),
        CheckConstraint(
            "available_minor >= 0",
            name="available",
            info={"refusal": say("The fund has too little left. Nothing was recorded.")},
        ),
        CheckConstraint("reserved_minor >= 0", name="reserved"),
        CheckConstraint("spent_minor >= 0", name="spent"),
        UniqueConstraint("name", info={"refusal": say("There is a fund of this name. Choose another name.")}),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    donor: Mapped[str]
    currency: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    available_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    reserved_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    spent_minor: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    created_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FundOffice(Base):
    """An office that may use the fund. Written before the fund itself, whose row shows by its offices."""

    __tablename__ = "fund_offices"

    fund_id: Mapped[UUID] = mapped_column(
        ForeignKey(Fund.id, deferrable=True, initially="DEFERRED"), primary_key=True
    )
    office_id: Mapped[int] = mapped_column(SmallInteger, ForeignKey(Office.id), primary_key=True)


class FundEntry(Base):
    """One movement of a fund's money; append-only, and the truth behind its balances.

    `budget` puts money in, `reserve` sets it aside for an approved grant, `spend` pays it out of what is set
    aside. The amount is always positive. An entry stays with the office that booked it, wherever the family goes.
    """

    __tablename__ = "fund_entries"
    __table_args__ = (
        one_of("kind", Entry),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        CheckConstraint(
            "(kind = 'budget') = (grant_id IS NULL) AND (kind = 'spend') = (tranche_number IS NOT NULL)"
            " AND (grant_id IS NULL) = (office_id IS NULL)",
            name="subject",
        ),
        # Only the grant's own fund is booked for it.
        ForeignKeyConstraint(["grant_id", "fund_id"], ["grants.id", "grants.fund_id"]),
        Index("uq_fund_entries_reserve", "grant_id", unique=True, postgresql_where=text("kind = 'reserve'")),
        Index(
            "uq_fund_entries_spend",
            "grant_id",
            "tranche_number",
            unique=True,
            postgresql_where=text("kind = 'spend'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey(Fund.id), index=True)
    kind: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    grant_id: Mapped[UUID | None]
    office_id: Mapped[int | None] = mapped_column(SmallInteger, ForeignKey(Office.id))
    tranche_number: Mapped[int | None] = mapped_column(SmallInteger)
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Grant(HouseholdScoped, Base):
    """A family's application and what became of it.

    `round` counts its submissions: approvals given before it was returned do not count after. `approved_on` is
    the office's day of the last approval; no payment is dated before it.
    """

    __tablename__ = "grants"
    __table_args__ = (
        *HouseholdScoped.household_key(),
        one_of("status", Status),
        one_of("currency", Currency),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        CheckConstraint("monthly_income_minor >= 0", name="monthly_income_minor"),
        CheckConstraint("business <> ''", name="business"),
        CheckConstraint("(status IN ('approved', 'active')) = (approved_on IS NOT NULL)", name="approved_on"),
        UniqueConstraint("id", "office_id"),
        UniqueConstraint("id", "household_id"),
        UniqueConstraint("id", "fund_id"),
        Index(None, "office_id", "status", "created_at"),
        Index(None, "household_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey(Fund.id), index=True)
    business: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    monthly_income_minor: Mapped[int] = mapped_column(BigInteger)
    status: Mapped[str] = mapped_column(server_default=Status.DRAFT)
    round: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    prepared_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey(Staff.id))
    approved_at: Mapped[datetime | None]
    approved_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))


class GrantScoped:
    """A row of a grant, which carries the grant's office as the grant carries the household's."""

    grant_id: Mapped[UUID] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(SmallInteger)

    @staticmethod
    def grant_key() -> tuple[Any, ...]:
        return (
            ForeignKeyConstraint(
                ["grant_id", "office_id"], ["grants.id", "grants.office_id"], onupdate="CASCADE"
            ),
        )


class GrantPreparer(GrantScoped, Base):
    """Everyone who wrote or submitted the application; none of them may approve it."""

    __tablename__ = "grant_preparers"
    __table_args__ = GrantScoped.grant_key()

    staff_id: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), primary_key=True)


class GrantItem(GrantScoped, Base):
    __tablename__ = "grant_items"
    __table_args__ = (
        *GrantScoped.grant_key(),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
    )

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    description: Mapped[str]
    amount_minor: Mapped[int] = mapped_column(BigInteger)


class Tranche(GrantScoped, Base):
    """A part of the grant, numbered from 1. Paid when there is a disbursement for it."""

    __tablename__ = "tranches"
    __table_args__ = (
        *GrantScoped.grant_key(),
        CheckConstraint("number > 0", name="number"),
        CheckConstraint("amount_minor > 0", name="amount_minor"),
        UniqueConstraint("grant_id", "number", "amount_minor"),
    )

    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)


class GrantRequirement(GrantScoped, Base):
    """An approval that this submission needs: from one holder of one of `roles`. Copied from the policy, then fixed."""

    __tablename__ = "grant_requirements"
    __table_args__ = GrantScoped.grant_key()

    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    step: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))


class GrantDecision(GrantScoped, Base):
    """What someone decided on a submission, with the roles they held for its office at that moment."""

    __tablename__ = "grant_decisions"
    __table_args__ = (
        *GrantScoped.grant_key(),
        one_of("decision", Decision),
        CheckConstraint("decision = 'approve' OR note <> ''", name="note"),
    )

    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    decided_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id), primary_key=True)
    decision: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    note: Mapped[str] = mapped_column(server_default="")
    decided_at: Mapped[datetime]


class Disbursement(GrantScoped, Base):
    """A tranche paid. The key says once; the foreign keys say all of it and no more, and to one of the household."""

    __tablename__ = "disbursements"
    __table_args__ = (
        *GrantScoped.grant_key(),
        ForeignKeyConstraint(
            ["grant_id", "tranche_number", "amount_minor"],
            ["tranches.grant_id", "tranches.number", "tranches.amount_minor"],
        ),
        ForeignKeyConstraint(["grant_id", "household_id"], ["grants.id", "grants.household_id"]),
        ForeignKeyConstraint(["recipient_member_id", "household_id"], ["members.id", "members.household_id"]),
        one_of("method", Method),
        one_of("acknowledgement", Acknowledgement),
        CheckConstraint("acknowledgement <> 'thumbprint' OR witness <> ''", name="witness"),
        CheckConstraint("receipt_number <> ''", name="receipt_number"),
    )

    tranche_number: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id, unique=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    method: Mapped[str]
    household_id: Mapped[UUID]
    recipient_member_id: Mapped[UUID]
    acknowledgement: Mapped[str]
    witness: Mapped[str] = mapped_column(server_default="")
    receipt_number: Mapped[str]
    paid_on: Mapped[date]
    paid_by: Mapped[UUID] = mapped_column(ForeignKey(Staff.id))
    recorded_at: Mapped[datetime]


class ApprovalBand(Base):
    """A row of the approval policy: up to this amount (empty: without limit), one approval for each of `steps`.

    Rows of one currency and `effective_from` are one version; the newest in force replaces the older ones.
    `source` says where the rule comes from. Applications already submitted keep the steps copied onto them.
    """

    __tablename__ = "approval_bands"
    __table_args__ = (
        one_of("currency", Currency),
        CheckConstraint("up_to_minor > 0", name="up_to_minor"),
        Index(
            "uq_approval_bands_currency",
            "currency",
            "effective_from",
            "up_to_minor",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    currency: Mapped[str]
    effective_from: Mapped[date]
    up_to_minor: Mapped[int | None] = mapped_column(BigInteger)
    steps: Mapped[list[list[str]]] = mapped_column(JSONB)
    source: Mapped[str]


class TrancheSplit(Base):
    """How an amount is split where the application does not say: shares in per cent, from that day on."""

    __tablename__ = "tranche_splits"

    effective_from: Mapped[date] = mapped_column(primary_key=True)
    shares: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger))
    source: Mapped[str]
