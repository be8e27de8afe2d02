from pathlib import Path

from livelihood.accounts.document import permission_table
from livelihood.accounts.permissions import ROLE_PERMISSIONS, Permission, Role

DOCUMENT = Path(__file__).parents[2] / "docs" / "permissions.md"


def test_the_document_says_what_the_code_does():
    assert DOCUMENT.read_text() == permission_table(), (
        "run: python -m livelihood.accounts.document > docs/permissions.md"
    )


def test_permissions_are_in_alphabetical_order_and_each_is_held_by_somebody():
    assert list(Permission) == sorted(Permission)
    assert set().union(*ROLE_PERMISSIONS.values()) == set(Permission)


def test_what_the_roles_may_not_do():
    """The third column of the roles in the rules of the work."""
    held = ROLE_PERMISSIONS
    assert held[Role.ADMIN] == {Permission.DELIVERIES_READ, Permission.SYSTEM_READ}
    assert not held[Role.ANALYST]
    assert Permission.GRANTS_PAY not in held[Role.CASEWORKER] | held[Role.SUPERVISOR] | held[Role.MANAGER]
    assert not {Permission.RISK_READ, Permission.REFERRALS_READ, Permission.GRANTS_READ} & held[Role.TRAINER]
    assert not {Permission.ALERTS_READ, Permission.VISITS_READ, Permission.VISITS_RECORD} & held[Role.TRAINER]
    assert not {Permission.GRANTS_READ, Permission.FUNDS_READ} & held[Role.MONITOR]
    assert Permission.GRANTS_DECIDE not in held[Role.FINANCE]
    assert held[Role.AUDITOR] == {Permission.AUDIT_READ}
