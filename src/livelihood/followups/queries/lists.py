"""Follow-ups as a list: of the actor's offices, or of one household."""

from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Date,
    SmallInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from livelihood.accounts.permissions import Permission
from livelihood.binding import Page
from livelihood.cursors import packed, unpacked
from livelihood.db.actor import Actor
from livelihood.db.reader import Read, Reading
from livelihood.followups.models import FollowUp, Protocol
from livelihood.followups.queries.offices import offices_asked
from livelihood.followups.queries.states import IN_STATE, NOT_LAPSED, STATE, TO_DO, lapsed_when_due
from livelihood.followups.rules.protocols import Purpose
from livelihood.followups.rules.state import State
from livelihood.followups.schemas import FollowUpOut
from livelihood.households.models import Household

PAGE_SIZE = 50

FOLLOW_UP_COLUMNS = (
    FollowUp.id,
    FollowUp.household_id,
    Household.code.label("household_code"),
    FollowUp.office_id,
    Household.village_code,
    FollowUp.member_id,
    FollowUp.protocol,
    FollowUp.slot,
    FollowUp.purpose,
    FollowUp.opens_on,
    FollowUp.due_on,
    FollowUp.closes_on,
    FollowUp.lapses_on,
    FollowUp.reminds,
    FollowUp.provisional,
    FollowUp.settled_on,
    FollowUp.because,
    STATE.label("state"),
    # What people made has names; they are those of its first version.
    func.coalesce(Protocol.name_en, "").label("protocol_en"),
    func.coalesce(Protocol.name_km, "").label("protocol_km"),
)


OFFICES = bindparam("offices", type_=ARRAY(SmallInteger))
OFFICE = bindparam("office", type_=SmallInteger)


def readable() -> ColumnElement[bool]:
    """What the actor may read: of offices whose visits they do not read, trainees' placements only."""
    return (FollowUp.office_id == any_(OFFICES)) & in_full_or_placement()


def in_full_or_placement() -> ColumnElement[bool]:
    return (FollowUp.office_id == any_(bindparam("visit_offices", type_=ARRAY(SmallInteger)))) | (
        FollowUp.purpose == Purpose.PLACEMENT
    )


def readable_parameters(actor: Actor, office: int | None) -> dict[str, Any]:
    """For `readable`, in all of the actor's offices or in one of them."""
    return {
        "offices": offices_asked(actor, Permission.FOLLOW_UPS_READ, office),
        "visit_offices": sorted(actor.offices_for(Permission.VISITS_READ)),
    }


def may_read(actor: Actor, follow_up: FollowUpOut) -> bool:
    """What `readable` says, of one that was read."""
    return actor.may(Permission.FOLLOW_UPS_READ, follow_up.office_id) and (
        follow_up.purpose == Purpose.PLACEMENT or actor.may(Permission.VISITS_READ, follow_up.office_id)
    )


def follow_ups() -> Any:
    return (
        select(*FOLLOW_UP_COLUMNS)
        .join(Household, Household.id == FollowUp.household_id)
        .outerjoin(Protocol, (Protocol.key == FollowUp.protocol) & (Protocol.version == 1))
    )


OF_HOUSEHOLD = Read(
    follow_ups()
    .where(FollowUp.household_id == bindparam("household_id", type_=Uuid))
    .order_by(FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)


@cache
def listed(state: State | None, *, one: bool, village: bool, purpose: bool, limit: int) -> Read[FollowUpOut]:
    """In the order of the days on which they are due, after the cursor; by default what is to be done now.

    Each office's first ones come in order from an index, and the first of those are the first of all: the rest is
    neither read nor sorted, however much there is. For `one` office, which is what most people have, and with the
    limit written out, PostgreSQL sees that one plan serves every request, and plans it once a connection: planning
    took as long as all the rest.
    """
    offices = (
        func.unnest(OFFICES).table_valued(column("office_id", SmallInteger)).render_derived(name="office")
    )
    office: ColumnElement[int] = OFFICE if one else offices.c.office_id
    after: ColumnElement[date] = bindparam("after", type_=Date)
    if state is None or state in NOT_LAPSED:
        after = func.greatest(after, lapsed_when_due(office))
    first_ones = (
        follow_ups()
        .where(
            FollowUp.office_id == office,
            TO_DO if state is None else IN_STATE[state],
            in_full_or_placement(),
            tuple_(FollowUp.due_on, FollowUp.id) > tuple_(after, bindparam("after_id", type_=Uuid)),
        )
        .order_by(FollowUp.due_on, FollowUp.id)
        .limit(literal_column(str(limit)))
    )
    if village:
        first_ones = first_ones.where(Household.village_code == bindparam("village", type_=Text))
    if purpose:
        first_ones = first_ones.where(FollowUp.purpose == bindparam("purpose", type_=Text))
    if one:
        return Read(first_ones, FollowUpOut)
    of_each = first_ones.lateral("of_each")
    statement = (
        select(*of_each.c)
        .select_from(offices.join(of_each, true()))
        .order_by(of_each.c.due_on, of_each.c.id)
        .limit(literal_column(str(limit)))
    )
    return Read(statement, FollowUpOut)


async def list_follow_ups(
    reading: Reading,
    *,
    today: date,
    state: State | None = None,
    village: str = "",
    office: int | None = None,
    purpose: str = "",
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> Page[FollowUpOut]:
    reading.actor.require(Permission.FOLLOW_UPS_READ)
    after, after_id = unpacked(cursor, tuple[date, UUID]) if cursor else (date.min, UUID(int=0))
    parameters = readable_parameters(reading.actor, office)
    parameters |= {"today": today, "after": after, "after_id": after_id}
    parameters |= {"village": village} if village else {}
    parameters |= {"purpose": purpose} if purpose else {}
    if one := len(parameters["offices"]) == 1:
        (parameters["office"],) = parameters.pop("offices")
    read = listed(state, one=one, village=bool(village), purpose=bool(purpose), limit=limit + 1)
    rows = await read.all(reading, **parameters)
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(rows[:limit], packed(last.due_on, last.id) if last else None)


async def of_household(reading: Reading, household_id: UUID, today: date) -> list[FollowUpOut]:
    """As far as the actor may read them."""
    found = await OF_HOUSEHOLD.all(reading, household_id=household_id, today=today)
    return [one for one in found if may_read(reading.actor, one)]
