"""Funds and grants: the money, who decided on it, and what was paid."""

from datetime import date
from uuid import UUID

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from livelihood.db import ddl

revision = "0006_grants"
down_revision = "0005_courses"
branch_labels = None
depends_on = None

STAFF_SETUP = "00000000-0000-7000-8000-000000000001"
START = date(2020, 1, 1)

GRANT_KEY = (["grant_id", "office_id"], ["grants.id", "grants.office_id"])

# The balances follow from the entries and from nothing else. The check on the fund's row is what refuses an
# entry that would overdraw it: the row is locked by the update, so that two entries never see the same balance.
BOOK = """
CREATE FUNCTION app.book_fund_entry() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE funds SET
    available_minor = available_minor
      + CASE NEW.kind WHEN 'budget' THEN NEW.amount_minor WHEN 'reserve' THEN -NEW.amount_minor ELSE 0 END,
    reserved_minor = reserved_minor
      + CASE NEW.kind WHEN 'reserve' THEN NEW.amount_minor WHEN 'spend' THEN -NEW.amount_minor ELSE 0 END,
    spent_minor = spent_minor + CASE NEW.kind WHEN 'spend' THEN NEW.amount_minor ELSE 0 END
  WHERE id = NEW.fund_id;
  RETURN NULL;
END $$
"""

# Separation of duties holds per grant whatever the code above the database does.
NOT_THE_PREPARER = """
CREATE FUNCTION app.refuse_preparers_decision() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM grant_preparers p WHERE p.grant_id = NEW.grant_id AND p.staff_id = NEW.decided_by) THEN
    RAISE EXCEPTION 'a preparer of grant % decides on it', NEW.grant_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_grant_decisions_preparer', TABLE = 'grant_decisions';
  END IF;
  RETURN NEW;
END $$
"""

NOT_AN_APPROVER = """
CREATE FUNCTION app.refuse_approvers_payment() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM grant_decisions d
    WHERE d.grant_id = NEW.grant_id AND d.decided_by = NEW.paid_by AND d.decision = 'approve'
  ) THEN
    RAISE EXCEPTION 'an approver of grant % pays it', NEW.grant_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_disbursements_approver', TABLE = 'disbursements';
  END IF;
  RETURN NEW;
END $$
"""

# Roles that see no money still see that a family has a grant.
MARKS = """
CREATE VIEW grant_marks WITH (security_barrier) AS
SELECT DISTINCT household_id, office_id FROM grants
WHERE status IN ('approved', 'active') AND office_id = ANY ((SELECT app.case_offices())::smallint[])
"""

BANDS = [
    ("01999999-0000-7000-8000-000000000001", "USD", 20_000, [["caseworker"]]),
    ("01999999-0000-7000-8000-000000000002", "USD", None, [["caseworker"], ["supervisor", "manager"]]),
    ("01999999-0000-7000-8000-000000000003", "KHR", 800_000, [["caseworker"]]),
    ("01999999-0000-7000-8000-000000000004", "KHR", None, [["caseworker"], ["supervisor", "manager"]]),
]
SOURCE = (
    "Proposal of this project: up to USD 200 (KHR 800,000) one caseworker, above a supervisor or manager too"
)
SPLIT_SOURCE = "Proposal of this project: 60 % to start, 40 % after the checks"


def money(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=nullable)


def balance(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=sa.text("0"))


def instant(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def person(name: str, *, nullable: bool = False, key: bool = False) -> sa.Column[UUID]:
    return sa.Column(name, sa.Uuid, sa.ForeignKey("staff.id"), nullable=nullable, primary_key=key)


def of_a_grant() -> tuple[sa.Column[UUID], sa.Column[int], sa.ForeignKeyConstraint]:
    return (
        sa.Column("grant_id", sa.Uuid, primary_key=True),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.ForeignKeyConstraint(*GRANT_KEY, onupdate="CASCADE"),
    )


def upgrade() -> None:
    create_policy_tables()
    create_funds()
    create_grants()
    create_grant_parts()
    for function in (BOOK, NOT_THE_PREPARER, NOT_AN_APPROVER, MARKS):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER fund_entries_book AFTER INSERT ON fund_entries "
        "FOR EACH ROW EXECUTE FUNCTION app.book_fund_entry()"
    )
    op.execute(
        "CREATE TRIGGER grant_decisions_duties BEFORE INSERT ON grant_decisions "
        "FOR EACH ROW EXECUTE FUNCTION app.refuse_preparers_decision()"
    )
    op.execute(
        "CREATE TRIGGER disbursements_duties BEFORE INSERT ON disbursements "
        "FOR EACH ROW EXECUTE FUNCTION app.refuse_approvers_payment()"
    )
    protect()
    seed()


def create_policy_tables() -> None:
    op.create_table(
        "approval_bands",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("effective_from", sa.Date, nullable=False),
        money("up_to_minor", nullable=True),
        sa.Column("steps", postgresql.JSONB, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.CheckConstraint("currency IN ('KHR', 'USD')", name="currency"),
        sa.CheckConstraint("up_to_minor > 0", name="up_to_minor"),
    )
    op.create_index(
        "uq_approval_bands_currency",
        "approval_bands",
        ["currency", "effective_from", "up_to_minor"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "tranche_splits",
        sa.Column("effective_from", sa.Date, primary_key=True),
        sa.Column("shares", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("source", sa.Text, nullable=False),
    )


def create_funds() -> None:
    op.create_table(
        "funds",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("donor", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        balance("available_minor"),
        balance("reserved_minor"),
        balance("spent_minor"),
        person("created_by"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("currency IN ('KHR', 'USD')", name="currency"),
        sa.CheckConstraint("ends_on >= starts_on", name="period"),
        sa.CheckConstraint("available_minor >= 0", name="available"),
        sa.CheckConstraint("reserved_minor >= 0", name="reserved"),
        sa.CheckConstraint("spent_minor >= 0", name="spent"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "fund_offices",
        sa.Column(
            "fund_id",
            sa.Uuid,
            sa.ForeignKey("funds.id", deferrable=True, initially="DEFERRED"),
            primary_key=True,
        ),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), primary_key=True),
    )


def create_grants() -> None:
    op.create_table(
        "grants",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("fund_id", sa.Uuid, sa.ForeignKey("funds.id"), nullable=False, index=True),
        sa.Column("business", sa.Text, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        money("amount_minor"),
        money("monthly_income_minor"),
        sa.Column("status", sa.Text, nullable=False, server_default="draft"),
        sa.Column("round", sa.SmallInteger, nullable=False, server_default=sa.text("0")),
        person("prepared_by"),
        instant("created_at"),
        instant("submitted_at", nullable=True),
        person("submitted_by", nullable=True),
        instant("approved_at", nullable=True),
        sa.Column("approved_on", sa.Date),
        sa.Column("version", sa.Integer, nullable=False, server_default=sa.text("1")),
        sa.ForeignKeyConstraint(
            ["household_id", "office_id"], ["households.id", "households.office_id"], onupdate="CASCADE"
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'returned', 'rejected', 'approved', 'active')", name="status"
        ),
        sa.CheckConstraint("currency IN ('KHR', 'USD')", name="currency"),
        sa.CheckConstraint("amount_minor > 0", name="amount_minor"),
        sa.CheckConstraint("monthly_income_minor >= 0", name="monthly_income_minor"),
        sa.CheckConstraint("business <> ''", name="business"),
        sa.CheckConstraint(
            "(status IN ('approved', 'active')) = (approved_on IS NOT NULL)", name="approved_on"
        ),
        sa.UniqueConstraint("id", "office_id"),
        sa.UniqueConstraint("id", "household_id"),
        sa.UniqueConstraint("id", "fund_id"),
    )
    op.create_index(None, "grants", ["office_id", "status", "created_at"])
    op.create_index(None, "grants", ["household_id"])
    op.create_table(
        "fund_entries",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("fund_id", sa.Uuid, sa.ForeignKey("funds.id"), nullable=False, index=True),
        sa.Column("kind", sa.Text, nullable=False),
        money("amount_minor"),
        sa.Column("grant_id", sa.Uuid),
        sa.Column("office_id", sa.SmallInteger),
        sa.Column("tranche_number", sa.SmallInteger),
        person("recorded_by"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(*GRANT_KEY, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(["grant_id", "fund_id"], ["grants.id", "grants.fund_id"]),
        sa.CheckConstraint("kind IN ('budget', 'reserve', 'spend')", name="kind"),
        sa.CheckConstraint("amount_minor > 0", name="amount_minor"),
        sa.CheckConstraint(
            "(kind = 'budget') = (grant_id IS NULL) AND (kind = 'spend') = (tranche_number IS NOT NULL)"
            " AND (grant_id IS NULL) = (office_id IS NULL)",
            name="subject",
        ),
    )
    op.create_index(
        "uq_fund_entries_reserve",
        "fund_entries",
        ["grant_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'reserve'"),
    )
    op.create_index(
        "uq_fund_entries_spend",
        "fund_entries",
        ["grant_id", "tranche_number"],
        unique=True,
        postgresql_where=sa.text("kind = 'spend'"),
    )


def create_grant_parts() -> None:
    op.create_table("grant_preparers", *of_a_grant(), person("staff_id", key=True))
    op.create_table(
        "grant_items",
        *of_a_grant(),
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("description", sa.Text, nullable=False),
        money("amount_minor"),
        sa.CheckConstraint("amount_minor > 0", name="amount_minor"),
    )
    op.create_table(
        "tranches",
        *of_a_grant(),
        sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
        money("amount_minor"),
        sa.CheckConstraint("number > 0", name="number"),
        sa.CheckConstraint("amount_minor > 0", name="amount_minor"),
        sa.UniqueConstraint("grant_id", "number", "amount_minor"),
    )
    op.create_table(
        "grant_requirements",
        *of_a_grant(),
        sa.Column("round", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("step", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text), nullable=False),
    )
    op.create_table(
        "grant_decisions",
        *of_a_grant(),
        sa.Column("round", sa.SmallInteger, primary_key=True, autoincrement=False),
        person("decided_by", key=True),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("note", sa.Text, nullable=False, server_default=""),
        instant("decided_at"),
        sa.CheckConstraint("decision IN ('approve', 'return', 'reject')", name="decision"),
        sa.CheckConstraint("decision = 'approve' OR note <> ''", name="note"),
    )
    op.create_table(
        "disbursements",
        *of_a_grant(),
        sa.Column("tranche_number", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("id", sa.Uuid, nullable=False, unique=True),
        money("amount_minor"),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("recipient_member_id", sa.Uuid, nullable=False),
        sa.Column("acknowledgement", sa.Text, nullable=False),
        sa.Column("witness", sa.Text, nullable=False, server_default=""),
        sa.Column("receipt_number", sa.Text, nullable=False),
        sa.Column("paid_on", sa.Date, nullable=False),
        person("paid_by"),
        instant("recorded_at"),
        sa.ForeignKeyConstraint(
            ["grant_id", "tranche_number", "amount_minor"],
            ["tranches.grant_id", "tranches.number", "tranches.amount_minor"],
        ),
        sa.ForeignKeyConstraint(["grant_id", "household_id"], ["grants.id", "grants.household_id"]),
        sa.ForeignKeyConstraint(
            ["recipient_member_id", "household_id"], ["members.id", "members.household_id"]
        ),
        sa.CheckConstraint("method IN ('cash', 'bank', 'mobile_wallet', 'in_kind')", name="method"),
        sa.CheckConstraint("acknowledgement IN ('signature', 'thumbprint')", name="acknowledgement"),
        sa.CheckConstraint("acknowledgement <> 'thumbprint' OR witness <> ''", name="witness"),
        sa.CheckConstraint("receipt_number <> ''", name="receipt_number"),
    )


def protect() -> None:
    # Nobody but the owner's trigger writes a balance, and what was decided, booked or paid is never changed.
    ddl.grant(
        op,
        "funds",
        app="SELECT, INSERT (id, name, donor, currency, starts_on, ends_on, created_by)",
    )
    ddl.grant(op, "grants", app="SELECT, INSERT, UPDATE")
    for table in ("grant_items", "tranches"):
        ddl.grant(op, table, app="SELECT, INSERT, DELETE")
    for table in (
        "fund_offices",
        "fund_entries",
        "grant_preparers",
        "grant_requirements",
        "grant_decisions",
        "disbursements",
    ):
        ddl.grant(op, table, app="SELECT, INSERT")
    for table in ("approval_bands", "tranche_splits", "grant_marks"):
        ddl.grant(op, table, app="SELECT")

    for table in (
        "fund_offices",
        "grants",
        "grant_preparers",
        "grant_items",
        "tranches",
        "grant_requirements",
        "grant_decisions",
        "disbursements",
    ):
        ddl.show_by_office(op, table, "money")
    for table, key, condition in (
        ("funds", "id", "true"),
        (
            "fund_entries",
            "fund_id",
            "(office_id IS NULL OR office_id = ANY ((SELECT app.money_offices())::smallint[]))",
        ),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        # fund_offices shows only the actor's own offices, so that one of them must be among the fund's.
        op.execute(
            f"CREATE POLICY {table}_by_office ON {table} TO livelihood_app "
            f"USING (EXISTS (SELECT FROM fund_offices o WHERE o.fund_id = {table}.{key}) AND {condition})"
        )

    for table in ("funds", "fund_entries", "grants", "approval_bands"):
        ddl.audit(op, table)
    ddl.audit(op, "fund_offices", "fund_id", "office_id")
    ddl.audit(op, "tranche_splits", "effective_from")
    ddl.audit(op, "grant_preparers", "grant_id", "staff_id")
    ddl.audit(op, "grant_items", "grant_id", "number")
    ddl.audit(op, "tranches", "grant_id", "number")
    ddl.audit(op, "grant_requirements", "grant_id", "round", "step")
    ddl.audit(op, "grant_decisions", "grant_id", "round", "decided_by")
    ddl.audit(op, "disbursements")


def seed() -> None:
    op.execute(f"SELECT set_config('app.actor', '{STAFF_SETUP}', true)")
    bands = sa.table(
        "approval_bands",
        sa.column("id", sa.Uuid),
        sa.column("currency", sa.Text),
        sa.column("effective_from", sa.Date),
        sa.column("up_to_minor", sa.BigInteger),
        sa.column("steps", postgresql.JSONB),
        sa.column("source", sa.Text),
    )
    op.bulk_insert(
        bands,
        [
            {
                "id": UUID(key),
                "currency": currency,
                "effective_from": START,
                "up_to_minor": up_to,
                "steps": steps,
                "source": SOURCE,
            }
            for key, currency, up_to, steps in BANDS
        ],
    )
    splits = sa.table(
        "tranche_splits",
        sa.column("effective_from", sa.Date),
        sa.column("shares", postgresql.ARRAY(sa.SmallInteger)),
        sa.column("source", sa.Text),
    )
    op.bulk_insert(splits, [{"effective_from": START, "shares": [60, 40], "source": SPLIT_SOURCE}])


def downgrade() -> None:
    op.execute("DROP VIEW grant_marks")
    op.execute("DROP POLICY funds_by_office ON funds")  # it looks into fund_offices
    for table in (
        "disbursements",
        "grant_decisions",
        "grant_requirements",
        "tranches",
        "grant_items",
        "grant_preparers",
        "fund_entries",
        "grants",
        "fund_offices",
        "funds",
        "tranche_splits",
        "approval_bands",
    ):
        op.drop_table(table)
    for function in ("book_fund_entry", "refuse_preparers_decision", "refuse_approvers_payment"):
        op.execute(f"DROP FUNCTION app.{function}()")
