from datetime import date
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, InvalidInput, NotFound, say
from livelihood.followups.models import Acknowledgement, Alert, Anchor, Visit
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.facts import AnchorKind, Mode, Outcome
from livelihood.followups.schemas import AcknowledgementIn, VisitIn
from livelihood.households.models import Household
from livelihood.observations import service as observations
from livelihood.observations.rules import Whereabouts, Work, kind_of


async def set_anchor(
    uow: UnitOfWork,
    *,
    kind: AnchorKind,
    source_id: UUID,
    household_id: UUID,
    office_id: int,
    on: date,
    clock: Clock,
    member_id: UUID | None = None,
) -> None:
    """Let plans count from this fact; `source_id` is the grant, enrolment or return to school it is about.

    Saying it again with another day moves the plan. `member_id` is for what concerns one member only; the plan of
    a grant is for every child. Whoever calls has checked that the actor may.
    """
    said = {"household_id": household_id, "office_id": office_id, "member_id": member_id, "anchored_on": on}
    await uow.session.execute(
        insert(Anchor)
        .values(id=new_id(), kind=kind, source_id=source_id, recorded_at=clock.now(), **said)
        .on_conflict_do_update(index_elements=[Anchor.kind, Anchor.source_id], set_=said)
    )
    await uow.mark_dirty(household_id, office_id, f"{kind} anchor")


async def remove_anchor(uow: UnitOfWork, *, kind: AnchorKind, source_id: UUID) -> None:
    """Take a plan away whose fact is no more, as when a payment is reversed. Visits made stay."""
    removed = await uow.session.execute(
        delete(Anchor)
        .where(Anchor.kind == kind, Anchor.source_id == source_id)
        .returning(Anchor.household_id, Anchor.office_id)
    )
    for household_id, office_id in removed:
        await uow.mark_dirty(household_id, office_id, f"{kind} anchor removed")


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


async def acknowledge(uow: UnitOfWork, alert_id: UUID, data: AcknowledgementIn, *, clock: Clock) -> UUID:
    """Say that the alert was read and what will be done. It stays open: only what is found closes it."""
    alert = (await uow.session.scalars(select(Alert).where(Alert.id == alert_id))).one_or_none()
    if alert is None:
        raise NotFound(say("There is no such alert."))
    uow.actor.require(Permission.ALERTS_ACKNOWLEDGE, alert.office_id)
    acknowledgement_id = data.id or new_id()
    if data.id is None or await uow.claim(f"acknowledgement of {alert_id}", data.id, data):
        uow.session.add(
            Acknowledgement(
                id=acknowledgement_id,
                household_id=alert.household_id,
                office_id=alert.office_id,
                alert_id=alert.id,
                note=data.note,
                acknowledged_by=uow.actor.id,
                acknowledged_at=clock.now(),
            )
        )
        await uow.session.flush()
    return acknowledgement_id
