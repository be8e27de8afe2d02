from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.observations.rules import Details
from livelihood.written import written


class Finding(Input):
    """What was seen of one member; of the household's business where `member_id` is absent."""

    details: Details
    member_id: UUID | None = None


class ObservationIn(Input):
    """A fact learnt outside of a visit, as at intake; or a correction, which names what it supersedes and why."""

    happened_on: date
    details: Details
    id: UUID | None = None
    member_id: UUID | None = None
    supersedes: UUID | None = None
    reason: Annotated[str, written(1000)] | None = None


class ObservationOut(msgspec.Struct):
    id: UUID
    household_id: UUID
    member_id: UUID | None
    visit_id: UUID | None
    happened_on: date
    recorded_at: datetime
    details: Details
    supersedes: UUID | None
