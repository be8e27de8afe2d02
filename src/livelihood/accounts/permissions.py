"""Who may do what: the roles of the work and their permissions. Offices are checked beside these, in `Actor`."""

from enum import StrEnum

from livelihood.errors import Message, say


class Role(StrEnum):
    ADMIN = "admin"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    CASEWORKER = "caseworker"
    FINANCE = "finance"
    FOCAL_POINT = "focal_point"
    MANAGER = "manager"
    MONITOR = "monitor"
    SUPERVISOR = "supervisor"
    TRAINER = "trainer"


ROLE_NAMES: dict[Role, Message] = {
    Role.ADMIN: say("administrator"),
    Role.ANALYST: say("analyst"),
    Role.AUDITOR: say("auditor"),
    Role.CASEWORKER: say("caseworker"),
    Role.FINANCE: say("finance officer"),
    Role.FOCAL_POINT: say("safeguarding focal point"),
    Role.MANAGER: say("manager"),
    Role.MONITOR: say("monitor"),
    Role.SUPERVISOR: say("supervisor"),
    Role.TRAINER: say("trainer"),
}


class Permission(StrEnum):
    """`area:action`, in alphabetical order."""

    ABSENCES_RECORD = "absences:record"
    ALERTS_ACKNOWLEDGE = "alerts:acknowledge"
    ALERTS_NOTE = "alerts:note"
    ALERTS_READ = "alerts:read"
    AUDIT_READ = "audit:read"
    CHECKS_CLOSE = "checks:close"
    CONCERNS_SEND = "concerns:send"
    COURSES_MANAGE = "courses:manage"
    COURSES_READ = "courses:read"
    COVER_SET = "cover:set"
    DELIVERIES_READ = "deliveries:read"
    ENROLMENTS_MANAGE = "enrolments:manage"
    FOLLOW_UPS_READ = "follow-ups:read"
    FUNDS_MANAGE = "funds:manage"
    FUNDS_READ = "funds:read"
    GRANTS_DECIDE = "grants:decide"
    GRANTS_PAY = "grants:pay"
    GRANTS_PREPARE = "grants:prepare"
    GRANTS_READ = "grants:read"
    HANDOVERS_ACKNOWLEDGE = "handovers:acknowledge"
    HOUSEHOLDS_ASSIGN = "households:assign"
    HOUSEHOLDS_CLOSE = "households:close"
    HOUSEHOLDS_HAND_OVER = "households:hand-over"
    HOUSEHOLDS_IMPORT = "households:import"
    HOUSEHOLDS_READ = "households:read"
    HOUSEHOLDS_REGISTER = "households:register"
    LEAVINGS_RECORD = "leavings:record"
    LOAD_READ = "load:read"
    LOSSES_DECIDE = "losses:decide"
    OBSERVATIONS_RECORD = "observations:record"
    POLICY_MANAGE = "policy:manage"
    POLICY_READ = "policy:read"
    REFERRALS_READ = "referrals:read"
    RISK_READ = "risk:read"
    RISK_SET = "risk:set"
    SEARCHES_LOG = "searches:log"
    SPOT_CHECKS_MAKE = "spot-checks:make"
    SUPPORT_PLANS_MAKE = "support-plans:make"
    SYSTEM_READ = "system:read"
    VISITS_READ = "visits:read"
    VISITS_RECORD = "visits:record"
    VISITS_REVIEW = "visits:review"


P = Permission

# Every role that reads a family's case sees the household, its people, courses and follow-ups, and the protocols
# and the calendar that these follow.
CASE = frozenset(
    {P.CONCERNS_SEND, P.COURSES_READ, P.FOLLOW_UPS_READ, P.HOUSEHOLDS_READ, P.POLICY_READ, P.VISITS_READ}
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    # Who was not reached, by numbers: an address to mend, and never a case.
    Role.ADMIN: frozenset({P.DELIVERIES_READ, P.SYSTEM_READ}),
    Role.ANALYST: frozenset(),
    Role.AUDITOR: frozenset({P.AUDIT_READ}),
    Role.CASEWORKER: CASE
    | {
        P.ABSENCES_RECORD,
        P.ALERTS_ACKNOWLEDGE,
        P.ALERTS_READ,
        P.FUNDS_READ,
        P.GRANTS_DECIDE,
        P.GRANTS_PREPARE,
        P.GRANTS_READ,
        P.HANDOVERS_ACKNOWLEDGE,
        P.HOUSEHOLDS_CLOSE,
        P.HOUSEHOLDS_IMPORT,
        P.HOUSEHOLDS_REGISTER,
        P.LEAVINGS_RECORD,
        P.OBSERVATIONS_RECORD,
        P.REFERRALS_READ,
        P.RISK_READ,
        P.RISK_SET,
        P.SEARCHES_LOG,
        P.SUPPORT_PLANS_MAKE,
        P.VISITS_RECORD,
    },
    Role.FINANCE: frozenset({P.FUNDS_MANAGE, P.FUNDS_READ, P.GRANTS_PAY, P.GRANTS_READ, P.HOUSEHOLDS_READ}),
    Role.FOCAL_POINT: CASE
    | {P.ALERTS_ACKNOWLEDGE, P.ALERTS_READ, P.REFERRALS_READ, P.RISK_READ, P.SEARCHES_LOG},
    Role.MANAGER: CASE
    | {
        P.ALERTS_NOTE,
        P.ALERTS_READ,
        P.AUDIT_READ,
        P.COVER_SET,
        P.FUNDS_MANAGE,
        P.FUNDS_READ,
        P.GRANTS_DECIDE,
        P.GRANTS_READ,
        P.HOUSEHOLDS_ASSIGN,
        P.HOUSEHOLDS_HAND_OVER,
        P.HOUSEHOLDS_IMPORT,
        P.LOAD_READ,
        P.POLICY_MANAGE,
        P.RISK_READ,
        P.SYSTEM_READ,
    },
    Role.MONITOR: CASE
    | {
        P.ABSENCES_RECORD,
        P.ALERTS_READ,
        P.OBSERVATIONS_RECORD,
        P.REFERRALS_READ,
        P.RISK_READ,
        P.SEARCHES_LOG,
        P.VISITS_RECORD,
    },
    Role.SUPERVISOR: CASE
    | {
        P.ABSENCES_RECORD,
        P.ALERTS_ACKNOWLEDGE,
        P.ALERTS_READ,
        P.CHECKS_CLOSE,
        P.COVER_SET,
        P.FUNDS_READ,
        P.GRANTS_DECIDE,
        P.GRANTS_READ,
        P.HANDOVERS_ACKNOWLEDGE,
        P.HOUSEHOLDS_ASSIGN,
        P.HOUSEHOLDS_CLOSE,
        P.HOUSEHOLDS_HAND_OVER,
        P.HOUSEHOLDS_IMPORT,
        P.HOUSEHOLDS_REGISTER,
        P.LEAVINGS_RECORD,
        P.LOAD_READ,
        P.LOSSES_DECIDE,
        P.OBSERVATIONS_RECORD,
        P.RISK_READ,
        P.RISK_SET,
        P.SEARCHES_LOG,
        P.SPOT_CHECKS_MAKE,
        P.VISITS_RECORD,
        P.VISITS_REVIEW,
    },
    # Who reads no visits reads of follow-ups and findings only what becomes of trainees.
    Role.TRAINER: CASE - {P.VISITS_READ} | {P.COURSES_MANAGE, P.ENROLMENTS_MANAGE, P.OBSERVATIONS_RECORD},
}
