"""A school's children are those who live with a family whose case is open."""

from alembic import op

revision = "0022_pupils"
down_revision = "0021c_risk_begins"
branch_labels = None
depends_on = None

# As before, without who has left their family and without families whose case is closed: nobody asks after them.
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
      AND NOT EXISTS (SELECT FROM observations c WHERE c.supersedes = o.id)
      AND NOT EXISTS (SELECT FROM visit_withdrawals w WHERE w.visit_id = o.visit_id)
      AND (wanted IS NULL OR o.member_id IN (
        SELECT s.member_id FROM observations s
        WHERE s.kind = 'education' AND s.details->>'school_id' = wanted::text))
    ORDER BY o.member_id, o.happened_on DESC, o.recorded_at DESC, o.id DESC
  ) last{followed}
  WHERE wanted IS NULL OR last.school_id = wanted
$$
"""
FOLLOWED = """
  JOIN members m ON m.id = last.member_id AND m.left_on IS NULL
  JOIN households h ON h.id = last.household_id AND h.closed_on IS NULL"""


def upgrade() -> None:
    op.execute(PUPILS.format(followed=FOLLOWED))


def downgrade() -> None:
    op.execute(PUPILS.format(followed=""))
