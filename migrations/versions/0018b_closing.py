"""No household is closed while money is asked for or set aside for it, and none is asked for while it is closed."""

from alembic import op

revision = "0018b_closing"
down_revision = "0018_leaving"
branch_labels = None
depends_on = None

# Whoever closes a household stands below grants and cannot ask them; the database knows both. It says no more than
# whether something is under way: an application that waits would be approved for nobody, and what was set aside for an
# approved one would stay set aside for ever.
UNDER_WAY = """
CREATE FUNCTION app.grant_under_way(household uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT g.status FROM grants g
  WHERE g.household_id = grant_under_way.household AND g.status IN ('submitted', 'approved')
    AND g.office_id = ANY ((SELECT app.case_offices())::smallint[])
  ORDER BY g.status LIMIT 1
$$
"""

# The verb asks first, to say it in words. These two hold it where a closing and a grant meet at the same moment: each
# waits for the other's row, and whoever comes second is refused.
CLOSED = """
CREATE FUNCTION app.refuse_closing_with_a_grant() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (SELECT FROM grants g WHERE g.household_id = NEW.id AND g.status IN ('submitted', 'approved')) THEN
    RAISE EXCEPTION 'a grant of household % is under way', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_households_grant_under_way', TABLE = 'households';
  END IF;
  RETURN NEW;
END $$
"""
GRANTED = """
CREATE FUNCTION app.refuse_grant_to_closed_household() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM FROM households h WHERE h.id = NEW.household_id AND h.closed_on IS NULL FOR SHARE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'household % is closed', NEW.household_id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_grants_household_closed', TABLE = 'grants';
  END IF;
  RETURN NEW;
END $$
"""


def upgrade() -> None:
    for function in (UNDER_WAY, CLOSED, GRANTED):
        op.execute(function)
    op.execute("REVOKE EXECUTE ON FUNCTION app.grant_under_way(uuid) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION app.grant_under_way(uuid) TO livelihood_app")
    op.execute(
        "CREATE TRIGGER households_closing BEFORE UPDATE OF closed_on ON households FOR EACH ROW "
        "WHEN (OLD.closed_on IS NULL AND NEW.closed_on IS NOT NULL) "
        "EXECUTE FUNCTION app.refuse_closing_with_a_grant()"
    )
    op.execute(
        "CREATE TRIGGER grants_open_household BEFORE INSERT OR UPDATE OF status ON grants FOR EACH ROW "
        "WHEN (NEW.status IN ('submitted', 'approved')) "
        "EXECUTE FUNCTION app.refuse_grant_to_closed_household()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER grants_open_household ON grants")
    op.execute("DROP TRIGGER households_closing ON households")
    op.execute("DROP FUNCTION app.refuse_grant_to_closed_household()")
    op.execute("DROP FUNCTION app.refuse_closing_with_a_grant()")
    op.execute("DROP FUNCTION app.grant_under_way(uuid)")
