from datetime import date
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from livelihood.clock import Clock
from livelihood.db.models import new_id
from livelihood.db.work import UnitOfWork
from livelihood.followups.models import Anchor
from livelihood.followups.rules.facts import AnchorKind


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
