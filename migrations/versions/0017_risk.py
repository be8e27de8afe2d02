"""What was said of a family's risk, each time: for the assigned staff and the focal point only."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0017_risk"
down_revision = "0011_sheets"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")

# Who says why need not be one of those who may read what was said before, so nothing is read on the way: not even
# whether there was anything. What was said at intake is kept as the first word.
SAY = """
CREATE FUNCTION app.say_risk(household uuid, said uuid, risk text, day date, reason text, at timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  office smallint;
BEGIN
  SELECT h.office_id INTO office FROM households h
  WHERE h.id = say_risk.household AND h.office_id = ANY (app.case_offices());
  IF NOT FOUND THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for this household';
  END IF;
  INSERT INTO risk_reasons (id, household_id, office_id, risk, said_of, reason, said_by, recorded_at)
  SELECT uuidv7(), h.id, h.office_id, 'high', h.intake_on, r.risk_reason, h.registered_by, h.registered_at
  FROM households h JOIN household_referrals r ON r.household_id = h.id
  WHERE h.id = say_risk.household AND r.risk_reason IS NOT NULL
    AND NOT EXISTS (SELECT FROM risk_reasons known WHERE known.household_id = h.id);
  INSERT INTO risk_reasons (id, household_id, office_id, risk, said_of, reason, said_by, recorded_at)
  VALUES (say_risk.said, say_risk.household, office, say_risk.risk, say_risk.day, say_risk.reason, app.actor(),
    say_risk.at);
  INSERT INTO household_referrals AS r (household_id, office_id, risk_reason)
  VALUES (say_risk.household, office, say_risk.reason)
  ON CONFLICT (household_id) DO UPDATE SET risk_reason = excluded.risk_reason;
END $$
"""
SIGNATURE = "app.say_risk(uuid, uuid, text, date, text, timestamptz)"


def upgrade() -> None:
    op.create_table(
        "risk_reasons",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("risk", sa.Text, nullable=False),
        sa.Column("said_of", sa.Date, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("said_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("risk IN ('standard', 'high')", name="risk"),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
    )
    op.create_index("ix_risk_reasons_household_id", "risk_reasons", ["household_id"])
    ddl.grant(op, "risk_reasons", app="SELECT")
    ddl.audit(op, "risk_reasons", values=False)
    op.execute("ALTER TABLE risk_reasons ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY risk_reasons_need_to_know ON risk_reasons TO livelihood_app "
        "USING (office_id = ANY ((SELECT app.focal_offices())::smallint[])"
        "  OR office_id = ANY ((SELECT app.case_offices())::smallint[])"
        "    AND EXISTS (SELECT FROM households h WHERE h.id = household_id"
        "      AND (SELECT app.actor()) IN (h.caseworker_id, h.monitor_id)))"
    )
    op.execute(SAY)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO livelihood_app")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.drop_table("risk_reasons")
