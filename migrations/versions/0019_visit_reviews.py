"""Visits that were taken back, what replaces them, and what a supervisor said of two records of one day."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0019_visit_reviews"
down_revision = "0018c_handover"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")
VISIT = ("visit_id", "household_id"), ("visits.id", "visits.household_id")

# As before, without what a visit found that was taken back.
PUPILS = """
CREATE OR REPLACE FUNCTION app.pupils(offices smallint[], wanted uuid)
RETURNS TABLE (member_id uuid, household_id uuid, office_id smallint, school_id uuid, grade integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT last.member_id, last.household_id, last.office_id, last.school_id, last.grade
  FROM (
    SELECT DISTINCT ON (o.member_id) o.member_id, o.household_id, o.office_id,
      (o.details->>'school_id')::uuid AS school_id, (o.details->>'grade')::integer AS grade
    FROM observations o
    WHERE o.kind = 'education' AND o.details->>'school_id' IS NOT NULL
      AND o.office_id = ANY (offices) AND o.office_id = ANY ((SELECT app.case_offices())::smallint[])
      AND NOT EXISTS (SELECT FROM observations c WHERE c.supersedes = o.id){standing}
      AND (wanted IS NULL OR o.member_id IN (
        SELECT s.member_id FROM observations s
        WHERE s.kind = 'education' AND s.details->>'school_id' = wanted::text))
    ORDER BY o.member_id, o.happened_on DESC, o.recorded_at DESC, o.id DESC
  ) last
  WHERE wanted IS NULL OR last.school_id = wanted
$$
"""
STANDING = "\n      AND NOT EXISTS (SELECT FROM visit_withdrawals w WHERE w.visit_id = o.visit_id)"

# A correction is of the visit that it corrects. Those made so far did not say so.
OF_THEIR_VISIT = """
WITH RECURSIVE form AS (
  SELECT id, visit_id FROM observations WHERE visit_id IS NOT NULL
  UNION ALL
  SELECT o.id, form.visit_id FROM observations o JOIN form ON o.supersedes = form.id WHERE o.visit_id IS NULL
)
UPDATE observations o SET visit_id = form.visit_id FROM form WHERE form.id = o.id AND o.visit_id IS NULL
"""


def upgrade() -> None:
    op.create_table(
        "visit_withdrawals",
        sa.Column("visit_id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("withdrawn_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*VISIT),
    )
    op.create_index("ix_visit_withdrawals_household_id", "visit_withdrawals", ["household_id"])
    op.add_column("visits", sa.Column("replaces", sa.Uuid, sa.ForeignKey("visits.id")))
    op.create_index(
        "ix_visits_replaces", "visits", ["replaces"], postgresql_where=sa.text("replaces IS NOT NULL")
    )
    op.create_table(
        "visit_reviews",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("happened_on", sa.Date, nullable=False),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("visit_id", sa.Uuid),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.ForeignKeyConstraint(*VISIT),
        sa.CheckConstraint("decision IN ('kept_both', 'withdrawn', 'corrected')", name="decision"),
        sa.CheckConstraint("(visit_id IS NOT NULL) = (decision = 'withdrawn')", name="visit_id"),
    )
    op.create_index("ix_visit_reviews_household_id", "visit_reviews", ["household_id", "happened_on"])
    ddl.grant(op, "visit_withdrawals", app="SELECT, INSERT", worker="SELECT")
    ddl.grant(op, "visit_reviews", app="SELECT, INSERT")
    for table, key in (("visit_withdrawals", "visit_id"), ("visit_reviews", "id")):
        ddl.show_by_office(op, table)
        # Why a record of a family was wrong is nothing for those who read who did what.
        ddl.audit(op, table, key, values=False)
    op.execute("SELECT app.enter_as('setup', true, '')")
    op.execute(OF_THEIR_VISIT)
    op.execute(PUPILS.format(standing=STANDING))


def downgrade() -> None:
    op.execute(PUPILS.format(standing=""))
    op.drop_table("visit_reviews")
    op.drop_index("ix_visits_replaces", "visits")
    op.drop_column("visits", "replaces")
    op.drop_table("visit_withdrawals")
