"""Who asks is found out in one statement.

It is asked with every request: three statements, five sorts and JSON that is taken apart again took half of its time.
"""

from alembic import op

revision = "0029_enter"
down_revision = "0028_concern_numbers"
branch_labels = None
depends_on = None

ENTER = """
CREATE FUNCTION app.enter(token_digest bytea, only_transaction boolean, request text) RETURNS {returns}
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  who record;
{body}END $$
"""

# A role that is held for all offices, and an office of several roles, come once for each pair of the two; whoever reads
# them counts each once. All identities are stated or none: where nobody is found the connection belongs to nobody.
IN_ONE = """BEGIN
  SELECT t.used_at, t.expires_at - t.used_at AS lasts,
    json_build_object('id', s.id, 'name', s.name, 'username', s.username, 'language', s.language,
      'roles', coalesce(held, '[]'), 'offices', coalesce(seen, '[]')) AS entered,
    set_config('app.actor', s.id::text, only_transaction),
    set_config('app.request', request, only_transaction),
    set_config('app.case_offices', coalesce(cases, ''), only_transaction),
    set_config('app.money_offices', coalesce(money, ''), only_transaction),
    set_config('app.focal_offices', coalesce(focal, ''), only_transaction),
    set_config('app.audit_offices', audits, only_transaction)
  INTO who
  FROM sessions t JOIN staff s ON s.id = t.staff_id CROSS JOIN LATERAL (
    SELECT
      string_agg(o.id::text, ',') FILTER (WHERE role IN
        ('caseworker', 'finance', 'focal_point', 'manager', 'monitor', 'supervisor', 'trainer')) AS cases,
      string_agg(o.id::text, ',') FILTER (WHERE role IN
        ('caseworker', 'finance', 'manager', 'supervisor')) AS money,
      string_agg(o.id::text, ',') FILTER (WHERE role = 'focal_point') AS focal,
      concat_ws(',', string_agg(o.id::text, ',') FILTER (WHERE role IN ('auditor', 'manager')),
        max('0') FILTER (WHERE role IN ('auditor', 'manager') AND office_id IS NULL)) AS audits,
      json_agg(json_build_array(role, office_id)) AS held,
      json_agg(json_build_object(
        'id', o.id, 'prefix', o.prefix, 'name_en', o.name_en, 'name_km', o.name_km)) AS seen
    FROM staff_roles r JOIN offices o ON r.office_id IS NULL OR o.id = r.office_id
    WHERE r.staff_id = s.id
  ) roles
  WHERE t.digest = token_digest AND t.expires_at > clock_timestamp() AND s.active AND s.kind = 'person';
  IF NOT FOUND THEN
    PERFORM app.leave(only_transaction);
    RETURN NULL;
  END IF;
  -- Sliding: a token that is used lasts on. Once in five minutes is enough, so that a read stays a read.
  IF who.used_at < clock_timestamp() - interval '5 minutes' THEN
    UPDATE sessions SET used_at = clock_timestamp(), expires_at = clock_timestamp() + who.lasts
    WHERE digest = token_digest;
  END IF;
  RETURN who.entered;
"""

IN_THREE = """  held jsonb;
  seen jsonb;
BEGIN
  PERFORM app.leave(only_transaction);
  SELECT s.id, s.name, s.username, s.language, t.used_at, t.expires_at - t.used_at AS lasts INTO who
  FROM sessions t JOIN staff s ON s.id = t.staff_id
  WHERE t.digest = token_digest AND t.expires_at > clock_timestamp() AND s.active AND s.kind = 'person';
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  -- Sliding: a token that is used lasts on. Once in five minutes is enough, so that a read stays a read.
  IF who.used_at < clock_timestamp() - interval '5 minutes' THEN
    UPDATE sessions SET used_at = clock_timestamp(), expires_at = clock_timestamp() + who.lasts
    WHERE digest = token_digest;
  END IF;
  WITH roles AS (
    SELECT r.role, r.office_id, o.id AS office
    FROM staff_roles r JOIN offices o ON r.office_id IS NULL OR o.id = r.office_id
    WHERE r.staff_id = who.id
  ), scopes AS (
    SELECT
      string_agg(DISTINCT office::text, ',') FILTER (WHERE role IN
        ('caseworker', 'finance', 'focal_point', 'manager', 'monitor', 'supervisor', 'trainer')) AS cases,
      string_agg(DISTINCT office::text, ',') FILTER (WHERE role IN
        ('caseworker', 'finance', 'manager', 'supervisor')) AS money,
      string_agg(DISTINCT office::text, ',') FILTER (WHERE role = 'focal_point') AS focal,
      concat_ws(',', string_agg(DISTINCT office::text, ',') FILTER (WHERE role IN ('auditor', 'manager')),
        max('0') FILTER (WHERE role IN ('auditor', 'manager') AND office_id IS NULL)) AS audits
    FROM roles
  ), entered AS (
    SELECT set_config('app.actor', who.id::text, only_transaction),
      set_config('app.request', request, only_transaction),
      set_config('app.case_offices', coalesce(cases, ''), only_transaction),
      set_config('app.money_offices', coalesce(money, ''), only_transaction),
      set_config('app.focal_offices', coalesce(focal, ''), only_transaction),
      set_config('app.audit_offices', audits, only_transaction)
    FROM scopes
  )
  SELECT
    (SELECT coalesce(jsonb_agg(jsonb_build_array(role, office_id)), '[]')
     FROM (SELECT DISTINCT role, office_id FROM roles ORDER BY role, office_id) r),
    (SELECT coalesce(jsonb_agg(jsonb_build_object(
       'id', o.id, 'prefix', o.prefix, 'name_en', o.name_en, 'name_km', o.name_km) ORDER BY o.id), '[]')
     FROM offices o WHERE o.id IN (SELECT office FROM roles))
  INTO held, seen FROM entered;
  RETURN jsonb_build_object('id', who.id, 'name', who.name, 'username', who.username, 'language', who.language,
    'roles', held, 'offices', seen);
"""


def upgrade() -> None:
    # JSON that is not taken apart: another type, and so another function of the same name.
    op.execute("DROP FUNCTION app.enter(bytea, boolean, text)")
    op.execute(ENTER.format(returns="json", body=IN_ONE))


def downgrade() -> None:
    op.execute("DROP FUNCTION app.enter(bytea, boolean, text)")
    op.execute(ENTER.format(returns="jsonb", body=IN_THREE))
