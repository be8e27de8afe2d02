"""Who asks, who may, what was done: roles, identity, audit, staff and sign-in."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0001_foundation"
down_revision = None
branch_labels = None
depends_on = None

OFFICES = [
    (1, "KPT", "Kampong Thom", "កំពង់ធំ", "06"),
    (2, "KMP", "Kampot", "កំពត", "07"),
    (3, "SVR", "Svay Rieng", "ស្វាយរៀង", "20"),
    (4, "PNP", "Phnom Penh", "ភ្នំពេញ", "12"),
    (5, "BTB", "Battambang", "បាត់ដំបង", "02"),
    (6, "SRP", "Siem Reap", "សៀមរាប", "17"),
]

SIGN_IN = "00000000-0000-7000-8000-000000000003"

# Parts of the system that write or look things up for nobody; they cannot sign in.
SYSTEM = [
    ("00000000-0000-7000-8000-000000000001", "setup"),
    ("00000000-0000-7000-8000-000000000002", "worker"),
    (SIGN_IN, "sign-in"),
    ("00000000-0000-7000-8000-000000000004", "public"),
]

ROLES = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'livelihood_app') THEN
    CREATE ROLE livelihood_app LOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'livelihood_worker') THEN
    CREATE ROLE livelihood_worker LOGIN NOSUPERUSER BYPASSRLS;
  END IF;
EXCEPTION WHEN unique_violation OR duplicate_object THEN
  NULL;  -- another database of this server is being migrated at the same moment
END $$
"""

# A temporary table would be a place to put things that a trusted function takes for its own.
TEMPORARY = """
DO $$ BEGIN
  EXECUTE format('{change} TEMPORARY ON DATABASE %I {whom} PUBLIC', current_database());
END $$
"""

SCOPES = """
CREATE FUNCTION app.{name}_offices() RETURNS smallint[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT string_to_array(nullif(current_setting('app.{name}_offices', true), ''), ',')::smallint[]
$$
"""

ACTOR = """
CREATE FUNCTION app.actor() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT nullif(current_setting('app.actor', true), '')::uuid
$$
"""

# Clears first: where nothing follows, the connection belongs to nobody. It answers NULL and does not raise,
# because a raised error would undo the clearing as well.
CLEAR = """
CREATE FUNCTION app.leave(only_transaction boolean) RETURNS void
LANGUAGE sql SET search_path = pg_catalog AS $$
  SELECT set_config('app.' || name, '', only_transaction)
  FROM unnest(ARRAY['actor', 'request', 'case_offices', 'money_offices', 'focal_offices', 'audit_offices']) AS name
$$
"""

ENTER = """
CREATE FUNCTION app.enter(token_digest bytea, only_transaction boolean, request text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  who record;
  held jsonb;
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
END $$
"""

ENTER_AS = """
CREATE FUNCTION app.enter_as(identity_name text, only_transaction boolean, request text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  who record;
BEGIN
  PERFORM app.leave(only_transaction);
  IF NOT (session_user = current_user
    OR session_user = 'livelihood_worker' AND identity_name = 'worker'
    OR session_user = 'livelihood_app' AND identity_name IN ('sign-in', 'public')) THEN
    RETURN NULL;
  END IF;
  SELECT id, name, username, language INTO who FROM staff WHERE username = identity_name AND kind = 'system';
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  PERFORM set_config('app.actor', who.id::text, only_transaction),
    set_config('app.request', request, only_transaction);
  RETURN jsonb_build_object('id', who.id, 'name', who.name, 'username', who.username, 'language', who.language,
    'roles', jsonb_build_array(), 'offices', jsonb_build_array());
END $$
"""

AUDIT = """
CREATE FUNCTION app.audit() RETURNS trigger
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
  WHERE before -> key IS DISTINCT FROM after -> key;
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


def upgrade() -> None:
    op.execute(ROLES)
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    op.execute(TEMPORARY.format(change="REVOKE", whom="FROM"))
    op.execute("CREATE SCHEMA app")
    op.execute("CREATE SCHEMA audit")
    op.execute("GRANT USAGE ON SCHEMA public, app, audit TO livelihood_app, livelihood_worker")
    op.execute(ACTOR)
    for name in ("case", "money", "focal", "audit"):
        op.execute(SCOPES.format(name=name))
    op.execute(CLEAR)

    op.create_table(
        "offices",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("prefix", sa.Text, nullable=False, unique=True),
        sa.Column("name_en", sa.Text, nullable=False),
        sa.Column("name_km", sa.Text, nullable=False),
    )
    op.create_table(
        "office_provinces",
        sa.Column("province_code", sa.Text, primary_key=True),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("username", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, server_default="person"),
        sa.Column("language", sa.Text, nullable=False, server_default="km"),
        sa.Column("password_hash", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False, server_default=sa.text("true")),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("kind IN ('person', 'system')", name="kind"),
        sa.CheckConstraint("language IN ('en', 'km')", name="language"),
        sa.CheckConstraint("username = lower(username) AND username <> ''", name="username"),
        sa.UniqueConstraint("username"),
    )
    op.create_table(
        "staff_roles",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id")),
        sa.CheckConstraint(
            "role IN ('admin', 'analyst', 'auditor', 'caseworker', 'finance', 'focal_point', 'manager', "
            "'monitor', 'supervisor', 'trainer')",
            name="role",
        ),
    )
    op.create_index(
        "uq_staff_roles_staff_id",
        "staff_roles",
        ["staff_id", "role", "office_id"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary, primary_key=True),
        sa.Column("staff_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False, index=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
        ),
        sa.Column(
            "used_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "sign_in_failures",
        sa.Column("subject", sa.LargeBinary, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "dirty",
        sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False, index=True),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column(
            "marked_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()
        ),
    )
    op.create_table(
        "creations",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body_hash", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("actor_id", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("request", sa.Text),
        sa.Column("office_id", sa.SmallInteger),
        sa.Column("household_id", sa.Uuid),
        sa.Column("table_name", sa.Text, nullable=False),
        sa.Column("row_key", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("changed", sa.JSON, nullable=False),
        schema="audit",
    )
    op.create_index("ix_entries_household_id", "entries", ["household_id", "id"], schema="audit")
    for function in (ENTER, ENTER_AS, AUDIT):
        op.execute(function)

    op.execute("ALTER TABLE audit.entries ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY entries_by_office ON audit.entries FOR SELECT TO livelihood_app "
        "USING (coalesce(office_id, 0::smallint) = ANY ((SELECT app.audit_offices())::smallint[]))"
    )
    op.execute("GRANT SELECT ON audit.entries TO livelihood_app")

    ddl.grant(op, "offices", app="SELECT")
    ddl.grant(op, "office_provinces", app="SELECT")
    # People and their roles are made by the owner alone, by `user add`.
    ddl.grant(op, "staff", app="SELECT, UPDATE (language)")
    ddl.grant(op, "staff_roles", app="SELECT")
    ddl.grant(op, "sessions", app="SELECT, INSERT, DELETE", worker="SELECT (digest, expires_at), DELETE")
    ddl.grant(
        op, "sign_in_failures", app="SELECT, INSERT, UPDATE", worker="SELECT (subject, failed_at), DELETE"
    )
    ddl.grant(op, "dirty", app="INSERT", worker="SELECT, INSERT, DELETE")
    ddl.grant(op, "creations", app="SELECT, INSERT")
    # Who has signed in opens nothing for somebody else, and ends nobody else's sign-in.
    op.execute("ALTER TABLE sessions ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY sessions_at_sign_in ON sessions TO livelihood_app "
        f"USING ((SELECT app.actor()) = '{SIGN_IN}')"
    )
    for verb in ("SELECT", "DELETE"):
        op.execute(
            f"CREATE POLICY sessions_own_{verb.lower()} ON sessions FOR {verb} TO livelihood_app "
            "USING (staff_id = (SELECT app.actor()))"
        )
    ddl.audit(op, "staff")
    ddl.audit(op, "staff_roles")

    offices = sa.table("offices", *(sa.column(name) for name in ("id", "prefix", "name_en", "name_km")))
    op.bulk_insert(offices, [{"id": i, "prefix": p, "name_en": e, "name_km": k} for i, p, e, k, _ in OFFICES])
    provinces = sa.table("office_provinces", sa.column("province_code"), sa.column("office_id"))
    op.bulk_insert(provinces, [{"province_code": code, "office_id": i} for i, *_, code in OFFICES])
    op.execute(f"SELECT set_config('app.actor', '{SYSTEM[0][0]}', true)")
    staff = sa.table("staff", *(sa.column(name) for name in ("id", "username", "name", "kind", "language")))
    for key, name in SYSTEM:
        op.execute(
            sa.insert(staff).values(
                id=sa.cast(key, sa.Uuid), username=name, name=name, kind="system", language="en"
            )
        )


def downgrade() -> None:
    for table in (
        "audit.entries", "creations", "dirty", "sign_in_failures", "sessions", "staff_roles", "staff",
        "office_provinces", "offices",
    ):  # fmt: skip
        op.execute(f"DROP TABLE {table}")
    op.execute("DROP SCHEMA audit")
    op.execute("DROP SCHEMA app CASCADE")
    op.execute(TEMPORARY.format(change="GRANT", whom="TO"))
