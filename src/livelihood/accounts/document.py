"""The permission table for people to read: `python -m livelihood.accounts.document > docs/permissions.md`."""

from livelihood.accounts.permissions import ROLE_PERMISSIONS, Permission, Role

# What each permission lets somebody do, and with which data.
MEANING: dict[Permission, tuple[str, str]] = {
    Permission.ABSENCES_RECORD: ("record who is away for a season", "absences"),
    Permission.ALERTS_ACKNOWLEDGE: ("answer an alert", "alerts"),
    Permission.ALERTS_NOTE: ("say that they read an alert, which others answer", "alerts"),
    Permission.ALERTS_READ: ("read alerts", "alerts"),
    Permission.AUDIT_READ: ("read who did what", "audit trail"),
    Permission.CHECKS_CLOSE: ("mark a check that nobody will make as missed, and take it back", "follow-ups"),
    Permission.COURSES_MANAGE: ("set up courses", "courses"),
    Permission.CONCERNS_SEND: ("send a concern, sealed", "concerns; only the focal point reads them"),
    Permission.COURSES_READ: ("read courses and who is in them", "courses, enrolments"),
    Permission.COVER_SET: ("set who covers a monitor's leave", "cover"),
    Permission.DELIVERIES_READ: ("read who of the staff was not reached, in numbers", "messages"),
    Permission.ENROLMENTS_MANAGE: ("enrol and complete", "enrolments"),
    Permission.FOLLOW_UPS_READ: (
        "read what is to be checked; without visits:read of trainees' placements only",
        "follow-ups",
    ),
    Permission.FUNDS_MANAGE: ("set up funds", "funds"),
    Permission.FUNDS_READ: ("read funds and balances", "funds"),
    Permission.GRANTS_DECIDE: ("approve, return, reject what a colleague prepared", "grants"),
    Permission.GRANTS_PAY: ("pay what others approved", "tranches, disbursements"),
    Permission.GRANTS_PREPARE: ("prepare and submit", "grants"),
    Permission.GRANTS_READ: ("read applications and amounts", "grants, tranches, disbursements"),
    Permission.HANDOVERS_ACKNOWLEDGE: ("take note of a family handed over to one's office", "handovers"),
    Permission.HOUSEHOLDS_ASSIGN: ("give households to another monitor or caseworker", "households"),
    Permission.HOUSEHOLDS_CLOSE: ("close a household's case, and reopen it", "households, leavings"),
    Permission.HOUSEHOLDS_HAND_OVER: (
        "give a family that moved to the office of its new village",
        "households with all that belongs to them, handovers",
    ),
    Permission.HOUSEHOLDS_IMPORT: ("import intake lists", "households, members, observations"),
    Permission.HOUSEHOLDS_READ: ("read families", "households, members, consents"),
    Permission.HOUSEHOLDS_REGISTER: ("register families and their consent", "households, members, consents"),
    Permission.LEAVINGS_RECORD: ("record who leaves a family, and who is back", "members, leavings"),
    Permission.LOAD_READ: ("read how much each monitor has to do", "households, follow-ups, visits"),
    Permission.LOSSES_DECIDE: ("say that a child is lost to follow-up, and take it back", "losses"),
    Permission.OBSERVATIONS_RECORD: (
        "record what was seen; without visits:record trainees' placements only",
        "observations",
    ),
    Permission.POLICY_MANAGE: (
        "change protocols, numbers and the calendar; held for all offices alone",
        "protocols, policy numbers, school calendar",
    ),
    Permission.POLICY_READ: (
        "read protocols, numbers and the calendar",
        "protocols, policy numbers, school calendar",
    ),
    Permission.REFERRALS_READ: (
        "read who referred a family and why it is at risk, where assigned",
        "referrals",
    ),
    Permission.RISK_READ: ("read whether the risk is high", "households"),
    Permission.RISK_SET: ("say whether the risk is high, and why", "households, referrals"),
    Permission.SEARCHES_LOG: (
        "log who was asked after a missing child; without alerts:acknowledge of the families one works only",
        "alerts",
    ),
    Permission.SPOT_CHECKS_MAKE: ("draw visits for a re-check and record it", "re-checks of visits"),
    Permission.SUPPORT_PLANS_MAKE: ("make a support plan, having met the family", "support plans"),
    Permission.SYSTEM_READ: ("see whether the workers do their work", "worker runs, backlogs"),
    Permission.VISITS_READ: ("read visits", "visits"),
    Permission.VISITS_RECORD: (
        "record visits, and print sheets for them; correct and withdraw those of one's own",
        "visits, observations, sheets",
    ),
    Permission.VISITS_REVIEW: (
        "look at records of one day that contradict each other; correct and withdraw visits of others",
        "visits, decisions about them",
    ),
}

HEAD = """# Who may do what

Generated from `src/livelihood/accounts/permissions.py` by `python -m livelihood.accounts.document`; a test holds the
two together. A role is held for one office or for all, and reaches the data of those offices alone; the database
enforces that by itself. Separation of duties holds for each grant, whatever roles a person has.
"""


def permission_table() -> str:
    roles = sorted(Role)
    titles = " | ".join(role.replace("_", " ") for role in roles)
    lines = [
        HEAD,
        f"| may | on | permission | {titles} |",
        f"| --- | --- | --- |{' :-: |' * len(roles)}",
    ]
    for permission in Permission:
        verb, data = MEANING[permission]
        marks = " | ".join("●" if permission in ROLE_PERMISSIONS[role] else "" for role in roles)
        lines.append(f"| {verb} | {data} | `{permission}` | {marks} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(permission_table(), end="")  # noqa: T201  # this is its purpose
