"""Printed routes, as they were on their day: whatever was entered since, the paper stays what it was."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlalchemy import (
    ARRAY,
    Date,
    DateTime,
    SmallInteger,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from livelihood.accounts.models import Staff
from livelihood.accounts.permissions import Permission
from livelihood.db.reader import Read, Reading
from livelihood.errors import NotFound, say
from livelihood.followups.models import ClosedCheck, FollowUp, Present, Sheet, SheetLine, Visit
from livelihood.followups.queries.elsewhere import ELSEWHERE, LineElsewhere
from livelihood.followups.queries.lists import follow_ups, may_read
from livelihood.followups.queries.looked_for import missing_then
from livelihood.followups.queries.people import Child, children
from livelihood.followups.queries.sheet_people import PersonDue, people_due
from livelihood.followups.rules.protocols import asks_for_things
from livelihood.followups.schemas import FollowUpOut, MissingChild
from livelihood.households.models import Household, Place
from livelihood.observations.models import Observation
from livelihood.observations.queries import withdrawn

# As people type it: in any case, with or without the dashes and the zeros.
NUMBER = re.compile(r"([A-Z]{2,5})[-/]*(\d{4})[-/]+0*(\d{1,9})|([A-Z]{2,5})[-/]*(\d{4})0*(\d{1,9})")
KHMER_DIGITS = {0x17E0 + digit: str(digit) for digit in range(10)}


class LineOut(msgspec.Struct):
    """One household on the paper. `business`: a check of its business was due, with `things` the one that looks for
    what was bought; `visit_id` once it was entered.

    `present`: whoever that visit saw there. `withdrawn`: that visit was; `replaced`: for another household, which it was meant for. `closed_on`: the family's
    case was closed meanwhile.
    """

    id: UUID
    line: int
    household_id: UUID
    household_code: str
    closed_on: date | None
    village_code: str
    village_km: str
    village_latin: str
    head_km: str | None
    head_latin: str | None
    visit_id: UUID | None
    outcome: str | None
    withdrawn: bool
    replaced: bool
    present: list[UUID]
    business: bool
    things: bool
    people: list[PersonDue]

    @property
    def entered(self) -> bool:
        return self.visit_id is not None and not self.withdrawn


class SheetOut(msgspec.Struct):
    id: UUID
    number: str
    office_id: int
    day: date
    made_by: str
    made_at: datetime
    lines: list[LineOut]
    elsewhere: list[LineElsewhere]

    @property
    def number_of_lines(self) -> int:
        return len(self.lines) + len(self.elsewhere)

    @property
    def entered(self) -> int:
        return sum(one.entered for one in (*self.lines, *self.elsewhere))

    @property
    def looks_for(self) -> bool:
        """Whether the paper marks somebody who is missing, and the reader may know it."""
        return any(person.missing for line in self.lines for person in line.people)

    @property
    def lost(self) -> int:
        """Lines that nobody here can enter any more."""
        return sum(not one.entered for one in self.elsewhere)


class SheetRow(msgspec.Struct, frozen=True):
    id: UUID
    number: str
    office_id: int
    day: date
    made_by: str
    made_at: datetime


class LineRow(msgspec.Struct, frozen=True):
    id: UUID
    line: int
    household_id: UUID
    household_code: str
    closed_on: date | None
    village_code: str
    village_km: str
    village_latin: str
    member_ids: list[UUID]
    visit_id: UUID | None
    outcome: str | None
    withdrawn: bool
    replaced: bool
    present: list[UUID]


Newer = aliased(Visit)
SEEN_THERE = func.array(
    select(Present.member_id)
    .where(Present.visit_id == SheetLine.visit_id)
    .order_by(Present.member_id)
    .scalar_subquery(),
    type_=ARRAY(Uuid),
)


class Found(msgspec.Struct, frozen=True):
    id: UUID


ONE = Read(
    select(Sheet.id, Sheet.number, Sheet.office_id, Sheet.day, Staff.name.label("made_by"), Sheet.made_at)
    .join(Staff, Staff.id == Sheet.made_by)
    .where(Sheet.id == bindparam("sheet_id", type_=Uuid)),
    SheetRow,
)
LINES = Read(
    select(
        SheetLine.id,
        SheetLine.line,
        SheetLine.household_id,
        Household.code.label("household_code"),
        Household.closed_on,
        Household.village_code,
        Place.name_km.label("village_km"),
        Place.name_latin.label("village_latin"),
        SheetLine.member_ids,
        SheetLine.visit_id,
        Visit.outcome,
        withdrawn(SheetLine.__table__.c.visit_id).label("withdrawn"),
        select(Newer.id).where(Newer.replaces == SheetLine.visit_id).exists().label("replaced"),
        SEEN_THERE.label("present"),
    )
    .join(Household, Household.id == SheetLine.household_id)
    .join(Place, Place.code == Household.village_code)
    .outerjoin(Visit, Visit.id == SheetLine.visit_id)
    .where(SheetLine.sheet_id == bindparam("sheet_id", type_=Uuid))
    .order_by(SheetLine.line),
    LineRow,
)
BY_NUMBER = Read(
    select(Sheet.id).where(
        Sheet.number == bindparam("number", type_=Text),
        Sheet.office_id == any_(bindparam("offices", type_=ARRAY(SmallInteger))),
    ),
    Found,
)
DAY = bindparam("today", type_=Date)
MADE_AT = bindparam("made_at", type_=DateTime(timezone=True))
# When the record arrived that settled a check; nothing where somebody left.
SETTLED_AT = func.coalesce(
    Observation.recorded_at,
    Visit.recorded_at,
    select(func.max(ClosedCheck.recorded_at))
    .where(
        ClosedCheck.household_id == FollowUp.household_id,
        ClosedCheck.follow_up_id == FollowUp.id,
        ClosedCheck.reopened_at.is_(None),
    )
    .scalar_subquery(),
)
# What the worklist had when the sheet was made: not what was done by then, also on the sheet's own day, and what was done
# since, of whatever day that was entered.
DUE_THEN = Read(
    follow_ups()
    .outerjoin(Observation, Observation.id == FollowUp.settled_by)
    .outerjoin(Visit, Visit.id == FollowUp.settled_by)
    .where(
        FollowUp.household_id == any_(bindparam("ids", type_=ARRAY(Uuid))),
        FollowUp.opens_on <= DAY,
        FollowUp.lapses_on > DAY,
        FollowUp.reminds,
        or_(FollowUp.settled_on.is_(None), func.coalesce(SETTLED_AT > MADE_AT, FollowUp.settled_on >= DAY)),
    )
    .order_by(FollowUp.closes_on, FollowUp.due_on, FollowUp.id),
    FollowUpOut,
)


async def sheet(reading: Reading, sheet_id: UUID) -> SheetOut:
    """For who reads placements alone, the households with a trainee whose placement was to be checked.

    Raises `NotFound`, also for a sheet of another office; `Forbidden` without follow-ups:read.
    """
    reading.actor.require(Permission.FOLLOW_UPS_READ)
    found = await ONE.first(reading, sheet_id=sheet_id)
    if found is None or not reading.actor.may(Permission.FOLLOW_UPS_READ, found.office_id):
        raise NotFound(say("There is no such sheet here. Look in the list of sheets."))
    rows = await LINES.all(reading, sheet_id=sheet_id)
    due = await due_then(reading, [row.household_id for row in rows], found)
    whole = reading.actor.may(Permission.VISITS_READ, found.office_id)
    if not whole:
        rows = [_of_trainees(row, due[row.household_id]) for row in rows if due[row.household_id]]
    ids = [row.household_id for row in rows]
    people = await children(reading, ids, found.day)
    missing = await missing_then(reading, ids, found.office_id, found.made_at)
    return SheetOut(
        id=found.id,
        number=found.number,
        office_id=found.office_id,
        day=found.day,
        made_by=found.made_by,
        made_at=found.made_at,
        lines=[_line(row, people[row.household_id], due[row.household_id], missing) for row in rows],
        elsewhere=await ELSEWHERE.all(reading, sheets=[sheet_id]) if whole else [],
    )


def _of_trainees(row: LineRow, due: Sequence[FollowUpOut]) -> LineRow:
    """What is on the paper for who reads placements alone: the trainees, and of the visit that somebody made it."""
    trainees = [one for one in row.member_ids if any(check.member_id == one for check in due)]
    return msgspec.structs.replace(
        row, member_ids=trainees, present=[one for one in row.present if one in trainees]
    )


async def due_then(reading: Reading, ids: Sequence[UUID], sheet: SheetRow) -> dict[UUID, list[FollowUpOut]]:
    """What was to be done in each of these households when the sheet was made, as far as the actor may read it."""
    due: dict[UUID, list[FollowUpOut]] = {one: [] for one in ids}
    for follow_up in await DUE_THEN.all(reading, ids=list(ids), today=sheet.day, made_at=sheet.made_at):
        if may_read(reading.actor, follow_up):
            due[follow_up.household_id].append(follow_up)
    return due


async def by_number(reading: Reading, text: str) -> UUID:
    """The sheet of this number however it was typed: "kpt 2026 42" is KPT-2026-0042. Raises `NotFound`."""
    reading.actor.require(Permission.FOLLOW_UPS_READ)
    offices = sorted(reading.actor.offices_for(Permission.FOLLOW_UPS_READ))
    number = _number(text)
    found = await BY_NUMBER.first(reading, number=number, offices=offices) if number else None
    if found is None:
        raise NotFound(
            say(
                "There is no sheet {number} here. Look at the top of the paper: a number is like KPT-2026-0042.",
                number=text.strip()[:40],
            )
        )
    return found.id


def _number(text: str) -> str | None:
    typed = re.sub(r"[\s_.–—]+", "-", text.translate(KHMER_DIGITS).strip().upper())
    found = NUMBER.fullmatch(typed)
    if found is None:
        return None
    prefix, year, count = (part for part in found.groups() if part is not None)
    return f"{prefix}-{year}-{int(count):04d}"


async def people_on(reading: Reading, line: SheetLine) -> list[PersonDue]:
    """Who stands on it, with what was due of them then."""
    found = await ONE.first(reading, sheet_id=line.sheet_id)
    assert found is not None, "a line has its sheet"
    ids = [line.household_id]
    people = (await children(reading, ids, found.day))[line.household_id]
    due = (await due_then(reading, ids, found))[line.household_id]
    return people_due(line.member_ids, people, due, {})


def _line(
    row: LineRow, people: Sequence[Child], due: Sequence[FollowUpOut], missing: Mapping[UUID, MissingChild]
) -> LineOut:
    head = next((person for person in people if person.relationship == "head"), None)
    return LineOut(
        id=row.id,
        line=row.line,
        household_id=row.household_id,
        household_code=row.household_code,
        closed_on=row.closed_on,
        village_code=row.village_code,
        village_km=row.village_km,
        village_latin=row.village_latin,
        head_km=head.given_name_km if head else None,
        head_latin=head.given_name_latin if head else None,
        visit_id=row.visit_id,
        outcome=row.outcome,
        withdrawn=row.withdrawn,
        replaced=row.replaced,
        present=row.present,
        business=any(one.member_id is None for one in due),
        things=any(asks_for_things(one.protocol, one.slot) for one in due),
        people=people_due(row.member_ids, people, due, missing),
    )
