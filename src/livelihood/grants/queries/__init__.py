"""Reads of funds and grants; what an actor may not see, the database leaves out."""

from livelihood.grants.queries.families import MEMBERS, planned, with_a_grant
from livelihood.grants.queries.funds import fund, funds
from livelihood.grants.queries.grants import DECISIONS, PAGE_SIZE, TRANCHES, grant, grants, no_grant
from livelihood.grants.queries.policy import bands, roles_for, shares
from livelihood.grants.queries.steps import PREPARERS, REQUIREMENTS, steps_to_come

__all__ = [
    "DECISIONS",
    "MEMBERS",
    "PAGE_SIZE",
    "PREPARERS",
    "REQUIREMENTS",
    "TRANCHES",
    "bands",
    "fund",
    "funds",
    "grant",
    "grants",
    "no_grant",
    "planned",
    "roles_for",
    "shares",
    "steps_to_come",
    "with_a_grant",
]
