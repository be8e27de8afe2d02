"""Fortnightly checks of families that were at high risk before there were any begin now, and not at their intake.

Otherwise a family of long standing would meet a year of missed checks at once, and its children's silence would be told
to everybody up to the manager on the day of the upgrade.
"""

from datetime import date
from uuid import UUID, uuid5

import sqlalchemy as sa
from alembic import op

revision = "0021c_risk_begins"
down_revision = "0021b_new_protocols"
branch_labels = None
depends_on = None

# Whoever was worked out with these checks already was asked for them, and stays as they are.
WAITING = """
SELECT h.id, h.office_id FROM households h
WHERE h.risk = 'high'
  AND NOT EXISTS (SELECT FROM anchors a WHERE a.household_id = h.id AND a.kind = 'high_risk')
  AND NOT EXISTS (SELECT FROM follow_ups f WHERE f.household_id = h.id AND f.anchor_kind = 'high_risk')
"""
TODAY = "SELECT (now() AT TIME ZONE 'Asia/Phnom_Penh')::date"
BEGUN = """
SELECT a.id, a.household_id FROM anchors a JOIN households h ON h.id = a.household_id
WHERE a.kind = 'high_risk' AND a.ended_on IS NULL AND a.anchored_on > h.intake_on
"""


def upgrade() -> None:
    connection = op.get_bind()
    waiting = connection.execute(sa.text(WAITING)).all()
    if not waiting:
        return
    today: date = connection.execute(sa.text(TODAY)).scalar_one()
    _enter(connection)
    connection.execute(
        sa.text(
            "INSERT INTO anchors (id, household_id, office_id, kind, source_id, anchored_on, recorded_at) "
            "VALUES (:id, :household_id, :office_id, 'high_risk', :id, :today, now())"
        ),
        [
            {"id": _first(one.id), "household_id": one.id, "office_id": one.office_id, "today": today}
            for one in waiting
        ],
    )
    connection.execute(
        sa.text("INSERT INTO dirty (household_id, office_id, cause) VALUES (:id, :office_id, 'upgrade')"),
        [{"id": one.id, "office_id": one.office_id} for one in waiting],
    )
    _leave(connection)


def downgrade() -> None:
    connection = op.get_bind()
    begun = [
        {"id": one.id} for one in connection.execute(sa.text(BEGUN)) if one.id == _first(one.household_id)
    ]
    if not begun:
        return
    _enter(connection)
    connection.execute(sa.text("DELETE FROM follow_ups WHERE anchor_id = :id"), begun)
    connection.execute(sa.text("DELETE FROM anchors WHERE id = :id"), begun)
    _leave(connection)


def _first(household_id: UUID) -> UUID:
    """The anchor of the risk a household was registered with has this id wherever it is made."""
    return uuid5(household_id, "high_risk")


def _enter(connection: sa.Connection) -> None:
    """The audit trail takes no write by nobody."""
    connection.execute(sa.text("SELECT app.enter_as('setup', true, '0021c_risk_begins')"))


def _leave(connection: sa.Connection) -> None:
    connection.execute(sa.text("SELECT app.leave(true)"))
