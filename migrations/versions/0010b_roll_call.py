"""The pupils of a school: who was last known to go there."""

import sqlalchemy as sa
from alembic import op

revision = "0010b_roll_call"
down_revision = "0010_visits"
branch_labels = None
depends_on = None

# An operator that is not leakproof finds no index under a policy, so the scope is applied here. A child belongs to the
# school that was named last, whatever was found of them there.
PUPILS = """
CREATE FUNCTION app.pupils(offices smallint[], wanted uuid)
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
      AND (wanted IS NULL OR o.member_id IN (
        SELECT s.member_id FROM observations s
        WHERE s.kind = 'education' AND s.details->>'school_id' = wanted::text))
    ORDER BY o.member_id, o.happened_on DESC, o.recorded_at DESC, o.id DESC
  ) last
  WHERE wanted IS NULL OR last.school_id = wanted
$$
"""


def upgrade() -> None:
    of_a_school = sa.text("kind = 'education' AND details->>'school_id' IS NOT NULL")
    op.create_index(
        "ix_observations_school",
        "observations",
        [sa.text("(details->>'school_id')"), "member_id"],
        postgresql_where=of_a_school,
    )
    # A day's work of one person: its trips.
    op.create_index("ix_visits_recorded_by", "visits", ["recorded_by", "happened_on"])
    op.execute(PUPILS)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.pupils(smallint[], uuid)")
    op.drop_index("ix_visits_recorded_by", "visits")
    op.drop_index("ix_observations_school", "observations")
