import hashlib
from typing import Protocol
from uuid import UUID

import msgspec


class OfficeName(msgspec.Struct, frozen=True):
    id: int
    prefix: str
    name_en: str
    name_km: str


class Actor(Protocol):
    """The person or the system identity on whose behalf a transaction runs."""

    @property
    def id(self) -> UUID: ...
    @property
    def name(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def offices(self) -> tuple[OfficeName, ...]:
        """The offices whose families this actor may see."""
        ...

    def may(self, permission: str, office_id: int | None = None) -> bool:
        """Whether the permission is held for the office; without one, for any."""
        ...

    def require(self, permission: str, office_id: int | None = None) -> None:
        """Raise `Forbidden` unless `may`."""
        ...

    def may_everywhere(self, permission: str) -> bool:
        """Whether the permission is held for all offices by one role."""
        ...

    def require_everywhere(self, permission: str) -> None:
        """Raise `Forbidden` unless `may_everywhere`."""
        ...

    def offices_for(self, permission: str) -> frozenset[int]: ...


class Token(msgspec.Struct, frozen=True):
    """Somebody who signed in, known by the SHA-256 of an opaque token; the token itself is stored nowhere."""

    digest: bytes

    @classmethod
    def of(cls, token: str) -> "Token":
        return cls(hashlib.sha256(token.encode()).digest())


class Named(msgspec.Struct, frozen=True):
    """A part of the system that acts for nobody: `worker`, `sign-in`, `public`, `setup`."""

    name: str


Identity = Token | Named

# The database lets nobody enter as the workers but the roles that no row policy binds.
WORKER = Named("worker")
