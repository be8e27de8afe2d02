"""Previews as they stand, and the families that a change of policy concerns."""

from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, Select, Text, Uuid, bindparam, false, func, or_, select

from livelihood.clock import Clock
from livelihood.db.reader import Read, Reading
from livelihood.errors import Conflict, NotFound, say
from livelihood.followups import models
from livelihood.followups.queries import policy as policies
from livelihood.followups.rules.facts import AnchorKind
from livelihood.followups.rules.policy import Change, Concerned
from livelihood.followups.rules.previews import Counts, Example, PreviewState, stale
from livelihood.followups.schemas_policy import PreviewOut
from livelihood.households.models import Handover, Household
from livelihood.households.rules import Risk
from livelihood.observations.models import Observation
from livelihood.observations.queries import NOT_IN_EDUCATION
from livelihood.observations.rules import Kind

Drafted = TypeVar("Drafted", bound=Change)


class PreviewUnreadable(Conflict):
    """Of what was asked something means nothing to this release, so it may not take effect from here."""

    code = "preview-unreadable"


class PreviewRow(msgspec.Struct, frozen=True):
    """`what` was written by whichever release was asked, `counts` and `examples` by whichever worked them out: two run
    side by side during an upgrade.
    """

    id: UUID
    asked_by: UUID
    asked_at: datetime
    asked_on: date
    what: dict[str, Any]
    built_on: bytes
    state: PreviewState
    total: int | None
    looked_at: int
    last_id: UUID | None
    left_out: int
    counts: list[Counts]
    examples: list[Example]
    done_at: datetime | None
    in_force_at: datetime | None

    @property
    def change(self) -> Change:
        """Raises `PreviewUnreadable`."""
        try:
            return msgspec.convert(self.what, Change)
        except msgspec.ValidationError as error:
            raise PreviewUnreadable(
                say(
                    "This preview was asked for in another version of the software, which is being changed at the moment. "
                    "Nothing was changed; ask for the preview again."
                )
            ) from error


_COLUMNS = [getattr(models.Preview, name) for name in PreviewRow.__struct_fields__]

ONE = Read(
    select(*_COLUMNS).where(models.Preview.id == bindparam("id", type_=Uuid)),
    PreviewRow,
)
NEXT = Read(
    select(*_COLUMNS)
    .where(models.Preview.state == PreviewState.ASKED.value)
    .order_by(models.Preview.asked_at)
    .limit(1)
    .with_for_update(skip_locked=True),
    PreviewRow,
)


async def row(reading: Reading, preview_id: UUID) -> PreviewRow:
    """Raises `NotFound` for what is not there, or was asked by somebody else."""
    found = await ONE.first(reading, id=preview_id)
    if found is None or found.asked_by != reading.actor.id:
        raise NotFound(say("There is no preview with this id among yours."))
    return found


async def drafted(reading: Reading, preview_id: UUID | None, kind: type[Drafted]) -> Drafted | None:
    """What a preview of mine is of, to be written otherwise; none where it is of something else."""
    what = (await row(reading, preview_id)).change if preview_id else None
    return what if isinstance(what, kind) else None


async def one(reading: Reading, preview_id: UUID, *, clock: Clock) -> PreviewOut:
    found = await row(reading, preview_id)
    shown = {
        name: getattr(found, name) for name in PreviewOut.__struct_fields__ if name not in {"stale", "what"}
    }
    waiting = found.state in {PreviewState.ASKED, PreviewState.DONE}
    same_policy = not waiting or policies.fingerprint(await policies.in_full(reading)) == found.built_on
    why = stale(found.asked_at, found.asked_on, clock.now(), clock.today(), same_policy=same_policy)
    return PreviewOut(**shown, what=found.change, stale=why if waiting else None)


def families(wanted: Concerned) -> Select[UUID, int]:
    """The id and office of every household whom the change can touch.

    A plan begins with an anchor, with an alert, which anchors the extra check, with the high risk of a household, or
    with a finding out of school or a return to it, which nobody records apart: that takes that the child was once found
    out of it.
    """
    kinds = tuple(AnchorKind) if wanted.anchors is None else wanted.anchors
    anchored = select(models.Anchor.id).where(
        models.Anchor.household_id == Household.id, models.Anchor.kind.in_([kind.value for kind in kinds])
    )
    begins: list[ColumnElement[bool]] = [anchored.exists()]
    if AnchorKind.OUT_OF_SCHOOL in kinds:
        begins.append(select(models.Alert.id).where(models.Alert.household_id == Household.id).exists())
    if AnchorKind.SCHOOLING in kinds or AnchorKind.OUT_OF_SCHOOL in kinds:
        out_of_school = select(Observation.id).where(
            Observation.household_id == Household.id,
            Observation.kind == Kind.EDUCATION.value,
            NOT_IN_EDUCATION,
        )
        begins.append(out_of_school.exists())
    if AnchorKind.HIGH_RISK in kinds:
        begins.append(Household.risk == Risk.HIGH.value)
    found = select(Household.id, Household.office_id)
    if not wanted.unplanned:
        found = found.where(or_(*begins) if kinds else false())
    if wanted.province is not None:
        digits = len(wanted.province)
        province = bindparam("province", wanted.province, type_=Text)
        # What was due before a family moved follows the schools of where it lived.
        moved = select(Handover.id).where(
            Handover.household_id == Household.id, func.left(Handover.from_village, digits) == province
        )
        found = found.where(or_(func.left(Household.village_code, digits) == province, moved.exists()))
    return found
