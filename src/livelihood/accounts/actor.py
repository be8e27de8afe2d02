from functools import cached_property, lru_cache
from uuid import UUID

import msgspec

from livelihood.accounts.permissions import ROLE_NAMES, ROLE_PERMISSIONS, Permission, Role
from livelihood.db.actor import OfficeName
from livelihood.errors import Forbidden, OneOf, say

ANOTHER_OFFICE = say(
    "This is of another office, and your role does not hold there. Ask a colleague of that office, or go on with what is "
    "your own office's."
)


class Actor(msgspec.Struct, frozen=True, dict=True):
    """Whoever a transaction runs for, as the database found them by their token (`app.enter`).

    `roles` holds each role with the office it is held for, None for all. `offices` are those the roles reach.
    """

    id: UUID
    name: str
    username: str
    language: str
    roles: tuple[tuple[Role, int | None], ...] = ()
    offices: tuple[OfficeName, ...] = ()

    @cached_property
    def held(self) -> dict[Permission, frozenset[int | None]]:
        """What the roles permit, each with the offices that it is held for; None for all."""
        found: dict[Permission, frozenset[int | None]] = {}
        for role, office in self.roles:
            for permission in ROLE_PERMISSIONS[role]:
                found[permission] = found.get(permission, frozenset()) | {office}
        return found

    def has(self, role: Role) -> bool:
        return any(held == role for held, _ in self.roles)

    def may(self, permission: str, office_id: int | None = None) -> bool:
        held = self.held.get(Permission(permission), ())
        return bool(held) if office_id is None else None in held or office_id in held

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
        return None in self.held.get(Permission(permission), ())

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
        return frozenset(office.id for office in self.offices if self.may(permission, office.id))


DECODER = msgspec.json.Decoder(Actor)


@lru_cache(maxsize=1000)
def decode_actor(entered: str) -> Actor:
    """What `app.enter` answered, where roles and offices come in pairs: each once, and in order.

    It says the same of a person at each of their requests, so what follows from it is worked out once.
    """
    actor = DECODER.decode(entered)
    if len(actor.offices) < 2:
        return actor
    return msgspec.structs.replace(
        actor,
        roles=tuple(sorted(set(actor.roles), key=lambda held: (held[0], held[1] or 0))),
        offices=tuple(sorted(set(actor.offices), key=lambda office: office.id)),
    )
