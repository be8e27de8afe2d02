from livelihood.accounts.permissions import Permission
from livelihood.db.actor import Actor
from livelihood.web.components import Place
from livelihood.web.words import gettext as _

MOST = 4


def places(actor: Actor) -> list[Place]:
    """At most four places, those this actor has work in; the first is always today."""
    offered = [
        (Permission.FOLLOW_UPS_READ, Place("/follow-ups", _("Follow-ups"), "follow-ups")),
        (Permission.HOUSEHOLDS_READ, Place("/households", _("Households"), "households")),
        (Permission.GRANTS_READ, Place("/grants", _("Grants"), "grants")),
        (Permission.COURSES_MANAGE, Place("/courses", _("Courses"), "courses")),
    ]
    mine = [place for permission, place in offered if actor.may(permission)]
    return [Place("/", _("Today"), "today"), *mine][:MOST]
