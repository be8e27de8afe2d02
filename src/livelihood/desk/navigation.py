"""The places of the navigation, in the order of need: a phone shows the first four, and the others behind one more tap."""

from itertools import chain, zip_longest

from livelihood.accounts.actor import Actor
from livelihood.accounts.permissions import Permission, Role
from livelihood.errors import Message, say
from livelihood.web.components import Place
from livelihood.web.words import sentence

TODAY = "/"
ALERTS = "/alerts"
CONCERNS = "/concerns"
COURSES = "/courses"
DELIVERIES = "/deliveries"
FOLLOW_UPS = "/follow-ups"
FUNDS = "/funds"
GRANTS = "/grants"
HOUSEHOLDS = "/households"
MONITORS = "/monitors"
POLICY = "/protocols"
SILENCE = "/silence"
SYSTEM = "/system"

LOOKS: dict[str, tuple[Message, str]] = {
    TODAY: (say("Today"), "today"),
    ALERTS: (say("Alerts"), "alert"),
    CONCERNS: (say("Concerns"), "alert"),
    COURSES: (say("Courses"), "course"),
    DELIVERIES: (say("Messages"), "bell"),
    FOLLOW_UPS: (say("Follow-ups"), "visit"),
    FUNDS: (say("Funds"), "fund"),
    GRANTS: (say("Grants"), "grant"),
    HOUSEHOLDS: (say("Households"), "family"),
    MONITORS: (say("Monitors"), "person"),
    POLICY: (say("Policy"), "edit"),
    SILENCE: (say("Board of silence"), "clock"),
    SYSTEM: (say("System"), "info"),
}

ALSO = {POLICY: ("/policy-numbers", "/calendar", "/previews")}

NEEDED: dict[str, Permission] = {
    ALERTS: Permission.ALERTS_READ,
    CONCERNS: Permission.CONCERNS_SEND,
    COURSES: Permission.COURSES_READ,
    DELIVERIES: Permission.DELIVERIES_READ,
    FOLLOW_UPS: Permission.FOLLOW_UPS_READ,
    FUNDS: Permission.FUNDS_READ,
    GRANTS: Permission.GRANTS_READ,
    HOUSEHOLDS: Permission.HOUSEHOLDS_READ,
    MONITORS: Permission.LOAD_READ,
    POLICY: Permission.POLICY_MANAGE,
    SILENCE: Permission.VISITS_READ,
    SYSTEM: Permission.SYSTEM_READ,
}

# After today, in the order of need: what somebody opens daily comes first, and what waits for their answer first of all.
PLACES: dict[Role, tuple[str, ...]] = {
    Role.ADMIN: (DELIVERIES, SYSTEM),
    Role.CASEWORKER: (HOUSEHOLDS, GRANTS, ALERTS, FOLLOW_UPS, COURSES, SILENCE),
    Role.FINANCE: (GRANTS, FUNDS, HOUSEHOLDS),
    Role.FOCAL_POINT: (CONCERNS, ALERTS, HOUSEHOLDS, FOLLOW_UPS, SILENCE),
    Role.MANAGER: (ALERTS, HOUSEHOLDS, GRANTS, FUNDS, FOLLOW_UPS, MONITORS, SILENCE, COURSES, POLICY, SYSTEM),
    Role.MONITOR: (FOLLOW_UPS, HOUSEHOLDS, ALERTS),
    Role.SUPERVISOR: (ALERTS, FOLLOW_UPS, HOUSEHOLDS, MONITORS, SILENCE, GRANTS, COURSES),
    Role.TRAINER: (COURSES, HOUSEHOLDS, FOLLOW_UPS),
}


def places(actor: Actor) -> list[Place]:
    """Somebody with several roles gets the first place of each, then the second of each, and so on."""
    held = list(dict.fromkeys(role for role, _ in actor.roles))
    in_turn = chain.from_iterable(zip_longest(*(PLACES.get(role, ()) for role in held)))
    hrefs = list(dict.fromkeys([TODAY, *(href for href in in_turn if href is not None)]))
    return [_place(href) for href in hrefs if href == TODAY or actor.may(NEEDED[href])]


def _place(href: str) -> Place:
    label, icon = LOOKS[href]
    return Place(href, sentence(label), icon, ALSO.get(href, ()))
