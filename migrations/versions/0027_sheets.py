"""Lines of printed sheets whose family went to another office stay on the sheet of the office that printed it."""

from alembic import op

revision = "0027_sheets"
down_revision = "0026b_waitlists"
branch_labels = None
depends_on = None

# A line belongs to its household and goes along with it, so that policies hide it from the office that holds the paper.
# That office is told which of its lines these are, and nothing of the family: its own handover says where it went.
LINES_ELSEWHERE = """
CREATE FUNCTION app.lines_elsewhere(sheets uuid[])
RETURNS TABLE (sheet_id uuid, line smallint, household_id uuid, entered boolean)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT l.sheet_id, l.line, l.household_id,
    l.visit_id IS NOT NULL AND NOT EXISTS (SELECT FROM visit_withdrawals w WHERE w.visit_id = l.visit_id)
  FROM public.sheets s JOIN sheet_lines l ON l.sheet_id = s.id
  WHERE s.id = ANY (lines_elsewhere.sheets)
    AND s.office_id = ANY ((SELECT app.case_offices())::smallint[])
    AND NOT l.office_id = ANY ((SELECT app.case_offices())::smallint[])
$$
"""
SIGNATURE = "app.lines_elsewhere(uuid[])"


def upgrade() -> None:
    op.execute(LINES_ELSEWHERE)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO livelihood_app")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
