"""Whom we serve: places, schools, households, members, consent."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0002_households"
down_revision = "0001_foundation"
branch_labels = None
depends_on = None

WORDS = sa.ARRAY(sa.Text)
HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")

# Each office counts its own households. A sequence locks nothing, so nobody waits for another's registration;
# a registration that fails leaves a gap.
OFFICES = range(1, 7)

# Array containment is not leakproof, so under a policy its index would go unused; the function applies the
# actor's offices itself.
FIND = """
CREATE FUNCTION app.find_households(wanted text[], at_most integer) RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT h.id FROM households h
  WHERE h.office_id = ANY ((SELECT app.case_offices())::smallint[]) AND cardinality(wanted) > 0
    AND (h.search @> wanted OR h.id IN (SELECT m.household_id FROM members m WHERE m.search @> wanted))
  ORDER BY h.code LIMIT at_most
$$
"""


def upgrade() -> None:
    op.create_table(
        "places",
        sa.Column("code", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_latin", sa.Text, nullable=False),
        sa.Column("lat", sa.Float),
        sa.Column("lng", sa.Float),
        sa.Column("search", WORDS, nullable=False),
        sa.CheckConstraint("level IN ('province', 'district', 'commune', 'village')", name="level"),
    )
    op.create_index("ix_places_search", "places", ["search"], postgresql_using="gin")
    op.create_table(
        "schools",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("village_code", sa.Text, sa.ForeignKey("places.code"), nullable=False),
        sa.Column("name_km", sa.Text, nullable=False),
        sa.Column("name_latin", sa.Text),
        sa.UniqueConstraint("village_code", "name_km"),
    )
    for office_id in OFFICES:
        op.execute(f"CREATE SEQUENCE household_numbers_{office_id}")
        op.execute(f"GRANT USAGE ON SEQUENCE household_numbers_{office_id} TO livelihood_app")
    op.create_table(
        "households",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("village_code", sa.Text, sa.ForeignKey("places.code"), nullable=False, index=True),
        sa.Column("caseworker_id", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("monitor_id", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("phone", sa.Text),
        sa.Column("idpoor_level", sa.Text, nullable=False, server_default="none"),
        sa.Column("idpoor_card", sa.Text),
        sa.Column("idpoor_expires_on", sa.Date),
        sa.Column("risk", sa.Text, nullable=False, server_default="standard"),
        sa.Column("status", sa.Text, nullable=False, server_default="active"),
        sa.Column("intake_on", sa.Date, nullable=False),
        sa.Column("next_change_on", sa.Date),
        sa.Column("search", WORDS, nullable=False),
        sa.Column("version", sa.Integer, nullable=False, server_default="1"),
        sa.Column("registered_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("idpoor_level IN ('none', 'level_1', 'level_2')", name="idpoor_level"),
        sa.CheckConstraint("risk IN ('standard', 'high')", name="risk"),
        sa.CheckConstraint("status IN ('active', 'closed')", name="status"),
        sa.UniqueConstraint("id", "office_id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("ix_households_search", "households", ["search"], postgresql_using="gin")
    op.create_index("ix_households_office_id", "households", ["office_id", "code"])
    op.create_index("ix_households_next_change_on", "households", ["next_change_on"])
    op.create_table(
        "household_referrals",
        sa.Column("household_id", sa.Uuid, primary_key=True),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("source", sa.Text),
        sa.Column("risk_reason", sa.Text),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
    )
    op.create_table(
        "members",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("family_name_km", sa.Text),
        sa.Column("given_name_km", sa.Text),
        sa.Column("family_name_latin", sa.Text),
        sa.Column("given_name_latin", sa.Text),
        sa.Column("sex", sa.Text, nullable=False),
        sa.Column("born_on", sa.Date, nullable=False),
        sa.Column("born_precision", sa.Text, nullable=False),
        sa.Column("relationship", sa.Text, nullable=False),
        sa.Column("joined_on", sa.Date, nullable=False),
        sa.Column("left_on", sa.Date),
        sa.Column("left_because", sa.Text),
        sa.Column("search", WORDS, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("sex IN ('female', 'male')", name="sex"),
        sa.CheckConstraint("born_precision IN ('day', 'month', 'year', 'estimated')", name="born_precision"),
        sa.CheckConstraint(
            "relationship IN ('head', 'spouse', 'daughter', 'son', 'grandchild', 'parent', 'sibling', "
            "'niece_nephew', 'other_relative', 'not_related')",
            name="relationship",
        ),
        sa.CheckConstraint(
            "(family_name_km IS NOT NULL AND given_name_km IS NOT NULL)"
            " OR (family_name_latin IS NOT NULL AND given_name_latin IS NOT NULL)",
            name="name",
        ),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
        sa.UniqueConstraint("id", "household_id"),
    )
    op.create_index("ix_members_search", "members", ["search"], postgresql_using="gin")
    op.create_index("ix_members_household_id", "members", ["household_id"])
    op.create_index(
        "uq_members_head",
        "members",
        ["household_id"],
        unique=True,
        postgresql_where=sa.text("relationship = 'head' AND left_on IS NULL"),
    )
    op.create_table(
        "consents",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("member_id", sa.Uuid, sa.ForeignKey("members.id"), nullable=False),
        sa.Column("purposes", WORDS, nullable=False),
        sa.Column("method", sa.Text, nullable=False),
        sa.Column("witness", sa.Text),
        sa.Column("given_on", sa.Date, nullable=False),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("recorded_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("method IN ('signature', 'thumbprint')", name="method"),
        sa.CheckConstraint("method <> 'thumbprint' OR witness IS NOT NULL", name="witness"),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
    )
    op.create_index("ix_consents_household_id", "consents", ["household_id"])

    ddl.grant(op, "places", app="SELECT")
    ddl.grant(op, "schools", app="SELECT, INSERT")
    ddl.grant(op, "households", app="SELECT, INSERT, UPDATE", worker="SELECT, UPDATE (next_change_on)")
    ddl.grant(op, "members", app="SELECT, INSERT, UPDATE", worker="SELECT")
    ddl.grant(op, "consents", app="SELECT, INSERT, UPDATE")
    ddl.grant(op, "household_referrals", app="SELECT, INSERT, UPDATE")
    for table in ("households", "members", "consents"):
        ddl.show_by_office(op, table)
        ddl.audit(op, table)
    ddl.audit(op, "household_referrals", "household_id", values=False)
    op.execute("ALTER TABLE household_referrals ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY household_referrals_need_to_know ON household_referrals TO livelihood_app "
        "USING (office_id = ANY ((SELECT app.focal_offices())::smallint[])"
        "  OR office_id = ANY ((SELECT app.case_offices())::smallint[])"
        "    AND EXISTS (SELECT FROM households h WHERE h.id = household_id"
        "      AND (SELECT app.actor()) IN (h.caseworker_id, h.monitor_id)))"
        " WITH CHECK (office_id = ANY ((SELECT app.case_offices())::smallint[]))"
    )
    op.execute(FIND)


def downgrade() -> None:
    op.execute("DROP FUNCTION app.find_households")
    for table in ("consents", "members", "household_referrals", "households", "schools", "places"):
        op.drop_table(table)
    for office_id in OFFICES:
        op.execute(f"DROP SEQUENCE household_numbers_{office_id}")
