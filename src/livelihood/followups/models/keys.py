from sqlalchemy import (
    ForeignKeyConstraint,
)


def member_key() -> ForeignKeyConstraint:
    """A member is named together with the household, and held to their own."""
    return ForeignKeyConstraint(["member_id", "household_id"], ["members.id", "members.household_id"])


def visit_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["visit_id", "household_id"], ["visits.id", "visits.household_id"])
