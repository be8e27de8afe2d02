"""Concerns are numbered without gaps; their sender hears whether a message can reach the focal point.

What waits for a way to its person is no backlog of the workers.
"""

import sqlalchemy as sa
from alembic import op

revision = "0028_concern_numbers"
down_revision = "0027c_decent_work"
branch_labels = None
depends_on = None

# A sequence is not given back by a transaction that fails, and a number that is missing reads as a concern that was
# taken away. So the last number is a row: whoever sends waits for whoever sends just now. Concerns are few.
NUMBER = """
CREATE FUNCTION app.number_concern() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE concern_numbers SET last = last + 1 RETURNING last INTO STRICT NEW.number;
  RETURN NEW;
END $$
"""

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

# As it was, but for the messages that are counted.
BACKLOG = """
CREATE OR REPLACE FUNCTION app.backlog(today date) RETURNS jsonb
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT jsonb_build_object(
    'now', clock_timestamp(),
    'revision', (SELECT version_num FROM alembic_version),
    'dirty', (SELECT count(*) FROM (SELECT FROM dirty LIMIT 100000) d),
    'dirty_since', (SELECT min(marked_at) FROM (SELECT marked_at FROM dirty ORDER BY id LIMIT 1000) d),
    'due', (SELECT count(*) FROM (SELECT FROM households WHERE next_change_on < today LIMIT 100000) h),
    'due_since', (SELECT min(next_change_on) FROM households WHERE next_change_on < today),
    'unsent', (SELECT count(*) FROM (SELECT FROM outbox WHERE {unsent} LIMIT 100000) o),
    'unsent_since', (SELECT min(created_at) FROM outbox WHERE {unsent}),
    'given_up', (SELECT count(*) FROM (SELECT FROM outbox
      WHERE given_up_at IS NOT NULL AND last_error NOT IN ('outdated', 'unwanted') LIMIT 100000) o),
    'previews', (SELECT count(*) FROM previews WHERE state = 'asked'),
    'previews_since', (SELECT min(asked_at) FROM previews WHERE state = 'asked'))
$$
"""
UNSENT = "sent_at IS NULL AND given_up_at IS NULL"
# No worker can do anything about a safeguarding notice whose person has no way yet.
TO_SEND = f"{UNSENT} AND NOT (kind = 'safeguarding' AND coalesce(last_error, '') IN ('no_address', 'off'))"


def upgrade() -> None:
    op.create_table(
        "concern_numbers",
        sa.Column("id", sa.SmallInteger, primary_key=True, autoincrement=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name="one"),
    )
    # Nobody has a right on it: the trigger alone counts, and every number it gives stands in an audited row.
    op.execute("ALTER TABLE concern_numbers ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE concerns ALTER number DROP IDENTITY")
    op.execute("INSERT INTO concern_numbers SELECT 1, coalesce(max(number), 0) FROM concerns")
    op.execute(NUMBER)
    op.execute(
        "CREATE TRIGGER concerns_number BEFORE INSERT ON concerns "
        "FOR EACH ROW EXECUTE FUNCTION app.number_concern()"
    )
    op.execute(REACHED)
    op.execute(BACKLOG.format(unsent=TO_SEND))


def downgrade() -> None:
    op.execute(BACKLOG.format(unsent=UNSENT))
    op.execute("DROP FUNCTION app.focal_point_reached(uuid[], text[])")
    op.execute("DROP TRIGGER concerns_number ON concerns")
    op.execute("DROP FUNCTION app.number_concern()")
    op.execute("ALTER TABLE concerns ALTER number ADD GENERATED ALWAYS AS IDENTITY")
    op.execute(
        "SELECT setval(pg_get_serial_sequence('concerns', 'number'), greatest(last, 1), last > 0) "
        "FROM concern_numbers"
    )
    op.drop_table("concern_numbers")
