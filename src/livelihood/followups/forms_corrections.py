"""Putting one finding right: the questions of the visit form, about the one thing that was wrong."""

from typing import Annotated
from uuid import UUID

import msgspec

from livelihood.errors import FieldError, InvalidInput, invalid, say
from livelihood.followups.forms import Answers, BusinessForm, Seen
from livelihood.followups.schemas import CorrectionIn
from livelihood.observations.rules import (
    Business,
    Details,
    Education,
    EducationState,
    Kind,
    Placement,
    Whereabouts,
    Work,
    kind_of,
)
from livelihood.written import written

# Where what is wrong with an answer is said.
ASKED_AT = {
    Kind.BUSINESS: "business.state",
    Kind.EDUCATION: "school",
    Kind.PLACEMENT: "placement",
    Kind.WHEREABOUTS: "whereabouts",
    Kind.WORK: "economic_hours",
}


class CorrectionForm(Answers, kw_only=True):
    id: UUID
    reason: Annotated[str, written(1000)]
    business: BusinessForm | None = None
    currency: Annotated[str, msgspec.Meta(pattern="^(USD|KHR)$")] = "USD"

    def correction(self, finding_id: UUID, recorded: Details) -> CorrectionIn:
        """What the finding should say. Raises `InvalidInput` where that is left out."""
        details = self._details(recorded)
        if details is None:
            raise invalid(
                ASKED_AT[kind_of(recorded)], say("Say what is right. Where nothing was learnt, choose that.")
            )
        return CorrectionIn(id=self.id, finding_id=finding_id, details=details, reason=self.reason)

    def _details(self, recorded: Details) -> Details | None:
        """Of the kind that was recorded; what the form does not ask about stays."""
        match recorded:
            case Education():
                if self.school is Seen.NOT_SEEN:
                    return Education(EducationState.UNKNOWN)
                said = self.education()
                if said and said.state is recorded.state is EducationState.NONE:
                    # Asked of those in school alone: after which grade they left, and whose register lacks them.
                    return msgspec.structs.replace(said, grade=recorded.grade, school_id=recorded.school_id)
                return said
            case Work():
                return Work(self.economic_hours, self.chore_hours, recorded.hazards)
            case Placement():
                return msgspec.structs.replace(recorded, state=self.placement) if self.placement else None
            case Whereabouts():
                return Whereabouts(self.whereabouts) if self.whereabouts else None
            case Business():
                return self.business.details(self.currency) if self.business else None


def at_answers(error: InvalidInput, recorded: Details) -> InvalidInput:
    """The same refusal, each fault of what was found moved to the question that it answers."""
    whole = {"details": ASKED_AT[kind_of(recorded)]}
    moved = [
        FieldError(whole.get(one.field, one.field.removeprefix("details.")), one.message)
        for one in error.errors
    ]
    return InvalidInput(moved, error.message)
