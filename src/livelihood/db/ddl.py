"""What a migration says about a table beyond its columns: who may do what, whose rows show, what is audited."""

from typing import Literal

from alembic.operations import Operations

Scope = Literal["case", "money", "focal"]


def grant(op: Operations, table: str, *, app: str = "", worker: str = "") -> None:
    """Rights of the two roles, as in `app="SELECT, INSERT"`; what is not named is not given."""
    for role, rights in (("livelihood_app", app), ("livelihood_worker", worker)):
        if rights:
            op.execute(f"GRANT {rights} ON {table} TO {role}")


def show_by_office(op: Operations, table: str, scope: Scope = "case", *, column: str = "office_id") -> None:
    """Rows show, and can be written, only where the actor's offices of this scope include the row's.

    The scope's function stands in a sub-select, so that it is evaluated once a statement and not once a row.
    """
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY {table}_by_office ON {table} TO livelihood_app "
        f"USING ({column} = ANY ((SELECT app.{scope}_offices())::smallint[]))"
    )


def audit(op: Operations, table: str, *keys: str, values: bool = True) -> None:
    """Every write to the table is recorded by the database; without `values`, by the columns' names alone."""
    arguments = ", ".join(f"'{word}'" for word in ("values" if values else "columns", *(keys or ("id",))))
    op.execute(
        f"CREATE TRIGGER {table}_audit AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION app.audit({arguments})"
    )
