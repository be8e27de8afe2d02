"""The steps of a grant with dates and names, from its draft to the first tranche."""

from collections.abc import Sequence
from datetime import date

import msgspec

from livelihood.clock import Clock
from livelihood.errors import Message, say
from livelihood.grants.rules.status import Status
from livelihood.grants.schemas import GrantOut, StepOut


class RailStep(msgspec.Struct):
    """`state` is done, refused or empty; `current` is where the grant waits now."""

    title: Message
    state: str = ""
    current: bool = False
    on: date | None = None
    who: str | None = None


def rail(grant: GrantOut, steps: Sequence[StepOut], clock: Clock) -> list[RailStep]:
    handed_over = grant.status not in {Status.DRAFT, Status.RETURNED}
    submitted_on = clock.local_day(grant.submitted_at) if grant.submitted_at else None
    made = [
        RailStep(say("Prepared"), "done", on=clock.local_day(grant.created_at), who=grant.prepared_by_name),
        RailStep(say("Submitted"), "done", on=submitted_on, who=grant.submitted_by_name)
        if handed_over
        else RailStep(say("Submission"), current=True),
    ]
    if grant.status == Status.REJECTED:
        last = grant.decisions[-1]
        made.append(
            RailStep(
                say("Rejected"), "refused", on=clock.local_day(last.decided_at), who=last.decided_by_name
            )
        )
        return made
    approved_on = {
        row.decided_by: clock.local_day(row.decided_at) for row in grant.decisions if row.round == grant.round
    }
    for step in steps:
        by = step.completed_by
        if by is not None:
            made.append(RailStep(say("Approved"), "done", on=approved_on.get(by.id), who=by.name))
        else:
            could = ", ".join(person.name for person in step.can_complete[:3])
            waits_here = grant.status == Status.SUBMITTED and not any(earlier.current for earlier in made)
            made.append(RailStep(say("Approval"), current=waits_here, who=could or None))
    first = next((tranche for tranche in grant.tranches if tranche.number == 1), None)
    if first is not None and first.paid_on is not None:
        made.append(RailStep(say("First tranche paid"), "done", on=first.paid_on, who=first.paid_by))
    else:
        made.append(RailStep(say("First tranche"), current=grant.status == Status.APPROVED))
    return made
