from uuid import UUID

import msgspec

from livelihood.accounts.permissions import ROLE_NAMES, ROLE_PERMISSIONS, Permission, Role
from livelihood.db.actor import OfficeName
from livelihood.errors import Forbidden, OneOf, say

ANOTHER_OFFICE = say(
    "This is of another office, and your role does not hold there. Ask a colleague of that office, or go on with what is "
    "your own office's."
)


class Actor(msgspec.Struct, frozen=True):
    """Whoever a transaction runs for, as the database found them by their token (`app.enter`).

    `roles` holds each role with the office it is held for, None for all. `offices` are those the roles reach.
    """

    id: UUID
    name: str
    username: str
    language: str
    roles: tuple[tuple[Role, int | None], ...] = ()
    offices: tuple[OfficeName, ...] = ()

    def has(self, role: Role) -> bool:
        return any(held == role for held, _ in self.roles)

    def may(self, permission: str, office_id: int | None = None) -> bool:
        wanted = Permission(permission)
        return any(
            wanted in ROLE_PERMISSIONS[role] and (office_id is None or office in (None, office_id))
            for role, office in self.roles
        )

    def require(self, permission: str, office_id: int | None = None) -> None:
        if self.may(permission, office_id):
            return
        if self.may(permission):
            message = ANOTHER_OFFICE
        else:
            wanted = Permission(permission)
            message = say(
                "This needs the role of {roles}. Ask a colleague who has it, or go on with your own work of today.",
                roles=OneOf(tuple(ROLE_NAMES[role] for role in Role if wanted in ROLE_PERMISSIONS[role])),
            )
        raise Forbidden(message, str(permission))

    def may_everywhere(self, permission: str) -> bool:
        wanted = Permission(permission)
        return any(wanted in ROLE_PERMISSIONS[role] and office is None for role, office in self.roles)

    def require_everywhere(self, permission: str) -> None:
        self.require(permission)
        if not self.may_everywhere(permission):
            raise Forbidden(
                say(
                    "This holds for all offices, and your role is held for some of them. Ask a manager of all offices."
                ),
                str(permission),
            )

    def offices_for(self, permission: str) -> frozenset[int]:
        wanted = Permission(permission)
        return frozenset(
            office.id
            for office in self.offices
            for role, held in self.roles
            if wanted in ROLE_PERMISSIONS[role] and held in (None, office.id)
        )


DECODER = msgspec.json.Decoder(Actor)


def decode_actor(entered: str) -> Actor:
    """What `app.enter` answered, where roles and offices come in pairs: each once, and in order."""
    actor = DECODER.decode(entered)
    if len(actor.offices) < 2:
        return actor
    return msgspec.structs.replace(
        actor,
        roles=tuple(sorted(set(actor.roles), key=lambda held: (held[0], held[1] or 0))),
        offices=tuple(sorted(set(actor.offices), key=lambda office: office.id)),
    )
