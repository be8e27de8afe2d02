"""Of which offices a list is asked for."""

from livelihood.accounts.actor import ANOTHER_OFFICE
from livelihood.db.actor import Actor
from livelihood.errors import Forbidden


def offices_asked(actor: Actor, permission: str, office: int | None) -> list[int]:
    """Where the actor holds the permission: everywhere they do, or in the office asked for.

    Raises `Forbidden` for an office that is none of theirs, or none at all: an empty list would say that all is well
    there.
    """
    theirs = actor.offices_for(permission)
    if office is None:
        return sorted(theirs)
    if office not in theirs:
        raise Forbidden(ANOTHER_OFFICE, str(permission))
    return [office]
