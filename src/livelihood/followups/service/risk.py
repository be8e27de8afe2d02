from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from livelihood.accounts.permissions import Permission
from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.errors import FieldError, InvalidInput, past_faults, say
from livelihood.followups.models import Anchor
from livelihood.followups.reconcile import reconcile
from livelihood.followups.rules.facts import AnchorKind, first_risk_id
from livelihood.households.models import Household
from livelihood.households.rules import Risk
from livelihood.households.schemas import RiskIn
from livelihood.households.service import lock


async def set_risk(uow: UnitOfWork, household_id: UUID, data: RiskIn, *, clock: Clock) -> None:
    """Say from which day a family's risk is high, or standard again; the fortnightly checks follow at once.

    High again while it is high is the answer to a review: the checks begin anew. The reason goes where only the
    assigned staff and the focal point read. Raises `NotFound`, `Forbidden`, `InvalidInput`, `Conflict`.
    """
    household = await lock(uow, household_id)
    uow.actor.require(Permission.RISK_SET, household.office_id)
    change_id = data.id or new_id()
    if data.id is not None and not await uow.claim(f"risk of {household_id}", data.id, data):
        return
    anchors = list(
        await uow.session.scalars(
            select(Anchor).where(
                Anchor.household_id == household_id,
                Anchor.kind == AnchorKind.HIGH_RISK,
                Anchor.member_id.is_(None),
            )
        )
    )
    faults = _faults(household, data, anchors, clock.today())
    if faults:
        raise InvalidInput(faults)
    if household.risk == Risk.HIGH and not anchors:
        # The risk the family was registered with is written down nowhere but here: without it, what was checked
        # since intake would vanish together with the risk.
        anchors = [_anchor(household, first_risk_id(household_id), household.intake_on)]
        anchors[0].recorded_at = household.registered_at
        uow.session.add_all(anchors)
    for anchor in anchors:
        if anchor.ended_on is None:
            anchor.ended_on = data.on
    if data.risk is Risk.HIGH:
        begun = _anchor(household, change_id, data.on)
        begun.recorded_at = clock.now()
        uow.session.add(begun)
    household.risk = data.risk.value
    household.version += 1
    await uow.session.flush()
    await uow.session.execute(
        select(func.app.say_risk(household_id, change_id, data.risk.value, data.on, data.reason, clock.now()))
    )
    await reconcile(uow, [household_id], clock=clock)


def _anchor(household: Household, anchor_id: UUID, on: date) -> Anchor:
    return Anchor(
        id=anchor_id,
        kind=AnchorKind.HIGH_RISK.value,
        source_id=anchor_id,
        household_id=household.id,
        office_id=household.office_id,
        anchored_on=on,
    )


def _faults(household: Household, data: RiskIn, anchors: Sequence[Anchor], today: date) -> list[FieldError]:
    faults: list[FieldError] = []
    if data.risk is Risk.STANDARD and household.risk == Risk.STANDARD:
        faults.append(FieldError("risk", say("The risk is standard already. There is nothing to change.")))
    last = max(
        [household.intake_on, *(anchor.ended_on or anchor.anchored_on for anchor in anchors)],
    )
    return faults + past_faults(
        "on",
        data.on,
        today=today,
        since=last,
        too_early=say("What is known of the risk is from {day}. Write that day or a later one.", day=last),
    )
