"""Whoever sends a concern hears whether a message can reach its focal point."""

from alembic import op

revision = "0028_concern_numbers"
down_revision = "0027b_moved"
branch_labels = None
depends_on = None

# Of focal points alone, and of all of them together: how somebody is reached stays theirs.
REACHED = """
CREATE FUNCTION app.focal_point_reached(people uuid[], ways text[]) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM channels c JOIN staff_roles r ON r.staff_id = c.staff_id
    WHERE c.staff_id = ANY (people) AND r.role = 'focal_point' AND c.address IS NOT NULL AND c.kind = ANY (ways)
  )
$$
"""


def upgrade() -> None:
    op.execute(REACHED)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.focal_point_reached(uuid[], text[])")
