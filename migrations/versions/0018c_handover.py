"""A family that moved goes to the office of its new village, with everything that is known and planned of it."""

import sqlalchemy as sa
from alembic import op

from livelihood.db import ddl

revision = "0018c_handover"
down_revision = "0018b_closing"
branch_labels = None
depends_on = None

HOUSEHOLD = ("household_id", "office_id"), ("households.id", "households.office_id")

# Policies let nobody write a row of another office, so this is the one way out of one. The household's row is the only
# one that is named: whatever else belongs to it follows by its foreign key. Marks for the workers have none, because
# they are taken away while a household is locked.
# The new office's staff are chosen here, since nobody of the old office sees how much they have to do.
HAND_OVER = """
CREATE FUNCTION app.hand_over(
  handover uuid, household uuid, village text, reason text, day date, at timestamptz) RETURNS smallint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  family record;
  target smallint;
  new_caseworker uuid;
  new_monitor uuid;
BEGIN
  SELECT h.id, h.office_id, h.code, h.village_code, h.caseworker_id, h.monitor_id INTO family
  FROM households h
  WHERE h.id = hand_over.household AND h.office_id = ANY (app.case_offices())
  FOR UPDATE;
  IF NOT FOUND OR NOT EXISTS (
    SELECT FROM staff_roles r WHERE r.staff_id = app.actor() AND r.role IN ('manager', 'supervisor')
      AND (r.office_id IS NULL OR r.office_id = family.office_id)
  ) THEN
    RAISE insufficient_privilege USING MESSAGE = 'permission denied for this household';
  END IF;
  SELECT o.office_id INTO STRICT target
  FROM places p JOIN office_provinces o ON o.province_code = left(p.code, 2)
  WHERE p.code = hand_over.village AND p.level = 'village';
  new_caseworker := family.caseworker_id;
  new_monitor := family.monitor_id;
  IF target <> family.office_id THEN
    SELECT r.staff_id INTO STRICT new_caseworker
    FROM staff_roles r JOIN staff s ON s.id = r.staff_id
    WHERE r.role = 'caseworker' AND r.office_id = target AND s.active AND s.kind = 'person'
    ORDER BY (SELECT count(*) FROM households h WHERE h.caseworker_id = r.staff_id AND h.closed_on IS NULL),
      r.staff_id
    LIMIT 1;
    SELECT r.staff_id INTO STRICT new_monitor
    FROM staff_roles r JOIN staff s ON s.id = r.staff_id
    WHERE r.role = 'monitor' AND r.office_id = target AND s.active AND s.kind = 'person'
    ORDER BY (SELECT count(*) FROM households h WHERE h.monitor_id = r.staff_id AND h.closed_on IS NULL),
      r.staff_id
    LIMIT 1;
  END IF;
  UPDATE households SET office_id = target, village_code = hand_over.village, caseworker_id = new_caseworker,
    monitor_id = new_monitor, version = version + 1
  WHERE id = family.id;
  UPDATE dirty SET office_id = target WHERE household_id = family.id;
  INSERT INTO dirty (household_id, office_id, cause) VALUES (family.id, target, 'moved to another village');
  -- Whoever hands a family on has taken note of it.
  UPDATE handovers SET acknowledged_by = app.actor(), acknowledged_at = hand_over.at
  WHERE household_id = family.id AND acknowledged_at IS NULL;
  INSERT INTO handovers (id, household_id, office_id, code, from_office_id, to_office_id, from_village, to_village,
    reason, handed_on, handed_by, handed_at, acknowledged_by, acknowledged_at)
  VALUES (hand_over.handover, family.id, target, family.code, family.office_id, target, family.village_code,
    hand_over.village, hand_over.reason, hand_over.day, app.actor(), hand_over.at,
    CASE WHEN target = family.office_id THEN app.actor() END,
    CASE WHEN target = family.office_id THEN hand_over.at END);
  RETURN target;
END $$
"""
SIGNATURE = "app.hand_over(uuid, uuid, text, text, date, timestamptz)"
MINE = "= ANY ((SELECT app.case_offices())::smallint[])"


def upgrade() -> None:
    op.create_table(
        "handovers",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("household_id", sa.Uuid, nullable=False),
        sa.Column("office_id", sa.SmallInteger, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("from_office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
        sa.Column("to_office_id", sa.SmallInteger, sa.ForeignKey("offices.id"), nullable=False),
        sa.Column("from_village", sa.Text, sa.ForeignKey("places.code"), nullable=False),
        sa.Column("to_village", sa.Text, sa.ForeignKey("places.code"), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("handed_on", sa.Date, nullable=False),
        sa.Column("handed_by", sa.Uuid, sa.ForeignKey("staff.id"), nullable=False),
        sa.Column("handed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_by", sa.Uuid, sa.ForeignKey("staff.id")),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("(acknowledged_by IS NULL) = (acknowledged_at IS NULL)", name="acknowledged"),
        sa.ForeignKeyConstraint(*HOUSEHOLD, onupdate="CASCADE"),
    )
    op.create_index("ix_handovers_household_id", "handovers", ["household_id"])
    op.create_index("ix_handovers_from_office_id", "handovers", ["from_office_id", "handed_at"])
    op.create_index("ix_handovers_to_office_id", "handovers", ["to_office_id", "handed_at"])
    op.create_index(
        "ix_handovers_waiting",
        "handovers",
        ["to_office_id"],
        postgresql_where=sa.text("acknowledged_at IS NULL"),
    )
    ddl.grant(op, "handovers", app="SELECT, UPDATE (acknowledged_by, acknowledged_at)")
    ddl.audit(op, "handovers", values=False)
    op.execute("ALTER TABLE handovers ENABLE ROW LEVEL SECURITY")
    # The office that handed a family over keeps this one row of it, and nothing else.
    op.execute(
        "CREATE POLICY handovers_seen ON handovers FOR SELECT TO livelihood_app "
        f"USING (office_id {MINE} OR from_office_id {MINE} OR to_office_id {MINE})"
    )
    op.execute(
        "CREATE POLICY handovers_acknowledged ON handovers FOR UPDATE TO livelihood_app "
        f"USING (to_office_id {MINE})"
    )
    op.execute(HAND_OVER)
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO livelihood_app")


def downgrade() -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.drop_table("handovers")
