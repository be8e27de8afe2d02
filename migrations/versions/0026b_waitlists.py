"""A family that moves to another office gives up its places on the waitlists of courses there."""

from alembic import op

revision = "0026b_waitlists"
down_revision = "0026_seats_given_up"
branch_labels = None
depends_on = None

# As before, and a place on a waitlist stays behind: from the old office nobody could call the family any more, and
# those behind it would wait for somebody whom nobody sees. The reason is said by us; what was written of the move is
# for fewer readers than a course is.
GIVE_UP = """
    UPDATE enrolments e SET state = 'withdrawn', waitlist_position = NULL, ended_on = hand_over.day,
      ended_because = 'The family moved to another office.'
    FROM courses c
    WHERE c.id = e.course_id AND e.household_id = family.id AND e.state = 'waitlisted' AND c.office_id <> target;
"""
HAND_OVER = """
CREATE OR REPLACE FUNCTION app.hand_over(
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
    LIMIT 1;{give_up}
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

# Those who went before the release that knows of it.
GIVEN_UP = """
UPDATE enrolments e SET state = 'withdrawn', waitlist_position = NULL, ended_on = h.handed_on,
  ended_because = 'The family moved to another office.'
FROM courses c, (SELECT household_id, max(handed_on) AS handed_on FROM handovers
  WHERE from_office_id <> to_office_id GROUP BY household_id) h
WHERE c.id = e.course_id AND h.household_id = e.household_id AND e.state = 'waitlisted' AND c.office_id <> e.office_id
"""
STAFF_SETUP = "00000000-0000-7000-8000-000000000001"

# Follow-ups stand below courses and cannot ask them.
WAITED_FOR = """
CREATE FUNCTION app.places_on_waitlists(household uuid)
RETURNS TABLE (member_id uuid, trade_en text, trade_km text, place text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT e.member_id, t.name_en, t.name_km, c.place
  FROM enrolments e JOIN courses c ON c.id = e.course_id JOIN trades t ON t.key = c.trade
  WHERE e.household_id = places_on_waitlists.household AND e.state = 'waitlisted'
    AND e.office_id = ANY ((SELECT app.case_offices())::smallint[])
  ORDER BY c.starts_on, e.id
$$
"""
# A family's history goes along with it, the courses of its old office do not.
TRADE = """
CREATE FUNCTION app.trade_of(enrolment uuid) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.trade FROM enrolments e JOIN courses c ON c.id = e.course_id
  WHERE e.id = trade_of.enrolment AND e.office_id = ANY ((SELECT app.case_offices())::smallint[])
$$
"""
NEW = {"app.places_on_waitlists(uuid)": WAITED_FOR, "app.trade_of(uuid)": TRADE}


def upgrade() -> None:
    op.execute(HAND_OVER.format(give_up=GIVE_UP.rstrip()))
    op.execute(f"SELECT set_config('app.actor', '{STAFF_SETUP}', true)")
    op.execute(GIVEN_UP)
    for signature, function in NEW.items():
        op.execute(function)
        op.execute(f"REVOKE EXECUTE ON FUNCTION {signature} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {signature} TO livelihood_app")


def downgrade() -> None:
    for signature in NEW:
        op.execute(f"DROP FUNCTION {signature}")
    op.execute(HAND_OVER.format(give_up=""))
