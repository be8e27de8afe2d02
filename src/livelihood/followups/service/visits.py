from uuid import UUID

from sqlalchemy import select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, InvalidInput, say
from livelihood.followups.models import Visit
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.facts import Mode, Outcome
from livelihood.followups.schemas import VisitIn
from livelihood.households.models import Household
from livelihood.observations import service as observations
from livelihood.observations.rules import Whereabouts, Work, kind_of


async def record_visit(uow: UnitOfWork, data: VisitIn, *, clock: Clock) -> UUID:
    """Record that someone went, or telephoned, and what was seen; the follow-ups are settled in the same breath.

    However late, a visit is accepted. Raises `NotFound`, `Forbidden`, `InvalidInput` with every fault, `Conflict`
    where the id was used for another visit.
    """
    household = await observations.family(uow, data.household_id)
    uow.actor.require(Permission.VISITS_RECORD, household.office_id)
    visit_id = data.id or new_id()
    if data.id is not None and not await uow.claim("visit", data.id, data):
        return visit_id
    faults = await observations.check(
        uow, household, data.findings, happened_on=data.happened_on, clock=clock
    )
    faults += _visit_faults(data)
    if faults:
        raise InvalidInput(faults)
    # One at a time for a household; the workers step over it meanwhile.
    await uow.session.execute(
        select(Household.id).where(Household.id == household.id).with_for_update(key_share=True)
    )
    uow.session.add(
        Visit(
            id=visit_id,
            household_id=household.id,
            office_id=household.office_id,
            happened_on=data.happened_on,
            mode=data.mode.value,
            outcome=data.outcome.value,
            note=data.note,
            recorded_by=uow.actor.id,
            recorded_at=clock.now(),
        )
    )
    await uow.session.flush()
    for finding in data.findings:
        observations.add(
            uow, household, finding, happened_on=data.happened_on, clock=clock, visit_id=visit_id
        )
    await uow.session.flush()
    await reconcile(uow, [household.id], clock=clock)
    return visit_id


def _visit_faults(data: VisitIn) -> list[FieldError]:
    faults: list[FieldError] = []
    seen: set[tuple[UUID | None, str]] = set()
    for position, finding in enumerate(data.findings):
        one = (finding.member_id, kind_of(finding.details).value)
        if one in seen:
            faults.append(
                FieldError(
                    f"findings.{position}",
                    say("The same thing of the same person is here twice. Keep the one that is right."),
                )
            )
        seen.add(one)
        if data.mode is Mode.PHONE and isinstance(finding.details, Work):
            faults.append(
                FieldError(
                    f"findings.{position}",
                    say(
                        "Work is not asked about by telephone. Take the hours out, and ask at the next visit."
                    ),
                )
            )
        if data.outcome is not Outcome.MET and not isinstance(finding.details, Whereabouts):
            faults.append(
                FieldError(
                    f"findings.{position}",
                    say(
                        "Nobody was met, so nothing can have been seen. Take this out, or say that the "
                        "family was met."
                    ),
                )
            )
    return faults
