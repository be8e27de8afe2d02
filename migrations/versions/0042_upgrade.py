"""Each family keeps the number of the rules by which it was worked out, so that a release with newer ones works it out anew."""

import sqlalchemy as sa
from alembic import op

revision = "0042_upgrade"
down_revision = "0040_alert_pages"
branch_labels = None
depends_on = None

# As in 0001_foundation but for the columns of which it takes no notice.
AUDIT = """
CREATE OR REPLACE FUNCTION app.audit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
  after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
  either jsonb := before || after;
  changed jsonb;
BEGIN
  SELECT jsonb_object_agg(key, CASE
      WHEN TG_ARGV[0] = 'columns' OR key IN ('password_hash', 'digest', 'search') THEN 'null'::jsonb
      ELSE jsonb_build_array(before -> key, after -> key) END)
  INTO changed
  FROM jsonb_object_keys(either) AS key
  WHERE before -> key IS DISTINCT FROM after -> key%s;
  IF changed IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO audit.entries (actor_id, request, office_id, household_id, table_name, row_key, action, changed)
  VALUES (app.actor(), current_setting('app.request', true), (either ->> 'office_id')::smallint,
    CASE WHEN TG_TABLE_NAME = 'households' THEN either ->> 'id' ELSE either ->> 'household_id' END::uuid,
    TG_TABLE_NAME,
    (SELECT string_agg(either ->> k.key, '/' ORDER BY k.position)
     FROM unnest(TG_ARGV) WITH ORDINALITY AS k(key, position) WHERE k.position > 1),
    lower(TG_OP), changed);
  RETURN NULL;
END $$
"""
# Nobody did anything to a family by an upgrade, and there would be an entry for every family there is.
NO_NOTICE = " AND NOT (TG_TABLE_NAME = 'households' AND key = 'rules')"


def upgrade() -> None:
    op.execute(AUDIT % NO_NOTICE)
    op.add_column("households", sa.Column("rules", sa.SmallInteger, nullable=False, server_default="0"))
    op.create_index("ix_households_rules", "households", ["rules"])
    op.execute("GRANT UPDATE (rules) ON households TO livelihood_worker")


def downgrade() -> None:
    op.drop_index("ix_households_rules", "households")
    op.drop_column("households", "rules")
    op.execute(AUDIT % "")
