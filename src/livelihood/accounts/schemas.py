from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.accounts.permissions import Role
from livelihood.binding import Input
from livelihood.written import written


class Credentials(Input):
    username: Annotated[str, written(100)]
    password: Annotated[str, written(200)]


class SignedIn(msgspec.Struct):
    """`token` goes into `Authorization: Bearer …`; it is shown this once. Using it moves `expires_at`."""

    token: str
    expires_at: datetime


class OfficeOut(msgspec.Struct):
    id: int
    prefix: str
    name_en: str
    name_km: str


class RoleOut(msgspec.Struct):
    """`office_id` is empty where the role is held for all offices."""

    role: Role
    office_id: int | None


class Me(msgspec.Struct):
    id: UUID
    name: str
    username: str
    language: str
    roles: list[RoleOut]
    offices: list[OfficeOut]
    permissions: list[str]


class NewStaff(msgspec.Struct):
    username: str
    name: str
    password: str
    roles: list[tuple[Role, str | None]]
    """Each role with the prefix of its office; None for all offices."""
    language: str = "km"
