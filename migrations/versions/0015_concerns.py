"""Concerns: sealed for the focal point, and every reading logged."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0015_concerns"
down_revision = "0016_scale"
branch_labels = None
depends_on = None

NATIONAL = """
CREATE FUNCTION app.is_national_focal_point() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM staff_roles WHERE staff_id = app.actor() AND role = 'focal_point' AND office_id IS NULL
  )
$$
"""

HANDLES = """
CREATE FUNCTION app.handles_concern(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM concerns c WHERE c.id = wanted AND (app.is_national_focal_point()
      OR NOT c.about_staff AND c.office_id = ANY (app.focal_offices()))
  )
$$
"""

# The log first, then the words; both or neither, being one statement of one transaction.
READ = """
CREATE FUNCTION app.read_concern(wanted uuid, read_at timestamptz) RETURNS TABLE (part uuid, words bytea)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT app.handles_concern(wanted) THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for this concern';
  END IF;
  INSERT INTO concern_readings (id, concern_id, office_id, read_by, read_at)
  SELECT uuidv7(), c.id, c.office_id, app.actor(), read_concern.read_at FROM concerns c WHERE c.id = wanted;
  RETURN QUERY SELECT c.id, c.sealed FROM concerns c WHERE c.id = wanted
    UNION ALL SELECT s.id, s.sealed FROM concern_steps s WHERE s.concern_id = wanted AND s.sealed IS NOT NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "concerns",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("number", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
        sa.Column("about_staff", sa.Boolean, nullable=False),
        sa.Column("sealed", sa.LargeBinary, nullable=False),
        sa.Column("sent_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_concerns_office_id", "concerns", ["office_id", "sent_at"])
    op.create_table(
        "concern_steps",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("concern_id", sa.Uuid, sa.ForeignKey("concerns.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("sealed", sa.LargeBinary),
        sa.Column("taken_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("kind IN ('acknowledged', 'step', 'closed')", name="kind"),
        sa.CheckConstraint("(kind = 'acknowledged') = (sealed IS NULL)", name="sealed"),
    )
    op.create_index("ix_concern_steps_concern_id", "concern_steps", ["concern_id"])
    op.create_table(
        "concern_readings",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("concern_id", sa.Uuid, sa.ForeignKey("concerns.id"), nullable=False),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
        sa.Column("read_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_concern_readings_concern_id", "concern_readings", ["concern_id"])
    for function in (NATIONAL, HANDLES, READ):
        op.execute(function)

    # The sealed words can be written and not read; workers know nothing of any of it.
    ddl.grant(
        op,
        "concerns",
        app="SELECT (id, number, office_id, about_staff, sent_by, sent_at), "
        "INSERT (id, office_id, about_staff, sealed, sent_by, sent_at)",
    )
    ddl.grant(op, "concern_steps", app="SELECT (id, concern_id, kind, taken_by, taken_at), INSERT")
    ddl.grant(op, "concern_readings", app="SELECT")
    for table in ("concerns", "concern_steps", "concern_readings"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY concerns_seen ON concerns FOR SELECT TO livelihood_app USING ("
        "sent_by = (SELECT app.actor()) OR (SELECT app.is_national_focal_point()) "
        "OR NOT about_staff AND office_id = ANY ((SELECT app.focal_offices())::smallint[]))"
    )
    op.execute(
        "CREATE POLICY concerns_sent ON concerns FOR INSERT TO livelihood_app WITH CHECK ("
        "sent_by = (SELECT app.actor()) AND office_id = ANY ((SELECT app.case_offices())::smallint[]))"
    )
    op.execute(
        "CREATE POLICY concern_steps_seen ON concern_steps FOR SELECT TO livelihood_app "
        "USING (EXISTS (SELECT FROM concerns c WHERE c.id = concern_id))"
    )
    op.execute(
        "CREATE POLICY concern_steps_taken ON concern_steps FOR INSERT TO livelihood_app "
        "WITH CHECK (taken_by = (SELECT app.actor()) AND app.handles_concern(concern_id))"
    )
    op.execute(
        "CREATE POLICY concern_readings_seen ON concern_readings FOR SELECT TO livelihood_app "
        "USING (app.handles_concern(concern_id))"
    )
    for table in ("concerns", "concern_steps", "concern_readings"):
        ddl.audit(op, table, values=False)


def downgrade() -> None:
    for table in ("concern_readings", "concern_steps"):
        op.drop_table(table)
    op.execute("DROP POLICY concerns_seen ON concerns")
    op.execute("DROP FUNCTION app.read_concern(uuid, timestamptz)")
    op.execute("DROP FUNCTION app.handles_concern(uuid)")
    op.execute("DROP FUNCTION app.is_national_focal_point()")
    op.drop_table("concerns")
