from uuid import UUID

from sqlalchemy import func, select

from livelihood.accounts.models import Office, Staff, StaffKind, StaffRole
from livelihood.accounts.permissions import Permission, Role
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import NotFound, invalid, say
from livelihood.followups.queries.handover import no_handover
from livelihood.followups.queries.missing import alerts_of as missing_alerts
from livelihood.followups.schemas_handover import HandoverIn
from livelihood.followups.service.closing import require_no_grant, require_no_seat
from livelihood.followups.telling import tell_new_office
from livelihood.households.models import Handover
from livelihood.households.service import lock, require_open, serving_office


async def hand_over(uow: UnitOfWork, household_id: UUID, data: HandoverIn, *, clock: Clock) -> UUID:
    """The family moved: the office of its new village has it from now on, with all its follow-ups, alerts and records,
    and a monitor and a caseworker of its own. Within one office, its village changes alone. Says the handover.

    Raises `NotFound`, `Forbidden`, `InvalidInput`, `HouseholdIsClosed`, `GrantUnderWay`, `SeatTaken`, `Conflict`.
    """
    handover_id = data.id or new_id()
    # Who sends it again is answered the same, though the family is not theirs any more.
    if await _answered(uow, handover_id, household_id, data):
        return handover_id
    try:
        household = await lock(uow, household_id)
    except NotFound:
        # It may have been done while this one waited for the family.
        if await _answered(uow, handover_id, household_id, data):
            return handover_id
        raise
    uow.actor.require(Permission.HOUSEHOLDS_HAND_OVER, household.office_id)
    if data.id is not None and not await uow.claim(f"handover of {household_id}", data.id, data):
        return handover_id
    require_open(household)
    if data.village_code == household.village_code:
        raise invalid("village_code", say("The family lives there already. Choose the village it moved to."))
    office = await serving_office(uow, data.village_code)
    if office.id != household.office_id:
        await _require_staff(uow, office)
        # A fund is for some offices only, and approvals are of the office that was asked.
        await require_no_grant(uow, household)
        # A course is of one office, and its trainer sees the trainees of that office alone.
        await require_no_seat(uow, household, clock.today())
    missing = await missing_alerts(uow, household_id) if office.id != household.office_id else []
    await uow.session.execute(
        select(
            func.app.hand_over(
                handover_id, household_id, data.village_code, data.reason, clock.today(), clock.now()
            )
        )
    )
    await tell_new_office(uow, handover_id, household_id, office.id, missing, clock=clock)
    uow.session.expunge_all()  # what it held of the family may be another office's now
    uow.wake()
    return handover_id


async def _answered(uow: UnitOfWork, handover_id: UUID, household_id: UUID, data: HandoverIn) -> bool:
    """Whether this was done already; raises `Conflict` where it was something else."""
    done = await uow.session.scalar(select(Handover.id).where(Handover.id == handover_id))
    return done is not None and not await uow.claim(f"handover of {household_id}", handover_id, data)


async def acknowledge_handover(uow: UnitOfWork, handover_id: UUID, *, clock: Clock) -> UUID:
    """Somebody of the new office has taken note; says the household. The first one counts.

    Raises `NotFound`, `Forbidden`.
    """
    found = (
        await uow.session.scalars(select(Handover).where(Handover.id == handover_id).with_for_update())
    ).one_or_none()
    if found is None:
        raise no_handover()
    uow.actor.require(Permission.HANDOVERS_ACKNOWLEDGE, found.to_office_id)
    if found.acknowledged_at is None:
        found.acknowledged_by = uow.actor.id
        found.acknowledged_at = clock.now()
        await uow.session.flush()
    return found.household_id


async def _require_staff(uow: UnitOfWork, office: Office) -> None:
    """Nobody is handed over to an office in which nobody would look after them."""
    held = await uow.session.scalars(
        select(StaffRole.role)
        .join(Staff, Staff.id == StaffRole.staff_id)
        .where(
            Staff.kind == StaffKind.PERSON,
            Staff.active,
            StaffRole.office_id == office.id,
            StaffRole.role.in_([Role.CASEWORKER.value, Role.MONITOR.value]),
        )
    )
    if set(held) != {Role.CASEWORKER.value, Role.MONITOR.value}:
        raise invalid(
            "village_code",
            say(
                "The office {office} has no caseworker or no monitor at work yet. Ask a manager before the family goes "
                "there.",
                office=office.name_en,
            ),
        )
