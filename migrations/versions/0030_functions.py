"""What runs with the owner's rights is for whom it was made, and no longer for every role of the database."""

from alembic import op

revision = "0030_functions"
down_revision = "0029_enter"
branch_labels = None
depends_on = None

APP = (
    "backlog(date)",
    "enter(bytea, boolean, text)",
    "enter_as(text, boolean, text)",
    "find_households(text[], integer)",
    "focal_point_reached(uuid[], text[])",
    "handles_concern(uuid)",
    "is_national_focal_point()",
    "pupils(smallint[], uuid)",
    "read_concern(uuid, timestamptz)",
    "undelivered(timestamptz)",
)
# The workers ask for nobody's sake: whatever else they read, they read from tables.
WORKER = ("enter_as(text, boolean, text)",)


def upgrade() -> None:
    for function in APP:
        op.execute(f"REVOKE EXECUTE ON FUNCTION app.{function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION app.{function} TO livelihood_app")
    for function in WORKER:
        op.execute(f"GRANT EXECUTE ON FUNCTION app.{function} TO livelihood_worker")


def downgrade() -> None:
    for function in APP:
        op.execute(f"REVOKE EXECUTE ON FUNCTION app.{function} FROM livelihood_app, livelihood_worker")
        op.execute(f"GRANT EXECUTE ON FUNCTION app.{function} TO PUBLIC")
