from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.errors import Message
from livelihood.households.intake.shapes import Fault, Household
from livelihood.observations.imports.models import ImportState


class Upload(msgspec.Struct, frozen=True):
    """A file as it was sent. `id` may be made by the client; sending the same file again then answers the same."""

    filename: str
    content: bytes
    id: UUID | None = None


class RunIn(Input):
    """`confirmed` are the first rows of the households that a warning asks about and that are to come in.

    Left out, all of them come in but those that look like a household of the register or of the same list.
    """

    confirmed: (
        Annotated[list[Annotated[int, msgspec.Meta(ge=1, le=2_000_000)]], msgspec.Meta(max_length=5000)]
        | None
    ) = None


class Outcome(msgspec.Struct, frozen=True):
    """What became of one household: `added`, there `already` from an earlier run, or refused with a `reason`."""

    row: int
    household_id: UUID
    code: str | None = None
    people: int = 0
    added: bool = False
    reason: Message | None = None


class ImportRow(msgspec.Struct):
    """An import as it is kept."""

    id: UUID
    filename: str
    state: ImportState
    uploaded_at: datetime
    imported_at: datetime | None
    ready: int
    people: int
    refused: int
    plan: list[Household] | None
    faults: list[Fault] | None
    outcome: list[Outcome] | None


class ImportListed(msgspec.Struct):
    id: UUID
    filename: str
    state: ImportState
    uploaded_at: datetime
    imported_at: datetime | None
    ready: int
    refused: int
