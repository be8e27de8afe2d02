"""What becomes of who completed a course, as it is told without a visit: the form, and what the API takes of it."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.binding import Input
from livelihood.observations.rules import Placement, PlacementState, ToldBy, ToldHow
from livelihood.observations.schemas import ObservationIn
from livelihood.written import written


class PlacementForm(Input, kw_only=True):
    """`supersedes` and `reason`: it corrects an earlier word."""

    id: UUID
    member_id: UUID
    placement: PlacementState
    occupation: Annotated[str, msgspec.Meta(max_length=200)] = ""
    told_by: ToldBy
    told_how: ToldHow
    happened_on: date
    supersedes: UUID | None = None
    reason: Annotated[str, written(1000)] | None = None

    def observation(self) -> ObservationIn:
        return ObservationIn(
            happened_on=self.happened_on,
            details=Placement(self.placement, self.occupation.strip(), self.told_by, self.told_how),
            id=self.id,
            member_id=self.member_id,
            supersedes=self.supersedes,
            reason=self.reason,
        )
